"""`gateway status`: where an order is, or what happened to one document, in words that customer service can read to a caller."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.api.document_views import StatusOfDocument, document_detail, finding_list, match_list, timeline_view
from gateway.api.order_views import order_choice, order_view
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.printing import print_columns, print_json, say
from gateway.cli.status_words import ToType, print_document, print_order
from gateway.cli.stored import canonical_json, print_bytes, stored_bytes
from gateway.demo.typed import short_path, typed_command
from gateway.errors import ConfigurationError, GatewayError
from gateway.profiles import load_partners
from gateway.settings import Settings
from gateway.store import documents, ledger, queries
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.order_life import OrderKey, OrderLife, agreed_answers, order_life, orders_named
from gateway.store.queries import Match, search
from translators.findings import Finding, Severity


def status(
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="A PO, invoice, shipment or ERP number, or a document's id.")
    ],
    partner: Annotated[str, typer.Option(help="Which partner's, when several use the number.")] = "",
    is_raw: Annotated[bool, typer.Option("--raw", help="Only the document's bytes, as they came or left.")] = False,
    is_canonical: Annotated[bool, typer.Option("--canonical", help="Only the document's canonical JSON.")] = False,
    is_ours: Annotated[
        bool, typer.Option("--ours", help="Only its canonical JSON as the ERP got or gave it, in our numbers.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Show where an order is, or what happened to one document.

    Any number finds it: leading zeros, dashes, dots and spaces do not matter. When several orders go by the number, they are listed.
    --raw, --canonical and --ours print one document, named by its id or by a number that no other has.
    """
    if is_raw + is_canonical + is_ours + as_json > 1:
        raise typer.BadParameter("of --raw, --canonical, --ours and --json only one at a time", param_hint="--raw")
    settings = settings_of(home)
    with opened_database(settings) as database, database.read() as connection:
        matches = [m for m in search(connection, number) if not partner or m.document.partner == partner]
        is_id = any(m.kind == "id" for m in matches)
        keys = [] if is_id else orders_named(connection, number, partner)
        ids = list(dict.fromkeys(m.document.id for m in matches))
        if matches and (is_raw or is_canonical or is_ours):
            if len(ids) > 1:
                return _show_matches(matches, as_json=False, ends=Exit.FAILED)
            return _print_stored(connection, settings, matches[0].document, is_raw=is_raw, is_ours=is_ours)
        if len(keys) == 1:
            return _show_order(connection, keys[0], settings, home, as_json=as_json)
        if keys:
            return _show_choice(keys, as_json=as_json)
        if len(ids) == 1:
            return _show_document(connection, ids[0], as_json=as_json)
        if matches:
            return _show_matches(matches, as_json=as_json)
    raise GatewayError("GW-6105", f"Nothing goes by {number!r}. `gateway documents` lists what there is.")


def _print_stored(
    connection: Transaction, settings: Settings, document: Document, *, is_raw: bool, is_ours: bool
) -> Exit:
    if is_raw:
        print_bytes(stored_bytes(connection, settings, document))
    else:
        print(
            json.dumps(json.loads(canonical_json(connection, document, is_ours=is_ours)), indent=2, ensure_ascii=False)
        )
    return Exit.DONE


def _show_order(
    connection: Transaction, key: OrderKey, settings: Settings, home: Path | None, *, as_json: bool
) -> Exit:

    try:
        profile = load_partners(settings.path(settings.partners_dir)).by_id.get(key.partner)
    except ConfigurationError:
        profile = None  # `gateway check` says it; what happened to an order can be told all the same
    life = order_life(connection, key, agreed_answers(profile, key.direction))
    assert life is not None  # its key was read from one of its documents  # noqa: S101
    if as_json:
        print_json(order_view(life))
    else:
        print_order(life, "" if profile is None else profile.name, _to_type(home), _warnings(connection, life))
    return Exit.DONE


def _warnings(connection: Transaction, life: OrderLife) -> list[tuple[Document, Finding]]:
    """Return what was noticed about an order's documents and stopped none of them."""
    return [
        (part.document, finding)
        for part in life.documents
        for finding in documents.findings_of(connection, part.document.id)
        if finding.severity is Severity.WARNING
    ]


def _to_type(home: Path | None) -> ToType:
    """Return how commands about a document of this gateway are typed."""
    gateway = typed_command(sys.argv[0])
    named = "" if home is None else f" --home {short_path(home.absolute())}"
    return lambda command, document_id: f"{gateway} {command} {document_id}{named}"


def _show_choice(keys: list[OrderKey], *, as_json: bool) -> Exit:

    if as_json:
        print_json(order_choice(keys))
        return Exit.DONE
    print_columns(("order", "partner", ""), [(k.order_number, k.partner, k.direction) for k in keys])
    say("Several orders go by that number; say which: --partner, or the whole number.")
    return Exit.DONE


def _show_document(connection: Transaction, document_id: str, *, as_json: bool) -> Exit:

    document = documents.get(connection, document_id)
    assert document is not None  # it was just found, and documents are never deleted  # noqa: S101
    detail = document_detail(
        document,
        queries.delivery_of(connection, document),
        queries.references_of(connection, document_id),
        queries.contained_in(connection, document_id),
        queries.answers_to(connection, document_id),
    )
    findings = finding_list(document, documents.findings_of(connection, document_id))
    story = timeline_view(document_id, ledger.timeline(connection, document_id))
    if as_json:
        print_json(StatusOfDocument(document=detail, timeline=story.entries, findings=findings.findings))
    else:
        print_document(detail, story, findings)
    return Exit.DONE


def _show_matches(matches: list[Match], *, as_json: bool, ends: Exit = Exit.DONE) -> Exit:

    if as_json:
        print_json(match_list(matches))
        return Exit.DONE
    rows = [
        (m.document.id, m.document.partner, m.document.kind.label, f"{m.kind} {m.value}", m.document.state)
        for m in matches
    ]
    print_columns(("id", "partner", "what", "found by", "state"), rows)
    say("Several documents go by that number; name one by its id.")
    return ends
