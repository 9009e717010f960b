"""`gateway partners`: who they are, and whether their channels work, told in words, against real servers."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.exits import Exit
from gateway.clock import SystemClock
from gateway.settings import SftpServerSettings
from gateway.transports import TRANSPORTS
from gateway.transports.probes import PROBES
from gateway.transports.sftp_host import SftpHost
from tests.gateway.cli.conftest import Typed
from tests.gateway.transports.certificates import server_tls
from tests.gateway.transports.openssh import OpenSshServer, fingerprint, new_key
from tests.gateway.transports.receiver import Receiver

At = Callable[..., tuple[int, Any, str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSshServer]:
    with OpenSshServer(tmp_path_factory.mktemp("openssh")) as running:
        for folder in ("out", "in"):
            (running.folder / folder).mkdir()
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "gateway.toml").write_text("")
    (tmp_path / "partners").mkdir()
    return tmp_path


@pytest.fixture
def tested(typed: Typed, home: Path) -> At:
    """Write the partner's file and test it; return the exit code, the JSON by what was tried, and the words."""

    def test_it(**transport: Any) -> tuple[int, Any, str]:
        lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in transport.items())
        (home / "partners" / "acme.toml").write_text(
            f'name = "Acme"\n[x12]\ninterchange_id = "ZZ:ACME"\n[transport]\n{lines}\n'
        )
        code, out, err = typed("partners", "test", "acme", "--json", "--home", str(home))
        found = {one["what"]: one for one in json.loads(out)["tried"]} if out else err
        words_code, words, said = typed("partners", "test", "Acme", "--home", str(home))
        assert words_code == code
        return code, found, words + said

    return test_it


def sftp(server: OpenSshServer, **more: Any) -> dict[str, Any]:
    return {
        "kind": "sftp",
        "host": "127.0.0.1",
        "port": server.port,
        "user": server.user,
        "key": f"file:{server.client_key}",
        "host_key": fingerprint(server.host_keys["ed25519"]),
        "pickup_folder": str(server.folder / "out"),
        "delivery_folder": str(server.folder / "in"),
        **more,
    }


# ---- sftp


def test_a_channel_that_works_is_told_step_by_step(tested: At, server: OpenSshServer) -> None:
    (server.folder / "out" / "waiting.edi").write_bytes(b"x")
    code, tried, words = tested(**sftp(server))
    assert code == Exit.DONE
    assert list(tried) == ["reached", "host key", "signed in", "pick-up", "delivery"]
    assert {one["result"] for one in tried.values()} == {"ok"}
    assert tried["host key"]["facts"]["host_key"] == fingerprint(server.host_keys["ed25519"])
    assert "1 file is there" in tried["pick-up"]["sentence"]
    assert "came back the same" in tried["delivery"]["sentence"]
    assert "The channel to Acme works." in words
    assert [path.name for path in (server.folder / "in").iterdir()] == [], "the hidden file is gone"
    assert (server.folder / "out" / "waiting.edi").exists(), "nothing was fetched"


def test_a_server_that_is_not_there(tested: At, server: OpenSshServer) -> None:
    code, tried, words = tested(**sftp(server, port=9))
    assert code == Exit.OUTSIDE
    assert list(tried) == ["reached"]
    assert (tried["reached"]["result"], tried["reached"]["code"]) == ("failed", "GW-4101")
    assert "does not work" in words


def test_another_host_key(tested: At, server: OpenSshServer) -> None:
    code, tried, words = tested(
        **sftp(server, host_key="ssh-ed25519 SHA256:uNiVztksCsDhcc0u9e8BrqM1qrUqMR0Xqk0Qm1QpVeQ")
    )
    assert code == Exit.OUTSIDE
    assert [(what, one["result"]) for what, one in tried.items()] == [("reached", "ok"), ("host key", "failed")]
    assert fingerprint(server.host_keys["ed25519"]) in tried["host key"]["sentence"]
    assert "GW-4110" in words


def test_a_key_that_is_not_known_there(tested: At, server: OpenSshServer, tmp_path: Path) -> None:
    new_key(tmp_path / "stranger")
    code, tried, _ = tested(**sftp(server, key=f"file:{tmp_path / 'stranger'}"))
    assert code == Exit.OUTSIDE
    assert [one["result"] for one in tried.values()] == ["ok", "ok", "failed"]
    assert tried["signed in"]["code"] == "GW-4111"


def test_a_secret_that_is_not_there(tested: At, server: OpenSshServer) -> None:
    code, _, words = tested(**sftp(server, key="env:ACME_NOT_SET"))
    assert code == Exit.OUTSIDE
    assert "ACME_NOT_SET" in words


def test_folders_that_are_not_there(tested: At, server: OpenSshServer) -> None:
    code, tried, _ = tested(**sftp(server, pickup_folder="/nowhere", delivery_folder="/nowhere"))
    assert code == Exit.OUTSIDE
    assert (tried["pick-up"]["result"], tried["delivery"]["result"]) == ("failed", "failed")


def test_a_mailbox_that_takes_every_file_gets_none(tested: At, server: OpenSshServer) -> None:
    code, tried, _ = tested(**sftp(server, direct=True))
    assert code == Exit.DONE
    assert "nothing was written" in tried["delivery"]["sentence"]


def test_a_key_that_is_about_to_change_is_a_warning(tested: At, server: OpenSshServer, home: Path) -> None:
    until = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    other = "ssh-rsa SHA256:uNiVztksCsDhcc0u9e8BrqM1qrUqMR0Xqk0Qm1QpVeQ"
    code, tried, words = tested(**sftp(server, next_host_key=other, host_key_until=until))
    assert code == Exit.DONE
    assert tried["key change"]["result"] == "warning"
    assert "with 1 warning" in words


# ---- the others


def test_folders(tested: At, home: Path) -> None:
    code, tried, _ = tested(kind="folder")
    assert (code, [one["result"] for one in tried.values()]) == (Exit.DONE, ["ok", "ok"])
    assert list((home / "inbox" / "acme").iterdir()) == []
    (home / "outbox" / "acme").rmdir()
    (home / "outbox" / "acme").write_bytes(b"no folder")
    code, tried, _ = tested(kind="folder")
    assert (code, [one["result"] for one in tried.values()]) == (Exit.OUTSIDE, ["ok", "failed"])


def test_a_url_is_tried_without_posting(tested: At, home: Path) -> None:
    (home / "secret").write_text("whsec_" + b64encode(bytes(32)).decode())
    with Receiver() as partner:
        given = {"kind": "http", "url": partner.url, "secret": f"file:{home / 'secret'}", "allow_http": True}
        code, tried, _ = tested(**given, allow_private=True)
        assert (code, list(tried)) == (Exit.DONE, ["secrets", "reached"])
        assert not partner.received + partner.refused
        code, tried, _ = tested(**given)
        assert (code, tried["reached"]["code"]) == (Exit.OUTSIDE, "GW-4114")
        (home / "secret").write_text("short")
        code, tried, _ = tested(**given, allow_private=True)
        assert (code, tried["secrets"]["result"]) == (Exit.OUTSIDE, "failed")
        assert "short" not in tried["secrets"]["sentence"]
    code, tried, _ = tested(**given, allow_private=True)
    assert tried["reached"]["code"] == "GW-4101"


def test_a_certificate_is_looked_at(tested: At, home: Path) -> None:
    (home / "secret").write_text("whsec_" + b64encode(bytes(32)).decode())
    with Receiver(server_tls(home, days=3)) as partner:
        given = {"kind": "http", "url": partner.url, "secret": f"file:{home / 'secret'}", "allow_private": True}
        code, tried, _ = tested(**given, ca_file=str(home / "ca.pem"))
        assert (code, tried["TLS"]["result"]) == (Exit.DONE, "warning")
        assert "certificate ends on" in tried["TLS"]["sentence"]
        code, tried, _ = tested(**given)
        assert (code, tried["TLS"]["result"]) == (Exit.OUTSIDE, "failed")


def test_an_account_on_our_server(tested: At, home: Path) -> None:
    new_key(home / "host")
    settings = SftpServerSettings(port=0, host_keys=(f"file:{home / 'host'}",))
    host = SftpHost(settings, lambda user: None, home / "sftp", SystemClock(), 1)
    host.start()
    (home / "gateway.toml").write_text(f'[sftp_server]\nport = {host.port}\nhost_keys = ["file:{home / "host"}"]\n')
    key = new_key(home / "acme")
    code, tried, _ = tested(kind="hosted-sftp", keys=[key])
    assert (code, [one["result"] for one in tried.values()]) == (Exit.DONE, ["ok"] * 4)
    host.stop()
    code, tried, _ = tested(kind="hosted-sftp", keys=[key])
    assert (code, tried["server"]["result"]) == (Exit.OUTSIDE, "failed")


def test_every_kind_of_channel_can_be_tried() -> None:
    assert set(PROBES) == set(TRANSPORTS)


# ---- list


def test_the_list_says_who_and_where(typed: Typed, home: Path, server: OpenSshServer) -> None:
    code, out, err = typed("partners", "list", "--home", str(home))
    assert (code, out) == (Exit.DONE, "")
    assert "No partners" in err
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in sftp(server).items())
    (home / "partners" / "acme.toml").write_text(
        f'name = "Acme"\n[x12]\ninterchange_id = "ZZ:ACME"\n[transport]\n{lines}\n'
    )
    (home / "partners" / "hill.toml").write_text(
        'name = "Hill"\nrole = "supplier"\n[x12]\ninterchange_id = "ZZ:HILL"\n'
    )
    code, out, _ = typed("partners", "list", "--home", str(home), "--json")
    acme, hill = json.loads(out)["partners"]
    assert (acme["id"], acme["transport"], acme["where"]) == ("acme", "sftp", f"{server.user}@127.0.0.1:{server.port}")
    assert (hill["role"], hill["transport"]) == ("supplier", "folder")
    code, out, _ = typed("partners", "list", "--home", str(home))
    assert code == Exit.DONE
    assert "Acme" in out
    assert "hill" in out


def test_a_partner_that_is_not_there_is_not_found(typed: Typed, home: Path) -> None:
    code, _, err = typed("partners", "test", "nobody", "--home", str(home))
    assert code == Exit.NOT_FOUND
    assert "GW-6107" in err


def test_a_mistake_in_another_partners_file_does_not_hide_this_one(typed: Typed, home: Path) -> None:
    (home / "partners" / "acme.toml").write_text('name = "Acme"\n[x12]\ninterchange_id = "ZZ:ACME"\n')
    (home / "partners" / "hill.toml").write_text(
        'name = "Hill"\n[x12]\ninterchange_id = "ZZ:HILL"\n[transport]\nkind = "sftp"\nhost = "x"\n'
    )
    assert typed("partners", "test", "acme", "--home", str(home))[0] == Exit.DONE
    code, _, err = typed("partners", "test", "hill", "--home", str(home))
    assert code == Exit.OUTSIDE
    assert "gateway check" in err
