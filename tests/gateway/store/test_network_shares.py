"""SQLite on a network share is refused before anything is written there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway import bootstrap
from gateway.errors import ConfigurationError
from gateway.settings import load_settings
from gateway.store.network_shares import network_share_of

MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:41 / /srv/shared rw,relatime shared:9 - nfs4 files:/export rw,vers=4.2
31 30 8:2 / /srv/shared/local rw,relatime - xfs /dev/sdb1 rw
32 22 0:50 / /mnt/two\040words rw,relatime - cifs //files/share rw
33 22 0:51 / /mnt/remote rw - fuse.sshfs me@files: rw
34 22 0:52 / /mnt/over rw - nfs files:/a rw
35 22 8:3 / /mnt/over rw - ext4 /dev/sdc1 rw
a line that is none
""".strip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/gateway/var/gateway.db", ""),
        ("/srv/shared/gateway/var/gateway.db", "nfs4"),
        ("/srv/shared/local/gateway.db", ""),
        ("/srv/sharedother/gateway.db", ""),
        ("/mnt/two words/gateway.db", "cifs"),
        ("/mnt/remote/gateway.db", "fuse.sshfs"),
        ("/mnt/over/gateway.db", ""),
    ],
)
def test_the_file_system_of_a_path_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert network_share_of(Path(path), MOUNTS) == kind


def test_this_machines_own_disk_is_no_share(tmp_path: Path) -> None:
    assert network_share_of(tmp_path) == ""


def test_a_gateway_does_not_begin_on_a_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "network_share_of", lambda path: "nfs4")
    with pytest.raises(ConfigurationError, match=r"gateway\.db.*nfs4.*PostgreSQL"):
        bootstrap.build(load_settings(tmp_path))
    assert not (tmp_path / "var").exists()
