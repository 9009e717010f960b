"""What a partner's file may say about its channel, and what `gateway check` says when it cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bootstrap import check
from gateway.settings import load_settings

KEY = "ssh-ed25519 SHA256:uNiVztksCsDhcc0u9e8BrqM1qrUqMR0Xqk0Qm1QpVeQ"
SFTP = f"""
kind = "sftp"
host = "sftp.acme.example"
user = "us"
password = "env:ACME_PASSWORD"
host_key = "{KEY}"
pickup_folder = "/out"
"""
HTTP = """
kind = "http"
keys = ["acme"]
url = "https://edi.acme.example/inbox"
secret = "env:ACME_SECRET"
"""


def complaints(home: Path, transport: str, settings: str = "") -> list[str]:
    """Return what is wrong with a gateway of one partner that has this channel."""
    (home / "gateway.toml").write_text(settings)
    (home / "partners").mkdir()
    (home / "partners" / "acme.toml").write_text(
        f'name = "Acme"\n[x12]\ninterchange_id = "ZZ:ACME"\n[transport]\n{transport}'
    )
    return check(load_settings(home))


@pytest.mark.parametrize(
    "transport",
    [
        SFTP,
        SFTP
        + 'next_host_key = "ssh-rsa SHA256:uNiVztksCsDhcc0u9e8BrqM1qrUqMR0Xqk0Qm1QpVeQ"\nhost_key_until = 2026-12-31\n',
        SFTP + 'complete = "marker"\nafter = "archive"\narchive_folder = "/done"\n',
        SFTP
        + '[transport.schedule]\ntimes = ["*/10 6-19 * * mon-fri"]\ncalendar = "us"\ntime_zone = "America/Chicago"\n',
        HTTP,
        HTTP + '[transport.schedule]\nwindows = ["mon-fri 06:00-20:00"]\n',
        'kind = "folder"\nis_share = true\nafter = "delete"\nstable_seconds = 5\n',
    ],
)
def test_what_can_be_meant_has_no_complaint(tmp_path: Path, transport: str) -> None:
    assert complaints(tmp_path, transport, "[calendars.us]\nholidays = [2026-11-26, 2026-12-25]\n") == []


@pytest.mark.parametrize(
    ("transport", "says"),
    [
        (SFTP.replace("pickup_folder", "pick_up"), "transport.pick_up: not a key of sftp; it takes host, port,"),
        (SFTP.replace(f'host_key = "{KEY}"', ""), "transport.host_key: Field required"),
        (SFTP.replace(KEY, "SHA256:abc"), "transport.host_key: begin with the key's type"),
        (SFTP.replace(KEY, "ssh-ed25519 AAAA"), "transport.host_key: after the type comes"),
        (SFTP.replace("env:ACME_PASSWORD", "hunter2"), "transport.password: a secret is written as env:NAME"),
        (SFTP.replace("password", "key_passphrase"), "name a password or a key"),
        (SFTP.replace("pickup_folder", "archive_folder"), "name a pickup_folder, a delivery_folder, or both"),
        (SFTP + 'after = "archive"', "after = archive needs an archive_folder"),
        (SFTP + "host_key_until = 2026-12-31", "host_key_until needs a next_host_key"),
        (SFTP + "port = 70000", "transport.port: Input should be less than or equal to 65535"),
        (SFTP + 'marker = "a/b"', "transport.marker: an ending of a name"),
        (
            SFTP + '[transport.schedule]\ncalendar = "uk"',
            "transport.schedule.calendar: gateway.toml has no [calendars.uk]; it has us",
        ),
        (SFTP + '[transport.schedule]\ntimes = ["0 6 * * 1-5"]', "transport.schedule.times.0: weekdays by name"),
        (HTTP + '[transport.schedule]\nwindows = ["always"]', "transport.schedule.windows.0: like mon-fri 06:00-20:00"),
        (HTTP.replace("https", "http"), "the url has no TLS"),
        (HTTP.replace('secret = "env:ACME_SECRET"', ""), "a url needs a secret"),
        ('kind = "smtp"', "transport.kind: no transport 'smtp'; there is "),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_key(tmp_path: Path, transport: str, says: str) -> None:
    found = complaints(tmp_path, transport, "[calendars.us]\nholidays = [2026-11-26]\n")
    assert len(found) == 1
    assert found[0].startswith("partners/acme.toml: transport")
    assert says in found[0]
    assert "hunter2" not in found[0]
