"""What `gateway serve` opens to partners: its inbox over HTTP, posted to by another gateway's transport, and its SFTP server."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from gateway.clock import SystemClock
from gateway.ports import Dispatch
from gateway.transports.http import HttpTransport
from gateway.transports.http_options import HttpOptions
from tests.gateway.cli.test_process import PATIENCE_SECONDS, Serving, finished
from tests.gateway.transports.openssh import new_key, program
from tests.gateway.transports.sftp_bench import interchange


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert finished("init", str(tmp_path)).returncode == 0
    for path in (tmp_path / "partners").glob("*.toml"):
        path.unlink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    new_key(tmp_path / "host")
    settings = tmp_path / "gateway.toml"
    settings.write_text(
        settings.read_text() + f'\n[sftp_server]\nport = {port}\nhost_keys = ["file:{tmp_path / "host"}"]\n'
    )
    key = new_key(tmp_path / "lake")
    for name, transport in {
        "hill": 'kind = "http"\nkeys = ["hill"]',
        "lake": f'kind = "hosted-sftp"\nkeys = ["{key}"]',
    }.items():
        (tmp_path / "partners" / f"{name}.toml").write_text(
            f'name = "{name}"\n[x12]\ninterchange_id = "ZZ:{name.upper()}"\n[transport]\n{transport}\n'
        )
    (tmp_path / "sftp-port").write_text(str(port))
    return tmp_path


@pytest.fixture
def serving(home: Path) -> Iterator[Serving]:
    started = Serving(home)
    yield started
    if started.process.poll() is None:
        started.end(signal.SIGKILL)


def documents(serving: Serving, key: str) -> list[dict[str, str]]:
    answer = httpx2.get(f"{serving.base}/v1/documents", headers={"X-API-Key": key}, params={"kind": "interchange"})
    found: list[dict[str, str]] = answer.json()["documents"]
    return found


def test_a_partner_posts_and_another_uploads_to_a_gateway_that_serves(home: Path, serving: Serving) -> None:
    serving.wait_until_ready()
    scopes = ("--scope", "inbox:write", "--scope", "documents:read")
    key = json.loads(finished("keys", "create", "hill", *scopes, "--json", "--home", str(home)).stdout)["key"]
    (home / "token").write_text(f"Bearer {key}")
    (home / "secret").write_text("whsec_" + b64encode(bytes(32)).decode())
    options = HttpOptions(
        url=f"{serving.base}/v1/partners/hill/inbox",
        secret=f"file:{home / 'secret'}",
        authorization=f"file:{home / 'token'}",
        allow_http=True,
        allow_private=True,
    )
    theirs = HttpTransport("us", options, SystemClock(), home / "spool")
    dispatch = Dispatch("01JCZ8K3V7M2Q4R6T8W0X2Y4Z6", "us", "850-000000001.edi", interchange())
    for _ in range(2):  # the answer to the first was lost, say
        assert theirs.send(dispatch).facts["status"] == "202"
    theirs.close()
    [posted] = documents(serving, key)
    assert posted["number"] == "850-000000001.edi"

    (home / "order.edi").write_bytes(interchange())
    (home / "batch").write_text(f"put {home}/order.edi /in/order.edi\n")
    quiet = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
    to = ["-P", (home / "sftp-port").read_text(), "-i", str(home / "lake"), "-b", str(home / "batch")]
    subprocess.run(
        [program("sftp"), "-q", *quiet, *to, "lake@127.0.0.1"],
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    ends = time.monotonic() + PATIENCE_SECONDS
    while len(documents(serving, key)) < 2 and time.monotonic() < ends:
        time.sleep(0.05)
    assert {one["number"] for one in documents(serving, key)} == {"850-000000001.edi", "order.edi"}
    assert serving.end(signal.SIGTERM) == 0
    assert "look-failed" not in serving.log.read_text()
