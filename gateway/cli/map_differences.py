"""Two canonical documents, or two files, compared for people: path by path, or line by line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from translators.canonical.document import BusinessDocument
from translators.findings import Finding

_NOTHING = object()


def plain(document: BusinessDocument | None) -> Any:
    """Return a canonical document as JSON holds it, without where it came from and without what says nothing."""
    return None if document is None else document.model_dump(mode="json", exclude_defaults=True, exclude={"source"})


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield (path, before, after) for everything that differs between two JSON values; "" where there is nothing."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            inner = f"{path}.{key}" if path else str(key)
            yield from differences(before.get(key, _NOTHING), after.get(key, _NOTHING), inner)
    elif isinstance(before, list) and isinstance(after, list):
        for number in range(max(len(before), len(after))):
            left = before[number] if number < len(before) else _NOTHING
            right = after[number] if number < len(after) else _NOTHING
            yield from differences(left, right, f"{path}[{number}]")
    elif before != after:
        if isinstance(before, dict | list) and after is _NOTHING:
            yield from differences(before, type(before)(), path)
        elif isinstance(after, dict | list) and before is _NOTHING:
            yield from differences(type(after)(), after, path)
        else:
            yield path or "document", _spoken(before), _spoken(after)


def _spoken(value: Any) -> str:
    if value is _NOTHING:
        return ""
    return "nothing" if value is None else str(value)


def changed_lines(before: str, after: str) -> list[str]:
    """Return the lines that differ, "- " before the old ones and "+ " before the new ones."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [f"{line[0]} {line[1:]}" for line in found if line[:1] in "+-" and line[:3] not in ("---", "+++")]


def spoken_findings(findings: Sequence[Finding]) -> list[str]:
    """Return findings as samples hold them: code and sentence."""
    return [f"{f.code} {f.sentence}" for f in findings]
