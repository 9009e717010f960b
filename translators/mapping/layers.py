"""A map and the maps it extends, as one: what a partner's file says wins, and every complaint names the file that says it."""

from __future__ import annotations

from typing import Any

from translators.mapping.errors import Complaints


class Layers:
    """The files of a map, the most particular first.

    Tables are merged key by key; anything else replaces what the extended map has; `false` takes a rule away. The clauses of a guide
    are the partner's own.
    """

    def __init__(self, files: tuple[str, ...], contents: tuple[dict[str, Any], ...]) -> None:
        self.files = files
        self._contents = contents
        self.extends = files[1].removesuffix(".toml") if len(files) > 1 else ""
        merged: dict[str, Any] = {}
        for content in reversed(contents):
            merged = _merged(merged, content)
        self.merged = merged

    def file_of(self, key: str) -> str:
        """Return the file in which `key` ("lines.price.path") stands."""
        for file, content in zip(self.files, self._contents, strict=True):
            if _has(content, key):
                return file
        return self.files[0]

    def complain(self, complaints: Complaints, key: str, sentence: str) -> None:
        """Note that `key` is wrong, in the file that says it."""
        complaints.add(self.file_of(key), key, sentence)


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        if value is False and key != "written":
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict) and key not in ("table", "when", "with"):
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = value
    return merged


def _has(content: Any, key: str) -> bool:
    for part in key.split("."):
        name, _, index = part.partition("[")
        if not isinstance(content, dict) or name not in content:
            return False
        content = content[name]
        if index and isinstance(content, list):
            content = content[int(index.rstrip("]"))] if int(index.rstrip("]")) < len(content) else None
    return True
