"""Write the handbook's pages that are made from the code, so that they cannot say anything else.

`settings.md` is made from the settings, `states.md` from the table of moves, `transports.md` from the transports' options; the
last part of `findings.md` from the X12 engine's table of findings.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.cloud_events import TYPES
from gateway.settings import (
    As2KeySettings,
    As2Settings,
    CalendarSettings,
    CompanySettings,
    ConnectorSettings,
    Settings,
    SftpServerSettings,
    WebhookSettings,
)
from gateway.states import STATES, Kind, diagram
from gateway.transports import TRANSPORTS
from gateway.transports.as2.options import PartnerCertificate
from gateway.transports.schedule_options import ScheduleOptions
from translators.findings import Level
from translators.x12.finding_code import FindingCode
from translators.x12.finding_codes import CODES

HANDBOOK = Path(__file__).resolve().parent.parent / "gateway" / "handbook"
MADE_BELOW = "<!-- From here on made from translators/x12/finding_codes.py by `make handbook`. -->\n"
TYPES_BELOW = "<!-- From here on made from gateway/cloud_events.py by `make handbook`. -->\n"
INTRODUCTION = """\
# Settings

<!-- Made from gateway/settings.py by `make handbook`; edit the descriptions there. -->

Settings stand in `gateway.toml` in the gateway's home, the folder that `gateway init` fills. Each can also come from the
environment, which wins: `GATEWAY_` and the name in upper case, two underscores for a dot (`GATEWAY_COMPANY__NAME`). Secrets are
never written here, only where they are found: `env:NAME` or `file:/path`. `gateway check` reads them all and names every mistake
at once.
"""
# Level → the element of the answer that carries its code.
ANSWERS = {
    Level.INTERCHANGE: "TA105",
    Level.GROUP: "AK905",
    Level.SET: "AK502 (IK502)",
    Level.SEGMENT: "AK304 (IK304)",
    Level.ELEMENT: "AK403 (IK403)",
    Level.DOCUMENT: "",
}
# Setting → the table inside it.
TABLES: dict[str, tuple[str, type[BaseModel]]] = {
    "company": ("company", CompanySettings),
    "calendars": ("calendars.NAME", CalendarSettings),
    "connectors": ("connectors.NAME", ConnectorSettings),
    "sftp_server": ("sftp_server", SftpServerSettings),
    "as2": ("as2", As2Settings),
    "as2.keys": ("as2.keys", As2KeySettings),
    "webhooks": ("webhooks.NAME", WebhookSettings),
}
# How the limits of pydantic's annotations read.
LIMITS = {
    "ge": "at least",
    "gt": "more than",
    "le": "at most",
    "lt": "less than",
    "min_length": "at least {} characters",
    "max_length": "at most {} characters",
    "pattern": "like",
}


def settings_page() -> str:
    """Return the page: one heading for each setting with its type, default, limits and meaning."""
    entries = [entry for name, field in Settings.model_fields.items() for entry in _entries(name, field)]
    return "\n".join([INTRODUCTION, *entries])


def _entries(name: str, field: FieldInfo) -> list[str]:
    """Return the entry of a setting, or those of the table it is."""
    if name not in TABLES:
        return [_entry(name, field)]
    prefix, table = TABLES[name]
    entries = []
    for key, inner in table.model_fields.items():
        within = f"{name}.{key}"
        entries += _entries(within, inner) if within in TABLES else [_entry(f"{prefix}.{key}", inner)]
    return entries


def _entry(name: str, field: FieldInfo) -> str:
    """Return one setting's heading and paragraph."""
    facts = [_type(field.annotation), *_limits(field)]
    facts.append(
        "required" if field.is_required() else f"default `{_shown(field.get_default(call_default_factory=True))}`"
    )
    lines = [f"## {name}", "", field.description or "", "", f"{', '.join(facts)}."]
    lines += [f"Example: `{example}`." for example in field.examples or []]
    return "\n".join(lines) + "\n"


def _type(annotation: Any) -> str:
    """Return the type in an operator's words."""
    words = {str: "Text", int: "Whole number", float: "Number", bool: "true or false", Path: "Folder"}
    return words.get(annotation, str(annotation))


def _limits(field: FieldInfo) -> list[str]:
    """Return "at least 1", "at most 64", ... in the order they are declared."""
    found = []
    for limit in field.metadata:
        for key, words in LIMITS.items():
            value = getattr(limit, key, None)
            if value is not None:
                found.append(words.format(value) if "{}" in words else f"{words} `{value}`")
    return found


def _shown(default: object) -> str:
    """Return a default as it would stand in gateway.toml."""
    return f'"{default}"' if isinstance(default, str | Path) else str(default)


def findings_page() -> str:
    """Return the page of findings: what people wrote, down to the mark, then the X12 engine's table."""
    written, mark, _ = (HANDBOOK / "findings.md").read_text(encoding="utf-8").partition(MADE_BELOW)
    return written + mark + "".join(_finding(code, row) for code, row in CODES.items())


def _finding(code: str, row: FindingCode) -> str:
    """Return one finding's heading and paragraph."""
    answer = f"{ANSWERS[row.level]} {row.x12_code}" if row.x12_code else "the standard has no code for it"
    return f"\n### {code}\n\n{row.meaning} {row.remedy}\n\n{row.severity.capitalize()}; {answer}.\n"


def events_page() -> str:
    """Return the page of events: what people wrote, down to the mark, then the table of types."""
    written, mark, _ = (HANDBOOK / "events.md").read_text(encoding="utf-8").partition(TYPES_BELOW)
    rows = [
        f"| `{name}` | {_listed(kind.label for kind, _ in pairs) if len(pairs) < len(Kind) else 'any document'} "
        f"| {_listed(event.value for _, event in pairs)} |\n"
        for name, pairs in TYPES.items()
    ]
    return written + mark + "\n| type | of | entry of the ledger |\n|---|---|---|\n" + "".join(rows)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(set(words)))


STATES_INTRODUCTION = """\
# States

<!-- Made from gateway/states.py by `make handbook`. -->

Every document is in one of these states. By itself it moves along these lines only; a person's `retry` lets a parked or refused one go on
where it stopped. Beside its state it has facts of its own: whether it was valid, whether it was delivered, whether it was acknowledged,
and under which number the ERP has it.

| state | in words | ends the journey | needs a person |
|---|---|---|---|
"""


def states_page() -> str:
    """Return the page of states: a table of their meanings, then the diagram of the moves."""
    rows = [
        f"| {state} | {meaning.words} | {'yes' if meaning.is_final else ''} | {'yes' if meaning.needs_person else ''} |"
        for state, meaning in STATES.items()
    ]
    return STATES_INTRODUCTION + "\n".join(rows) + f"\n\n```mermaid\n{diagram()}\n```\n"


TRANSPORTS_INTRODUCTION = """\
# Transports

<!-- Made from the transports' options by `make handbook`; edit the descriptions there. -->

What stands under `[transport]` in a partner's file: `kind`, and the keys of that kind. [Partners](partners.md) tells how they are used.
Secrets are never written here, only where they are found: `env:NAME` or `file:/path`.
"""


def transports_page() -> str:
    """Return the page of transports: a table of keys for each kind."""
    parts = [TRANSPORTS_INTRODUCTION]
    for kind, row in TRANSPORTS.items():
        parts.append(f'\n## kind = "{kind}"\n\n| key | default | |\n|---|---|---|\n')
        parts += [_row(*item) for item in row.options.model_fields.items()]
    parts.append("\n## [transport.schedule]\n\nWhen a partner is looked at and sent to; as2, http and sftp take it.\n")
    parts.append(
        "\n| key | default | |\n|---|---|---|\n" + "".join(_row(*item) for item in ScheduleOptions.model_fields.items())
    )
    parts.append("\n## [[transport.certificates]]\n\nThe certificates of a partner by AS2, as many as are in use.\n")
    parts.append(
        "\n| key | default | |\n|---|---|---|\n"
        + "".join(_row(*item) for item in PartnerCertificate.model_fields.items())
    )
    return "".join(parts)


def _row(name: str, field: FieldInfo) -> str:
    """Return the line of one key."""
    default = "required" if field.is_required() else f"`{_toml(field.get_default(call_default_factory=True))}`"
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    limits = [limit for limit in _limits(field) if limit.startswith(("at ", "more ", "less ")) and "char" not in limit]
    facts = ", ".join([*(f"`{_shown(choice)}`" for choice in choices), *limits])
    says = " ".join([field.description or "", f"({facts})" if facts else ""]).strip()
    return f"| `{name}` | {default} | {says} |\n".replace("`none`", "")


def _toml(default: object) -> str:
    """Return a default as TOML; "none" for a key that has none."""
    if default is None or isinstance(default, BaseModel):
        return "none"
    if isinstance(default, tuple):
        return f"[{', '.join(_toml(one) for one in default)}]"
    return str(default).lower() if isinstance(default, bool) else _shown(default)


# Page → what makes it.
PAGES = {
    "transports.md": transports_page,
    "settings.md": settings_page,
    "findings.md": findings_page,
    "states.md": states_page,
    "events.md": events_page,
}

if __name__ == "__main__":
    for name, made in PAGES.items():
        (HANDBOOK / name).write_text(made(), encoding="utf-8")
        print(f"wrote gateway/handbook/{name}", file=sys.stderr)
