"""Trading partners: who they are on the wire, how to reach them, which documents they exchange with us.

One file per partner, partners/<id>.toml, all of them checked together at load; every complaint at once. A profile holds no secret.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gateway.errors import ConfigurationError
from gateway.settings import complaints
from gateway.states import Direction, Kind
from translators.findings import Severity
from translators.x12 import Policy, Separators
from translators.x12.finding_codes import CODES

PartnerId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Closed(BaseModel):
    """A frozen part of a profile; an unknown key is a complaint."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class X12Identity(Closed):
    """How a partner appears in X12 envelopes, and how it wants ours."""

    interchange_id: str = Field(pattern=r"^[A-Z0-9]{2}:.{1,15}$", description="ISA05/ISA06 as 'qualifier:id'.")
    group_ids: tuple[Annotated[str, StringConstraints(min_length=2, max_length=15)], ...] = Field(
        (), description="Codes it sends in GS02; the first is what we put in GS03. Empty: the interchange id."
    )
    company_interchange_id: str = Field("", description="The id it knows us by, when not the company's own.")
    company_group_id: str = Field("", description="The GS code it knows us by, when not the company's own.")
    release: str = Field("004010", pattern=r"^\d{6}[A-Z0-9]{0,6}$", description="GS08 of what we send.")
    separators: str = Field(
        "*>~", min_length=3, max_length=4, description="Element, component, terminator, and repetition."
    )
    line_end: Literal["", "lf", "crlf"] = Field("", description="What follows each terminator of what we send.")
    acknowledgment: Literal["997", "999"] = Field("997", description="Which acknowledgment it gets.")
    usage: Literal["P", "T"] = Field("P", description="ISA15 of what we send.")
    findings: dict[str, Literal["error", "warning", "note", "ignore"]] = Field(
        default_factory=dict,
        description="What a finding in its files means, where it differs: X12-CODE-UNKNOWN = 'warning'.",
    )
    strict_lists: tuple[str, ...] = Field((), description="Element numbers whose code list refuses in every release.")
    releases: dict[
        Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,12}$")],
        Annotated[str, StringConstraints(pattern=r"^\d{6}$")],
    ] = Field(
        default_factory=dict,
        description="A release we have no definitions of, as GS08 has it, and the one whose definitions serve: 004060 = '004050'.",
    )

    @property
    def wire_separators(self) -> Separators:
        """Return the separators of what we send."""
        repetition = self.separators[3:] or ("^" if self.release >= "004020" else "")
        return Separators(self.separators[0], self.separators[1], self.separators[2], repetition)

    @property
    def policy(self) -> Policy:
        """Return how strictly its files are read."""
        severities = {code: None if what == "ignore" else Severity(what) for code, what in self.findings.items()}
        # A control number that comes twice in one file is a repeat or a conflict; the journey, which sees the content, decides.
        return Policy(
            severities={"X12-ISA-DUPLICATE": None, **severities},
            strict_lists=frozenset(self.strict_lists),
            releases=self.releases,
        )

    @property
    def group_id(self) -> str:
        """Return the code for GS03."""
        return self.group_ids[0] if self.group_ids else self.interchange_id[3:].strip()


NO_X12 = X12Identity.model_construct(interchange_id="")  # of a partner that exchanges no X12: nobody's address


class FileIdentity(Closed):
    """What is agreed about files that carry no X12 envelope: delimited, fixed width, XML."""

    usage: Literal["P", "T"] = Field("P", description="Whether its files are orders to deliver, or tests.")
    receipt: bool = Field(
        False, description="Whether every file is answered by a receipt; one that holds a refused document always is."
    )


class CxmlIdentity(Closed):
    """The names in a cXML header, each as 'domain:identity'."""

    credential: str = Field(pattern=r"^[^:]+:.+$", description="The partner: To of what we send.")
    company_credential: str = Field(pattern=r"^[^:]+:.+$", description="We: From of what we send.")
    sender_credential: str = Field("", description="Who authenticates: Sender, when it is not From.")
    shared_secret: str = Field(
        "",
        pattern=r"^((env|file):.+)?$",
        description="Where Sender's secret is: env:NAME or file:/path; never the secret.",
    )


class TransportProfile(BaseModel):
    """The channel. Keys beyond `kind` belong to the transport and are checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = "folder"

    @property
    def options(self) -> dict[str, Any]:
        """Return the transport's own keys."""
        return dict(self.model_extra or {})


class CrossReferenceTable(StrEnum):
    """A table of what partners call something and what we call it; kept in the database, see the handbook."""

    ITEM = "item"
    LOCATION = "location"
    UNIT = "unit"
    TERMS = "terms"
    CARRIER = "carrier"


class Agreement(Closed):
    """One kind of document in one direction: what it is called, how it is mapped, when it must be answered."""

    document: Kind
    direction: Direction
    map: str = Field(pattern=r"^[A-Za-z0-9_./-]+$", description='Name of the map, "x12/850".')
    files: str = Field(
        "",
        description="In, not X12: what such files are called ('ORDERS*.csv'), where the content alone does not tell.",
    )
    acknowledgment_due_hours: float = Field(24, gt=0, description="Out: after how long their 997 is overdue.")
    acknowledged: bool = Field(True, description="Out, X12: whether the partner sends an acknowledgment at all.")
    required_tables: tuple[CrossReferenceTable, ...] = Field(
        (),
        description="Cross references that must know everything in these documents; what they do not know parks them.",
    )


class PartnerProfile(Closed):
    """One trading partner."""

    id: PartnerId
    name: str
    role: Literal["customer", "supplier"] = "customer"
    account: str = Field("", description="Its customer or vendor number in the ERP.")
    connector: str = Field("", description="Which of [connectors] its documents are booked with.")
    x12: X12Identity = NO_X12
    files: FileIdentity = FileIdentity()
    cxml: CxmlIdentity | None = None
    transport: TransportProfile = TransportProfile()
    agreements: tuple[Agreement, ...] = ()
    sends_per_minute: float | None = Field(
        None,
        gt=0,
        description="How many documents a minute its channel takes, over all processes. Default: any number.",
    )
    sends_at_once: int | None = Field(
        None, ge=1, description="How many documents its channel takes at the same time. Default: any number."
    )
    in_order: bool = Field(
        False,
        description="Whether its business documents go one after the other, each way by itself, in the order they came. One that waits "
        "for a person lets the next ones pass.",
    )
    not_wanted: tuple[Kind, ...] = Field(
        (), description="What the partner does not want to get, whatever the ERP hands out: it ends quietly."
    )

    def lane(self, direction: Direction) -> str | None:
        """Return the lane its business documents go in, None when they need not wait for each other."""
        return f"{self.id}/{direction}" if self.in_order else None

    def agreement(self, kind: Kind, direction: Direction) -> Agreement | None:
        """Return what was agreed for `kind` in `direction`, or None."""
        return next((a for a in self.agreements if a.document is kind and a.direction is direction), None)


@dataclass(slots=True)
class Partners:
    """All profiles, found by id, by interchange id or by account. Live: `replace` takes up changed files while everything runs."""

    by_id: Mapping[str, PartnerProfile]

    def replace(self, other: Partners) -> None:
        """Take over the profiles of `other`, all at once."""
        self.by_id = other.by_id

    def named(self, name: str) -> PartnerProfile | None:
        """Return the profile whose id or name is `name`, whatever its case."""
        folded = name.casefold()
        return next((p for p in self.by_id.values() if folded in (p.id, p.name.casefold())), None)

    def sender(self, qualifier: str, interchange_id: str, group_id: str) -> PartnerProfile | None:
        """Return who sends under ISA05/ISA06 and GS02, or None.

        Several partners may share one interchange id (a VAN, a parent company): the group id decides between them. A partner that
        lists no group ids takes any.
        """
        wanted = f"{qualifier}:{interchange_id}"
        found = [p for p in self.by_id.values() if p.x12.interchange_id == wanted]
        exact = [p for p in found if group_id in p.x12.group_ids]
        open_to_any = [p for p in found if not p.x12.group_ids]
        return next(iter(exact or open_to_any), None)

    def knows_interchange(self, qualifier: str, interchange_id: str) -> PartnerProfile | None:
        """Return any partner that uses this interchange id."""
        wanted = f"{qualifier}:{interchange_id}"
        return next((p for p in self.by_id.values() if p.x12.interchange_id == wanted), None)

    def account(self, connector: str, account: str) -> PartnerProfile | None:
        """Return the partner that is `account` in the system behind `connector`."""
        return next((p for p in self.by_id.values() if p.account == account and p.connector == connector), None)


@dataclass(frozen=True, slots=True)
class PartnerFiles:
    """The files in partners/ as they are: those that make a profile, those that make none (by id, as TOML), every complaint."""

    profiles: dict[str, PartnerProfile]
    drafts: dict[str, dict[str, Any]]
    wrong: list[str]


def load_partners(folder: Path) -> Partners:
    """Return the profiles in `folder`.

    Raises:
        ConfigurationError: GW-1001, every complaint of every file.
    """
    files = read_partner_files(folder)
    if files.wrong:
        raise ConfigurationError(files.wrong)
    return Partners(files.profiles)


def read_partner_files(folder: Path) -> PartnerFiles:
    """Return what is in `folder`, right or wrong: a file with one mistake can still be looked at for others."""
    profiles: dict[str, PartnerProfile] = {}
    drafts: dict[str, dict[str, Any]] = {}
    wrong: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        file = f"partners/{path.name}"
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            wrong.append(f"{file}: not valid TOML: {broken}")
            continue
        try:
            profile = PartnerProfile.model_validate({"id": path.stem, **content})
        except ValidationError as invalid:
            wrong += [
                _with_hint(line, error) for line, error in zip(complaints(invalid, file), invalid.errors(), strict=True)
            ]
            drafts[path.stem] = content
            continue
        profiles[profile.id] = profile
    return PartnerFiles(profiles, drafts, wrong + _conflicts(profiles))


# How a value is written whose pattern it does not fit, by the key's name: a pattern is no sentence for the person who types it.
_WRITTEN = {
    "interchange_id": 'write the qualifier of ISA05 and the id of ISA06, such as "ZZ:ACME"',
    "release": 'write all six digits, as in GS08, such as "004010"',
    "credential": 'write domain and identity, such as "NetworkID:AN01000000001"',
    "company_credential": 'write domain and identity, such as "NetworkID:AN01000000001"',
    "shared_secret": 'write where the secret is, "env:NAME" or "file:/path"; never the secret itself',
    "map": 'write a map\'s name, such as "x12/850"',
    "id": "the file's name is the partner's id: small letters, digits, - and _",
}


def _with_hint(line: str, error: Mapping[str, Any]) -> str:
    """Say how the value is written, or which key may have been meant."""
    if error["type"] == "string_pattern_mismatch" and error["loc"][-1] in _WRITTEN:
        return f"{line.removesuffix(str(error['msg']))}{error['input']!r} does not fit; {_WRITTEN[error['loc'][-1]]}"
    if error["type"] == "enum" and {"document", "not_wanted"} & set(error["loc"]):
        return f"{line.removesuffix(str(error['msg']))}{_not_agreed(str(error['input']))}"
    if error["type"] != "extra_forbidden":
        return line
    parts = (PartnerProfile, X12Identity, FileIdentity, CxmlIdentity, Agreement)
    known = [key for part in parts for key in part.model_fields]
    return line + (_close(str(error["loc"][-1]), known) or "; no such key")


_AGREED = tuple(kind.value for kind in Kind if kind.is_business)
_ONLY_CONVERTED = ("purchase_order_change", "inventory_advice")


def _not_agreed(document: str) -> str:
    """Say which kinds of document can be agreed, instead of one that cannot."""
    known = f"there is {', '.join(_AGREED)}"
    if document in _ONLY_CONVERTED:
        return f"{document} cannot be agreed yet, its maps serve `gateway convert`; {known}"
    return f"no document {document!r} can be agreed{_close(document, _AGREED)}; {known}"


def _close(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?", or "" when nothing known is close."""
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _conflicts(profiles: Mapping[str, PartnerProfile]) -> list[str]:
    """Return complaints about profiles that cannot be told apart."""
    wrong = []
    seen: dict[tuple[str, str], str] = {}
    accounts: dict[tuple[str, str], str] = {}
    for profile in profiles.values():
        for group_id in (profile.x12.group_ids or ("any",)) if profile.x12.interchange_id else ():
            other = seen.setdefault((profile.x12.interchange_id, group_id), profile.id)
            if other != profile.id:
                wrong.append(
                    f"partners/{profile.id}.toml: x12: {profile.x12.interchange_id} with group id {group_id} "
                    f"is also partners/{other}.toml; give one of them its own group_ids"
                )
        if profile.account:
            other = accounts.setdefault((profile.connector, profile.account), profile.id)
            if other != profile.id:
                wrong.append(f"partners/{profile.id}.toml: account: {profile.account} is also partners/{other}.toml")
        pairs = [(a.document, a.direction, a.files) for a in profile.agreements]
        wrong += [
            f"partners/{profile.id}.toml: not_wanted: {kind} is agreed to be sent; keep one of the two"
            for kind in profile.not_wanted
            if profile.agreement(kind, Direction.OUT) is not None
        ]
        wrong += [
            f"partners/{profile.id}.toml: x12.findings: there is no finding {code}" + _close(code, CODES)
            for code in profile.x12.findings
            if code.partition("@")[0] not in CODES
        ]
        wrong += [
            f"partners/{profile.id}.toml: agreements[{n}]: a second agreement for {kind} {direction}; keep one, or tell them apart by files"
            for n, (kind, direction, _files) in enumerate(pairs)
            if pairs[n] in pairs[:n]
        ]
    return wrong
