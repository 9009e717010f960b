"""`gateway partners`: who they are and whether their channels work."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import BaseModel

from gateway.bootstrap import channels
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, settings_of
from gateway.cli.printing import bold, counted, print_columns, print_json, print_wrapped, red, say
from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.profiles import PartnerProfile
from gateway.transports.probes import PROBES, Probed, Surroundings, where


class PartnerLine(BaseModel):
    """A partner in the list."""

    id: str
    name: str
    role: str
    transport: str
    where: str
    agreements: tuple[str, ...]


class PartnerList(BaseModel):
    """Every partner."""

    partners: tuple[PartnerLine, ...]


class ProbedView(BaseModel):
    """One thing that was tried."""

    what: str
    result: str
    sentence: str
    code: str
    facts: dict[str, str]


class PartnerTest(BaseModel):
    """What a test of a partner's channel found."""

    partner: str
    transport: str
    is_well: bool
    tried: tuple[ProbedView, ...]


def list_partners(home: Home = None, as_json: AsJson = False) -> Exit:
    """List the partners and how each is reached.

    Reads their files; asks nobody.
    """
    partners, transports = channels(settings_of(home))
    lines = [
        PartnerLine(
            id=profile.id,
            name=profile.name,
            role=profile.role,
            transport=profile.transport.kind,
            where=where(transports[profile.id]) if profile.id in transports else "its file has mistakes: gateway check",
            agreements=tuple(f"{a.document.label} {a.direction}" for a in profile.agreements),
        )
        for profile in partners.by_id.values()
    ]
    if as_json:
        print_json(PartnerList(partners=tuple(lines)))
        return Exit.DONE
    if not lines:
        say("No partners. Each has a file in partners/.")
        return Exit.DONE
    rows = [(line.id, line.name, line.role, line.transport, line.where) for line in lines]
    print_columns(("id", "name", "role", "channel", "where"), rows, is_list=True)
    return Exit.DONE


def probe(
    name: Annotated[str, typer.Argument(help="The partner's id or name.")], home: Home = None, as_json: AsJson = False
) -> Exit:
    """Try a partner's channel: is it reached, is it who it says, are we let in.

    Sends no document. Where files are delivered, a hidden one is written, read back and removed.
    """
    settings = settings_of(home)
    partners, transports = channels(settings)
    profile = partners.named(name)
    if profile is None:
        raise GatewayError("GW-6107", f"No partner is called {name}; `gateway partners list` shows them.")
    transport = transports.get(profile.id)
    if transport is None or profile.transport.kind not in PROBES:
        raise GatewayError(
            "GW-4103", f"There is no channel to {profile.name} that can be tried; `gateway check` says more."
        )
    tried: list[Probed] = []
    try:
        for probed in PROBES[profile.transport.kind](transport, Surroundings(settings, SystemClock().now())):
            tried.append(probed)
            if not as_json:
                _print(probed)
    finally:
        transport.close()
    is_well = all(probed.is_well for probed in tried)
    if as_json:
        print_json(_view(profile, tried, is_well=is_well))
    else:
        warnings = sum(probed.is_warning for probed in tried)
        words = "works" if is_well else "does not work"
        noted = f", with {counted(warnings, 'warning')}" if warnings else ""
        say(f"The channel to {profile.name} {words}{noted}.")
    return Exit.DONE if is_well else Exit.OUTSIDE


def _print(probed: Probed) -> None:
    result = _result(probed)
    code = f" {probed.code}" if probed.code else ""
    text = f"{result:<8} {probed.what}: {probed.sentence}{code}"
    print_wrapped(text, hanging=" " * 9, style=red if result == "failed" else bold if result == "warning" else str)


def _result(probed: Probed) -> str:
    if not probed.is_well:
        return "failed"
    return "warning" if probed.is_warning else "ok"


def _view(profile: PartnerProfile, tried: list[Probed], *, is_well: bool) -> PartnerTest:
    return PartnerTest(
        partner=profile.id,
        transport=profile.transport.kind,
        is_well=is_well,
        tried=tuple(
            ProbedView(what=p.what, result=_result(p), sentence=p.sentence, code=p.code, facts=p.facts) for p in tried
        ),
    )
