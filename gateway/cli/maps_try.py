"""`gateway maps try`: one file as from a partner, or one canonical document for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from difflib import get_close_matches
from typing import Annotated, Any

import typer

from gateway.api.document_views import finding_view
from gateway.api.map_views import Translated
from gateway.api.map_views import Trial as TrialView
from gateway.cli.edi_files import chunks_of
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.map_trial import Trial, going_out
from gateway.cli.mapped_files import MapReader
from gateway.cli.printing import bold, print_json, print_wrapped, red, say, shown
from gateway.cli.status_words import print_findings
from gateway.cli.verdict_words import verdict_words
from gateway.errors import GatewayError
from gateway.map_shelf import MapShelf, maps_loader
from gateway.profiles import PartnerProfile, Partners, load_partners
from gateway.settings import Settings
from gateway.steps.files import is_x12
from gateway.steps.wire import sender_of
from gateway.store.engine import Database
from translators.findings import Severity
from translators.x12 import Catalogue, GroupHeader, InterchangeHeader, read


def try_file(
    file: Annotated[
        str, typer.Argument(help="A file as the partner sends it; or a canonical document, .json, to send.")
    ],
    partner: Annotated[
        str,
        typer.Option(
            help="As from, or for, this partner; the name of its file in partners/. Default: who the envelope, the folder or the "
            "document names."
        ),
    ] = "",
    map_name: Annotated[str, typer.Option("--map", help="Use this map, whatever is agreed.")] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Translate one file as from a partner, or a canonical document for it, and show what would go out.

    Nothing is stored and nothing is booked. What comes in is answered as it would be; the cross references are looked up. Ends with 4
    when a document would be refused.
    """
    settings = settings_of(home)
    content = b"".join(chunks_of(file))
    partners = load_partners(settings.path(settings.partners_dir))
    profile = partners.by_id.get(partner) if partner else _named_in(file, content, partners, settings)
    if profile is None and not partner:
        raise GatewayError("GW-6505", f"{shown(file)} does not tell whose it is; name the partner with --partner.")
    if profile is None:
        close = get_close_matches(partner, list(partners.by_id), n=1)
        raise GatewayError(
            "GW-6505", f"There is no partner {partner}" + (f"; did you mean {close[0]}?" if close else ".")
        )
    load = maps_loader(settings)
    with _database(settings) as database:
        catalogue = Catalogue(lambda name: load(f"x12/{name}"))
        trial = Trial(profile, partners, MapShelf(load), catalogue, database, map_name)
        if file.endswith(".json"):
            by, document = trial.canonical(content)
            text, found = going_out(by, document, profile, catalogue)
            trial.findings += found
            trial.answers.append(text)
            documents: list[Translated] = []
        else:
            tried = trial.interchange(content) if is_x12(content[:64]) else trial.file(content, file)
            documents = list(tried)
    view = TrialView(
        file=file,
        partner=profile.id,
        documents=tuple(documents),
        findings=tuple(finding_view(f) for f in trial.findings),
        remarks=tuple(trial.remarks),
        goes_out="\n".join(trial.answers),
    )
    if as_json:
        print_json(view)
    else:
        _print_trial(view, is_x12_file=is_x12(content[:64]))
    is_refused = any(not d.is_accepted for d in documents) or any(f.refuses for f in trial.findings)
    return Exit.REFUSED if is_refused else Exit.DONE


def _named_in(file: str, content: bytes, partners: Partners, settings: Settings) -> PartnerProfile | None:
    """Return the partner that a file names: X12 in its envelope, a canonical document in its own words, others by their folder."""
    if file.endswith(".json"):
        with suppress(ValueError):
            held = json.loads(content)
            one = held[0] if isinstance(held, list) and held else held
            return partners.by_id.get(str(one.get("partner", ""))) if isinstance(one, dict) else None
        return None
    if not is_x12(content[:64]):
        return MapReader(settings.home).owner(file)
    header: InterchangeHeader | None = None
    for event in read([content], Catalogue(lambda _: None)):
        if isinstance(event, InterchangeHeader):
            header = event
        elif isinstance(event, GroupHeader) and header is not None:
            return sender_of(partners, header, event)
    return None


@contextmanager
def _database(settings: Settings) -> Iterator[Database | None]:
    """Give the gateway's database, None where it has none yet."""
    database: Database | None = None
    with ExitStack() as stack:
        with suppress(GatewayError):  # without one there are no cross references, and everything else can be tried
            database = stack.enter_context(opened_database(settings))
        yield database


def _print_trial(view: TrialView, *, is_x12_file: bool) -> None:
    for number, document in enumerate(view.documents, 1):
        stopping = [f.code for f in document.findings if f.severity is Severity.ERROR]
        verdict = verdict_words(stopping, is_refused=not document.is_accepted, is_x12=is_x12_file)
        verdict = verdict if document.is_accepted else red(verdict)
        print(bold(f"{number}. by {document.map} {document.version}: {verdict}"))
        if document.document is not None:
            _print_canonical(document.document)
        if document.findings:
            print_findings(document.findings, indent="  ")
        if document.in_our_words is not None:
            print(bold("   In our words, for the ERP:"))
            _print_canonical(document.in_our_words)
    if view.findings:
        print_findings(view.findings)
    for remark in view.remarks:
        print_wrapped(remark)
    if view.goes_out:
        print(bold("What would go out:"))
        for line in view.goes_out.splitlines():
            print(f"  {shown(line)}")
    elif not view.documents:
        say("Nothing in it is a business document.")


def _print_canonical(document: dict[str, Any]) -> None:
    for line in json.dumps(document, indent=1, ensure_ascii=False).splitlines():
        print(f"  {shown(line)}")
