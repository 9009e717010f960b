"""Certificates and keys by role and time: which one signs now, which ones are still believed.

Each role has a list. Going out, the newest whose time has begun is used; coming in, every one counts until its end, also one whose time
to be used by us has not begun. So both sides can change a key on different days and nothing is lost between them.

Files are read when the configuration is; a private key is decrypted when it is first needed, and nobody else holds its passphrase.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from gateway.errors import ConfigurationError, GatewayError
from gateway.settings import As2KeySettings, As2Settings, read_secret
from gateway.transports.as2.certificates import OwnKey, PinnedCertificate
from gateway.transports.as2.options import As2Options, PartnerCertificate

_Use = tuple[str, datetime | None]
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listed:
    """A certificate as it is configured.

    Args:
        file: as written in the configuration.
        owner: "us" or a partner's id.
        private_key: decrypts it; None for a partner's.
    """

    file: str
    owner: str
    roles: tuple[str, ...]
    pinned: PinnedCertificate
    usage: str = "production"
    as2_id: str = ""
    private_key: Callable[[], RSAPrivateKey] | None = None


def read_certificate(path: Path) -> x509.Certificate:
    """Return the certificate in a PEM or DER file. Raises ValueError, OSError."""
    content = path.read_bytes()
    if b"-----BEGIN" in content:
        return x509.load_pem_x509_certificate(content)
    return x509.load_der_x509_certificate(content)


def our_certificates(home: Path, settings: As2Settings) -> list[Listed]:
    """Return our own keys. Raises ConfigurationError with every complaint."""
    return _listed(settings.keys, "gateway.toml: as2.keys", lambda one: _ours(home, one))


def partner_certificates(home: Path, partner: str, options: As2Options) -> list[Listed]:
    """Return a partner's certificates. Raises ConfigurationError with every complaint."""
    return _listed(options.certificates, "transport.certificates", lambda one: _theirs(home, partner, options, one))


S = TypeVar("S", As2KeySettings, PartnerCertificate)


def _listed(configured: Sequence[S], key: str, read: Callable[[S], Listed]) -> list[Listed]:
    found, wrong = [], []
    for number, one in enumerate(configured):
        try:
            found.append(read(one))
        except OSError as missing:
            wrong.append(f"{key}[{number}]: {missing.filename}: {missing.strerror}")
        except ValueError as unusable:
            wrong.append(f"{key}[{number}]: {unusable}")
    if wrong:
        raise ConfigurationError(wrong)
    return found


def _ours(home: Path, one: As2KeySettings) -> Listed:
    pinned = PinnedCertificate(read_certificate(home / one.certificate), _aware(one.use_from), _aware(one.use_until))
    path = home / one.key
    if not path.is_file():
        raise ValueError(f"{one.key}: there is no such file")
    lock = threading.Lock()
    held: list[RSAPrivateKey] = []

    def private_key() -> RSAPrivateKey:
        with lock:
            if not held:
                held.append(_decrypted_key(path, one.passphrase))
            return held[0]

    return Listed(one.certificate, "us", one.roles, pinned, one.usage, one.as2_id, private_key)


def _theirs(home: Path, partner: str, options: As2Options, one: PartnerCertificate) -> Listed:
    pinned = PinnedCertificate(read_certificate(home / one.file), _aware(one.use_from), _aware(one.use_until))
    return Listed(one.file, partner, one.roles, pinned, options.usage, options.as2_id)


def _aware(at: datetime | None) -> datetime | None:
    """Return a time with a zone; one without is meant in UTC."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _decrypted_key(path: Path, passphrase: str) -> RSAPrivateKey:
    secret = read_secret(passphrase).encode() if passphrase else None
    try:
        key = load_pem_private_key(path.read_bytes(), secret)
    except (ValueError, TypeError, OSError) as unusable:
        raise ConfigurationError(
            [f"gateway.toml: as2.keys: {path.name} cannot be read with its passphrase: {type(unusable).__name__}"]
        ) from unusable
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError([f"gateway.toml: as2.keys: {path.name} is no RSA key"])
    return key


class OurKeys:
    """Our own keys, read when the first partner needs them and once for all of them."""

    def __init__(self) -> None:
        self._listed: list[Listed] | None = None

    def listed(self, home: Path, settings: As2Settings) -> list[Listed]:
        """Return them. Raises ConfigurationError with every complaint."""
        if self._listed is None:
            self._listed = our_certificates(home, settings)
        return self._listed


class KeyRing:
    """What one partnership uses.

    Args:
        certificates: ours and this partner's.
        usage: "production" or "test"; keys of the other one are not seen.
        as2_id: our name.
    """

    def __init__(
        self, partner: str, certificates: Iterable[Listed], usage: str, as2_id: str, *, accepts_expired: bool
    ) -> None:
        self._partner = partner
        self._accepts_expired = accepts_expired
        self.certificates = tuple(
            one for one in certificates if one.usage == usage and (one.owner != "us" or one.as2_id in ("", as2_id))
        )
        self._opened: dict[_Use, OwnKey] = {}
        # What comes in may be earlier than the day on which we begin to use a certificate.
        self._from_ever = {_use(one): replace(one.pinned, use_from=None) for one in self.certificates}

    def signs_with(self, now: datetime) -> OwnKey:
        """Return the key we sign with at `now`. Raises GatewayError GW-4120 when there is none."""
        return self._own(self._newest("sign", now))

    def encrypts_to(self, now: datetime) -> PinnedCertificate:
        """Return the certificate we encrypt to at `now`. Raises GatewayError GW-4120 when there is none."""
        return self._newest("encrypt", now).pinned

    def decrypts_with(self, now: datetime) -> tuple[OwnKey, ...]:
        """Return the keys that the partner may have encrypted to."""
        return tuple(self._own(one) for one in self._believed("decrypt", now))

    def verifies_with(self, role: str, now: datetime) -> tuple[PinnedCertificate, ...]:
        """Return the certificates that the partner may have signed with; `role` is "verify" or "mdn"."""
        return tuple(self._from_ever[_use(one)] for one in self._believed(role, now))

    def pem_of(self, fingerprint: str) -> str:
        """Return the certificate with this fingerprint as PEM; "" when it is none of these."""
        for one in self.certificates:
            if one.pinned.fingerprint == fingerprint:
                return one.pinned.certificate.public_bytes(Encoding.PEM).decode()
        return ""

    def usable(self, role: str, now: datetime) -> list[Listed]:
        """Return what could be used for a role that goes out, newest first."""
        found = [one for one in self.certificates if role in one.roles and not one.pinned.trouble_with_dates(now)]
        return sorted(found, key=_begins, reverse=True)

    def _own(self, one: Listed) -> OwnKey:
        """Return a key of ours, decrypted once. Raises ConfigurationError."""
        use = _use(one)
        if use not in self._opened:
            assert one.private_key is not None  # noqa: S101  only ours have these roles
            try:
                self._opened[use] = OwnKey(
                    one.pinned.certificate, None, one.pinned.use_until, private_key=one.private_key()
                )
            except ValueError as other:
                raise ConfigurationError([f"gateway.toml: as2.keys: {one.file}: {other}"]) from other
        return self._opened[use]

    def _newest(self, role: str, now: datetime) -> Listed:
        usable = self.usable(role, now)
        if not usable and self._accepts_expired:
            usable = [one for one in self._believed(role, now) if (one.pinned.use_from or _EVER) <= now]
            usable.sort(key=_begins, reverse=True)
        if not usable:
            whose = "of ours" if role == "sign" else f"of {self._partner}"
            raise GatewayError(
                "GW-4120",
                f"No certificate {whose} with the role {role} may be used now: `gateway certs list` shows the dates. "
                f"Add one, then retry.",
                partner=self._partner,
                role=role,
            )
        return usable[0]

    def _believed(self, role: str, now: datetime) -> list[Listed]:
        return [
            one
            for one in self.certificates
            if role in one.roles and (one.pinned.use_until is None or now < one.pinned.use_until)
        ]


def _use(one: Listed) -> _Use:
    """Return what tells two entries of one certificate apart, which may be listed for each role with days of its own."""
    return one.pinned.fingerprint, one.pinned.use_until


def _begins(one: Listed) -> datetime:
    return one.pinned.use_from or one.pinned.certificate.not_valid_before_utc
