"""Keys and certificates: several at once, changed without an hour agreed upon, and told about before they end."""

from __future__ import annotations

import dataclasses
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from gateway import bootstrap
from gateway.cli.app import run
from gateway.cli.exits import Exit
from gateway.deadlines import warn_of_certificates
from gateway.errors import ConfigurationError
from gateway.settings import load_settings
from gateway.transports.as2.certificates import PinnedCertificate
from gateway.transports.as2.key_ring import KeyRing, Listed
from gateway.transports.as2.values import Outcome
from tests.gateway.transports.as2_service.keys import PASSPHRASE, PASSPHRASE_NAME, key, lay_down, pinned
from tests.gateway.transports.as2_service.posting import posted, said, sealed, seller, service_of, verdict
from tests.gateway.transports.as2_service.two_gateways import BUYER, SELLER, As2Gateway


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[As2Gateway]:
    made = seller(tmp_path / "seller")
    yield made
    made.close()


def add_certificate(gateway: As2Gateway, name: str, more: str = "") -> None:
    """Pin another certificate of the buyer's."""
    file = lay_down(gateway.home, name, key(name))
    path = gateway.home / "partners" / "buyer.toml"
    path.write_text(path.read_text() + f'\n[[transport.certificates]]\nfile = "{file}"\n{more}\n')
    reopened(gateway)


def reopened(gateway: As2Gateway) -> None:
    gateway.close()
    gateway.open()


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def test_case_37_old_and_new_certificates_of_theirs_are_believed_in_the_window(gateway: As2Gateway) -> None:
    add_certificate(gateway, "new buyer", f"use_from = {in_days(5)}")
    service = service_of(gateway)
    for signer in (BUYER, "new buyer"):  # theirs may be earlier than our own day of change
        what = sealed(b"signed by " + signer.encode(), sign_with=key(signer))
        assert verdict(posted(service, what), what).outcome is Outcome.DELIVERED
    now = datetime.now(UTC)
    ring = gateway.channel.ring
    assert ring.encrypts_to(now).fingerprint == key(BUYER).fingerprint
    assert ring.encrypts_to(now + timedelta(days=6)).fingerprint == key("new buyer").fingerprint


def test_case_37_outside_its_window_a_certificate_counts_for_nothing(gateway: As2Gateway) -> None:
    add_certificate(gateway, "new buyer")
    path = gateway.home / "partners" / "buyer.toml"
    path.write_text(
        path.read_text().replace('file = "certs/theirs.pem"', f'file = "certs/theirs.pem"\nuse_until = {in_days(-1)}')
    )
    reopened(gateway)
    service = service_of(gateway)
    assert said(posted(service, sealed(b"old"))) == "processed/error: authentication-failed"
    what = sealed(b"new", sign_with=key("new buyer"))
    assert verdict(posted(service, what), what).outcome is Outcome.DELIVERED


def test_case_37_our_own_key_changes_on_its_day_and_both_are_read(gateway: As2Gateway) -> None:
    assert (
        run(
            [
                "certs",
                "rollover",
                "next",
                "--at",
                in_days(10)[:19],
                "--passphrase",
                f"env:{PASSPHRASE_NAME}",
                "--home",
                str(gateway.home),
            ]
        )
        == Exit.DONE
    )
    reopened(gateway)
    new = pinned_in(gateway.home / "certs" / "next.pem")
    service = service_of(gateway)
    for to in (pinned(key(SELLER)), new):
        what = sealed(b"to " + to.fingerprint.encode(), encrypt_to=to)
        assert verdict(posted(service, what), what).outcome is Outcome.DELIVERED
    ring, now = gateway.channel.ring, datetime.now(UTC)
    assert ring.signs_with(now).fingerprint == key(SELLER).fingerprint
    assert ring.signs_with(now + timedelta(days=11)).fingerprint == new.fingerprint


def pinned_in(path: Path):
    return PinnedCertificate(x509.load_pem_x509_certificate(path.read_bytes()))


def test_a_private_key_lies_encrypted_and_is_nobody_elses_to_read(gateway: As2Gateway) -> None:
    home = ["--home", str(gateway.home)]
    assert run(["certs", "create", "second", "--passphrase", f"env:{PASSPHRASE_NAME}", *home]) == Exit.DONE
    path = gateway.home / "certs" / "second.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in content
    with pytest.raises(TypeError):
        load_pem_private_key(content, None)
    load_pem_private_key(content, PASSPHRASE.encode())
    assert PASSPHRASE not in (gateway.home / "gateway.toml").read_text()
    before = (gateway.home / "gateway.toml").read_text()
    assert run(["certs", "create", "second", "--passphrase", f"env:{PASSPHRASE_NAME}", *home]) == Exit.FAILED
    assert (gateway.home / "gateway.toml").read_text() == before


def test_a_partners_certificate_is_taken_in_once_and_handed_out(
    gateway: As2Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(gateway.home)]
    theirs = tmp_path / "their new one.cer"
    theirs.write_bytes(key("new buyer").certificate.public_bytes(Encoding.DER))
    assert run(["certs", "import", "buyer", str(theirs), *home]) == Exit.DONE
    assert run(["certs", "import", "buyer", str(theirs), *home]) == Exit.FAILED
    assert bootstrap.check(load_settings(gateway.home)) == []
    capsys.readouterr()
    assert run(["certs", "list", *home]) == Exit.DONE
    assert key("new buyer").fingerprint[:16] in capsys.readouterr().out
    assert run(["certs", "export", *home]) == Exit.DONE
    printed = capsys.readouterr().out
    certificate = x509.load_pem_x509_certificate(printed.encode())
    assert certificate.fingerprint(hashes.SHA256()) == key(SELLER).certificate.fingerprint(hashes.SHA256())
    assert "PRIVATE" not in printed


def test_a_rehearsal_tells_whether_business_survives_a_day(
    gateway: As2Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(gateway.home)]
    assert run(["certs", "rehearse", "buyer", *home]) == Exit.DONE
    assert "NO" not in capsys.readouterr().out
    assert run(["certs", "rehearse", "buyer", "--at", in_days(400)[:19], *home]) == Exit.FAILED
    told = capsys.readouterr().out
    assert told.count("NO") >= 3, "signing, encrypting and believing all end"


def test_certificates_that_end_are_told_of_once_at_each_threshold(gateway: As2Gateway) -> None:
    ends = key(SELLER).certificate.not_valid_after_utc

    class At:
        """A clock that stands at a number of days before the end."""

        def __init__(self, days: float) -> None:
            self._now = ends - timedelta(days=days)

        def now(self) -> datetime:
            return self._now

        def monotonic(self) -> float:
            return 0.0

    looks = (61, 59, 58, 31, 29, 29, 13, 6.5, 6, 0.5, 0.4, -1)
    with structlog.testing.capture_logs() as logs:
        told = [warn_of_certificates(dataclasses.replace(gateway.station, clock=At(days))) for days in looks]
    assert [count > 0 for count in told] == [
        False,
        True,
        False,
        False,
        True,
        False,
        True,
        True,
        False,
        True,
        False,
        False,
    ]
    assert {entry["event"] for entry in logs} == {"certificate-expires"}


def test_test_and_production_identities_never_share_keys() -> None:
    own, test = key("us"), key("us, in tests")
    listed = [
        Listed("p.pem", "us", ("sign",), own, "production", private_key=lambda: own.private_key),
        Listed("t.pem", "us", ("sign",), test, "test", private_key=lambda: test.private_key),
    ]
    now = datetime.now(UTC)
    for usage, wanted in (("production", own), ("test", test)):
        ring = KeyRing("acme", listed, usage, "US", accepts_expired=False)
        assert ring.signs_with(now).fingerprint == wanted.fingerprint


def test_two_partners_by_the_same_names_are_a_complaint(gateway: As2Gateway) -> None:
    text = (gateway.home / "partners" / "buyer.toml").read_text()
    (gateway.home / "partners" / "other.toml").write_text(
        text.replace("ZZ:BUYER", "ZZ:OTHER").replace('"A-1"', '"A-2"')
    )
    with pytest.raises(ConfigurationError) as refused:
        bootstrap.build(load_settings(gateway.home))
    assert "is also partners/buyer.toml" in str(refused.value)


def test_partners_test_tries_keys_certificates_and_the_line(
    gateway: As2Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["partners", "test", "buyer", "--home", str(gateway.home)]) == Exit.OUTSIDE
    told = capsys.readouterr().out
    assert "we can open again with our own keys" in told
    assert "certs/theirs.pem" in told
    assert "cannot be reached" in told
