"""`gateway certs`: the keys and certificates of AS2: list, make, take in, hand out, change, and rehearse a change."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

import typer
from cryptography.hazmat.primitives import hashes
from pydantic import BaseModel

from gateway.bootstrap import channels
from gateway.bootstrap import check as complaints_of
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, settings_of
from gateway.cli.printing import print_columns, print_json, print_wrapped, red, say
from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.settings import FILE_NAME, Settings
from gateway.transports.as2.certificate_files import FOLDER, add_table, make_key, write_certificate
from gateway.transports.as2.channel import As2Transport
from gateway.transports.as2.key_ring import Listed, our_certificates, read_certificate
from gateway.transports.as2.options import PartnerRole
from gateway.transports.as2.rehearsal import rehearsed

WARN_DAYS = 60
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Passphrase = Annotated[str, typer.Option(help="Where the passphrase is: env:NAME or file:/path; never itself.")]
At = Annotated[datetime | None, typer.Option("--at", help="When, in UTC: 2026-12-01 or 2026-12-01T22:00:00.")]


class CertificateLine(BaseModel):
    """A certificate in the list."""

    whose: str
    file: str
    roles: tuple[str, ...]
    usage: str
    use_from: datetime | None
    use_until: datetime | None
    begins: datetime
    ends: datetime
    days: int
    trouble: str
    subject: str
    fingerprint: str


class CertificateList(BaseModel):
    """Every certificate that is configured."""

    certificates: tuple[CertificateLine, ...]


class RehearsalLine(BaseModel):
    """One role of a rehearsal."""

    what: str
    is_well: bool
    sentence: str


class Rehearsal(BaseModel):
    """A rehearsal."""

    partner: str
    at: datetime
    is_well: bool
    roles: tuple[RehearsalLine, ...]


def list_certificates(home: Home = None, as_json: AsJson = False) -> Exit:
    """List our keys and the partners' certificates, the one that ends first on top."""
    now = SystemClock().now()
    lines = sorted((_line(one, now) for one in _all(settings_of(home))), key=lambda line: line.ends)
    if as_json:
        print_json(CertificateList(certificates=tuple(lines)))
        return Exit.DONE
    if not lines:
        say(
            "No certificates. `gateway certs create NAME` makes a key, `gateway certs import PARTNER FILE` takes one in."
        )
        return Exit.DONE
    rows = [
        (
            line.whose,
            line.file,
            " ".join(line.roles) + ("" if line.usage == "production" else f" ({line.usage})"),
            f"{line.ends:%Y-%m-%d}",
            str(line.days),
            line.fingerprint[:16],
            line.trouble or ("ends soon" if line.days < WARN_DAYS else "good"),
        )
        for line in lines
    ]
    print_columns(("whose", "file", "for", "ends", "days", "sha256", ""), rows)
    return Exit.DONE


def ending_certificates(settings: Settings) -> list[str]:
    """Return a sentence for each certificate that ends soon or may not be used."""
    now = SystemClock().now()
    lines = [_line(one, now) for one in _all(settings)]
    return [
        f"{line.file} ({line.whose}) {line.trouble or f'ends on {line.ends:%Y-%m-%d}, in {line.days} days'}."
        for line in lines
        if line.trouble or line.days < WARN_DAYS
    ]


def create(
    name: Annotated[str, typer.Argument(help="What its files are called: us-2027.")],
    passphrase: Passphrase = "env:AS2_KEY_PASSPHRASE",  # noqa: S107  where it is, not what
    days: Annotated[int, typer.Option(min=1, max=3650, help="Valid for so many days.")] = 730,
    usage: Annotated[str, typer.Option(help="production or test.")] = "production",
    as2_id: Annotated[str, typer.Option(help="Which AS2 name of ours it belongs to; empty for all.")] = "",
    home: Home = None,
) -> Exit:
    """Make a key of ours with its certificate, and use it from now on."""
    return _created(settings_of(home), name, passphrase, days, usage, as2_id, None)


def rollover(
    name: Annotated[str, typer.Argument(help="What the new files are called: us-2027.")],
    at: At = None,
    passphrase: Passphrase = "env:AS2_KEY_PASSPHRASE",  # noqa: S107  where it is, not what
    days: Annotated[int, typer.Option(min=1, max=3650, help="Valid for so many days.")] = 730,
    usage: Annotated[str, typer.Option(help="production or test.")] = "production",
    as2_id: Annotated[str, typer.Option(help="Which AS2 name of ours it belongs to; empty for all.")] = "",
    home: Home = None,
) -> Exit:
    """Make the next key of ours: read at once, signed with from a day on; the old one is read as long as it is listed."""
    if at is None:
        raise typer.BadParameter("say from when on we sign with it", param_hint="--at")
    return _created(settings_of(home), name, passphrase, days, usage, as2_id, _utc(at))


def take_in(
    partner: Annotated[str, typer.Argument(help="The partner's id.")],
    file: Annotated[Path, typer.Argument(help="Their certificate, PEM or DER.", exists=True, dir_okay=False)],
    role: Annotated[list[str] | None, typer.Option(help="encrypt, verify, mdn; several may be given.")] = None,
    at: Annotated[datetime | None, typer.Option("--from", help="When we begin to encrypt to it, in UTC.")] = None,
    home: Home = None,
) -> Exit:
    """Take a partner's certificate into its file, beside those that are there."""
    settings = settings_of(home)
    path = settings.path(settings.partners_dir) / f"{partner}.toml"
    if not path.is_file():
        raise GatewayError("GW-6205", f"There is no partners/{partner}.toml.")
    try:
        certificate = read_certificate(file)
    except ValueError as unusable:
        raise GatewayError("GW-6602", f"{file} is no certificate: {unusable}.") from unusable
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    target = FOLDER / f"{partner}-{fingerprint[:12]}.pem"
    if (settings.home / target).exists():
        raise GatewayError("GW-6602", f"{target} is there already: this certificate was taken in before.")
    write_certificate(settings.home / target, certificate)
    values = {"file": str(target), "roles": cast("list[PartnerRole]", role or []), "use_from": _utc(at) if at else ""}
    try:
        add_table(path, "transport.certificates", values, lambda: complaints_of(settings_of(home)))
    except GatewayError:
        (settings.home / target).unlink()
        raise
    say(f"partners/{partner}.toml names {target} now; a gateway that runs takes it up by itself.")
    return Exit.DONE


def export(
    file: Annotated[str, typer.Argument(help="As in `gateway certs list`; default: what we sign with now.")] = "",
    home: Home = None,
) -> Exit:
    """Print a certificate as PEM, to send to a partner; never a private key."""
    settings = settings_of(home)
    if not file:
        now = SystemClock().now()
        own = [] if settings.as2 is None else our_certificates(settings.home, settings.as2)
        fit = [one for one in own if "sign" in one.roles and not one.pinned.trouble_with_dates(now)]
        newest = max(
            fit, key=lambda one: one.pinned.use_from or one.pinned.certificate.not_valid_before_utc, default=None
        )
        file = "" if newest is None else newest.file
    listed = next((one for one in _all(settings) if one.file == file), None)
    if listed is None:
        raise GatewayError(
            "GW-6601", f"No certificate {file or 'of ours that may be used now'}: see `gateway certs list`."
        )
    print((settings.home / listed.file).read_text(encoding="ascii"), end="")
    return Exit.DONE


def rehearse(
    partner: Annotated[str, typer.Argument(help="The partner's id.")],
    at: At = None,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Tell whether business with a partner would survive a day: which key signs then, what is read, what is believed."""
    _, transports = channels(settings_of(home))
    channel = transports.get(partner)
    if not isinstance(channel, As2Transport):
        raise GatewayError(
            "GW-6205", f"There is no partner {partner} by AS2, or its file has mistakes: `gateway check`."
        )
    when = _utc(at) if at is not None else SystemClock().now()
    played = list(rehearsed(channel, when))
    is_well = all(one.is_well for one in played)
    if as_json:
        lines = tuple(RehearsalLine(what=o.what, is_well=o.is_well, sentence=o.sentence) for o in played)
        print_json(Rehearsal(partner=partner, at=when, is_well=is_well, roles=lines))
        return Exit.DONE if is_well else Exit.FAILED
    for one in played:
        print_wrapped(
            f"{'ok' if one.is_well else 'NO':<4}{one.what:<9}{one.sentence}",
            hanging=" " * 13,
            style=str if one.is_well else red,
        )
    say(f"At {when:%Y-%m-%d %H:%M} UTC business with {partner} {'goes on' if is_well else 'would stop'}.")
    return Exit.DONE if is_well else Exit.FAILED


def _created(
    settings: Settings, name: str, passphrase: str, days: int, usage: str, as2_id: str, use_from: datetime | None
) -> Exit:
    if not _NAME.fullmatch(name):
        raise typer.BadParameter("letters, digits, '.', '-' and '_', at most 64", param_hint="NAME")
    now = SystemClock().now()
    certificate, key = make_key(settings.home, name, as2_id or settings.company.name, passphrase, now, days)
    values = {
        "certificate": certificate,
        "key": key,
        "passphrase": passphrase,
        "as2_id": as2_id,
        "use_from": use_from or "",
        "usage": usage,
    }
    try:
        add_table(settings.home / FILE_NAME, "as2.keys", values, lambda: complaints_of(settings_of(settings.home)))
    except GatewayError:
        for file in (certificate, key):
            (settings.home / file).unlink()
        raise
    begins = "now" if use_from is None else f"{use_from:%Y-%m-%d %H:%M} UTC"
    say(f"{FILE_NAME} names {certificate} now: what is encrypted to it is read, and we sign with it from {begins} on.")
    say(f"Restart the gateway to take it up, and send partners the certificate: `gateway certs export {certificate}`.")
    return Exit.DONE


def _all(settings: Settings) -> list[Listed]:
    """Return every certificate that is configured, each once."""
    own = [] if settings.as2 is None else our_certificates(settings.home, settings.as2)
    _, transports = channels(settings)
    theirs = [
        one
        for channel in transports.values()
        if isinstance(channel, As2Transport)
        for one in channel.ring.certificates
        if one.owner != "us"
    ]
    return [*own, *theirs]


def _line(one: Listed, now: datetime) -> CertificateLine:
    certificate = one.pinned.certificate
    ends = certificate.not_valid_after_utc
    return CertificateLine(
        whose=one.owner,
        file=one.file,
        roles=one.roles,
        usage=one.usage,
        use_from=one.pinned.use_from,
        use_until=one.pinned.use_until,
        begins=certificate.not_valid_before_utc,
        ends=ends,
        days=(ends - now).days,
        trouble=one.pinned.trouble_with_dates(now),
        subject=certificate.subject.rfc4514_string(),
        fingerprint=one.pinned.fingerprint,
    )


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
