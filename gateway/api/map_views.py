"""What the commands about maps print with `--json`."""

from __future__ import annotations

from typing import Any

from gateway.api.document_views import FindingView, View


class MapView(View):
    """One map. `version` is empty, and `complaints` says why, when it does not load."""

    name: str
    title: str
    document: str
    wire: str
    set: str
    releases: tuple[str, ...]
    version: str
    extends: str
    is_own: bool
    used_by: tuple[str, ...]
    complaints: tuple[str, ...]


class MapList(View):
    """Every map."""

    maps: tuple[MapView, ...]


class MapComplaints(View):
    """What is wrong with maps and tables."""

    maps: int
    tables: int
    complaints: tuple[str, ...]


class DifferenceView(View):
    """One value that differs; "" where there is none."""

    path: str
    before: str
    after: str


class SampleView(View):
    """What came of one sample: `differences` from expected (before) to got (after)."""

    map: str
    sample: str
    is_right: bool
    complaints: tuple[str, ...]
    differences: tuple[DifferenceView, ...]


class SampleList(View):
    """What came of every sample, and the maps that have none."""

    samples: tuple[SampleView, ...]
    without_samples: tuple[str, ...]


class RuleView(View):
    """What a map does with one value. `direction` is "both", "read" or "write"."""

    canonical: str
    wire: tuple[str, ...]
    direction: str
    kind: str
    says: tuple[str, ...]
    table: str
    codes: dict[str, str]
    file: str
    pages: tuple[str, ...]


class RuleList(View):
    """What a map says about a path, on the wire or canonical."""

    map: str
    version: str
    path: str
    rules: tuple[RuleView, ...]
    clauses: tuple[str, ...]


class Translated(View):
    """One document of a file that was tried. `in_our_words` is what the ERP would see, where cross references change it."""

    map: str
    version: str
    document: dict[str, Any] | None
    in_our_words: dict[str, Any] | None
    findings: tuple[FindingView, ...]
    is_accepted: bool


class Trial(View):
    """What the gateway would make of a file, and what would go out."""

    file: str
    partner: str
    documents: tuple[Translated, ...]
    findings: tuple[FindingView, ...]
    remarks: tuple[str, ...]
    goes_out: str


class ChangedDocument(View):
    """What a changed map changes in one stored document; `lines` of what goes out, else `differences` of what came in."""

    id: str
    partner: str
    kind: str
    direction: str
    number: str
    map: str
    before: str
    after: str
    differences: tuple[DifferenceView, ...]
    lines: tuple[str, ...]
    new_findings: tuple[str, ...]
    gone_findings: tuple[str, ...]
    is_refused_now: bool
    trouble: str


class MapDifference(View):
    """What changed maps change in the last documents."""

    looked_at: int
    documents: tuple[ChangedDocument, ...]


class Pinned(View):
    """The files of a regression case."""

    map: str
    files: tuple[str, ...]
    is_redacted: bool
