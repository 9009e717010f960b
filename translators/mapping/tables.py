"""Code tables: the wire's code on one side, the canonical word on the other, usable both ways.

A table is TOML: `[codes]` maps wire code to canonical word. Where several codes stand for one word the first in the file is the
one that is written. `unknown` says what becomes of a code that is not listed: "refuse" (the default) or a prefix such as "x12:",
under which the wire's own code is kept and found again when writing. `[by_length.WORD]` chooses among the codes of a word by the
length of the value it qualifies (a GTIN of 12 digits is UP, of 13 EN). A table in which several codes stand for one word says under
`lossy` what the canonical document does not tell any more.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Any

from translators.mapping.errors import Complaints, did_you_mean
from translators.mapping.functions import Function

KEYS = ("title", "unknown", "codes", "by_length", "source", "lossy")


@dataclass(frozen=True)
class Table:
    """One code table, both ways. `prefix` is "" when a code that is not listed is refused."""

    name: str
    read: dict[str, str]
    write: dict[str, str]
    prefix: str = ""
    by_length: dict[str, dict[int, str]] = field(default_factory=dict)

    def word(self, code: str) -> str | None:
        """Return the canonical word for a wire `code`, or None when there is none."""
        word = self.read.get(code)
        return f"{self.prefix}{code}" if word is None and self.prefix else word

    def code(self, word: str, value: str = "") -> str | None:
        """Return the wire code for a canonical `word` (that qualifies `value`), or None when there is none."""
        lengths = self.by_length.get(word)
        code = (lengths.get(len(value)) if lengths else None) or self.write.get(word)
        if code is None and self.prefix and word.startswith(self.prefix):
            return word[len(self.prefix) :]
        return code


@dataclass(frozen=True)
class SameValue:
    """Stands for a table where a value may be written in several ways (a date with and without its time)."""

    conversion: Function

    def word(self, text: str) -> str | None:
        """Return the value that `text` stands for, in one form."""
        try:
            return str(self.conversion.read(text))
        except ValueError:
            return None


def read_table(name: str, file: str, content: bytes, complaints: Complaints) -> Table | None:
    """Return the table in `content`, or None after complaining."""
    try:
        found = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        complaints.add(file, "", f"is no TOML: {error}")
        return None
    for key in found:
        if key not in KEYS:
            complaints.add(file, key, f"is no key of a table{did_you_mean(key, KEYS)}")
    codes = found.get("codes")
    if not isinstance(codes, dict) or not codes:
        complaints.add(file, "codes", 'is missing; a table needs [codes] with lines such as EA = "EA"')
        return None
    read: dict[str, str] = {}
    for code, word in codes.items():
        if not isinstance(word, str | bool):
            complaints.add(file, f"codes.{code}", "must be a text in quotes")
            continue
        read[code] = str(word).lower() if isinstance(word, bool) else word
    unknown = found.get("unknown", "refuse")
    if not isinstance(unknown, str):
        complaints.add(file, "unknown", 'must be "refuse" or a prefix such as "x12:"')
        unknown = "refuse"
    lengths = _by_length(found.get("by_length", {}), read, file, complaints)
    table = table_of(name, read, "" if unknown == "refuse" else unknown, lengths)
    merged, lossy = merged_codes(table), found.get("lossy", "")
    if not isinstance(lossy, str):
        complaints.add(file, "lossy", "must say in words what is lost")
    elif merged and not lossy:
        complaints.add(file, "lossy", f"is missing: {merged}; say what the canonical word does not tell any more")
    elif lossy and not merged:
        complaints.add(file, "lossy", "nothing is lost, as every code has a word of its own; drop it")
    return table


def merged_codes(table: Table) -> str:
    """Return the first codes that stand for one word, as the beginning of a sentence; "" when every code has its own."""
    codes: dict[str, list[str]] = {}
    for code, word in table.read.items():
        if code not in table.by_length.get(word, {}).values():
            codes.setdefault(word, []).append(code)
    word, several = next(((word, each) for word, each in codes.items() if len(each) > 1), ("", []))
    return f"{' and '.join(several)} all become {word!r}" if several else ""


def _by_length(spec: Any, read: dict[str, str], file: str, complaints: Complaints) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for word, codes in spec.items():
        for length, code in codes.items():
            if not length.isdigit() or read.get(code) != word:
                complaints.add(file, f"by_length.{word}.{length}", f"must be a length and one of the codes of {word}")
            else:
                found.setdefault(word, {})[int(length)] = code
    return found


def table_of(
    name: str, read: dict[str, str], prefix: str = "", by_length: dict[str, dict[int, str]] | None = None
) -> Table:
    """Return the table that reads by `read`; of several codes for one word the first is written."""
    write: dict[str, str] = {}
    for code, word in read.items():
        write.setdefault(word, code)
    return Table(name, read, write, prefix, by_length or {})
