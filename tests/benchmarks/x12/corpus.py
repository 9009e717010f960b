"""Seeded, realistic 850, 855, 856 and 810, for measuring: the same seed gives the same bytes.

`small` is one order of ten lines (1.6 KB), `mixed` one interchange of many sets, `huge` one transaction set.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

Row = tuple[str, ...]

_WORDS = "Bolt Hex Zinc Plated Steel Widget Bracket Shelf Cotton Shirt Coffee Beans Garden Hose Pump Motor Drill Kitchen Mug Lamp".split()  # noqa: SIM905
_CITIES = (("Chicago", "IL", "60601"), ("Dallas", "TX", "75201"), ("Newark", "NJ", "07102"), ("Reno", "NV", "89502"))
_GROUPS = {"850": "PO", "855": "PR", "856": "SH", "810": "IN"}
_LINE_BYTES = {"850": 103, "855": 138, "856": 105, "810": 108}


class Corpus:
    """Writes interchanges from one seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._bodies: dict[str, Callable[[int], Iterator[Row]]] = {
            "850": self._order,
            "855": self._answer,
            "856": self._ship_notice,
            "810": self._invoice,
        }

    def small(self) -> bytes:
        return "".join([_isa(), _gs("850", 1), self._set("850", 1, 10), _row("GE", "1", "1"), _iea(1)]).encode()

    def mixed(self, size_bytes: int) -> bytes:
        parts, size, groups = [_isa()], 0, 0
        while size < size_bytes:
            kind = ("850", "810", "856", "855")[groups % 4]
            groups += 1
            parts.append(_gs(kind, groups))
            count = 0
            while count < 200 and size < size_bytes:
                count += 1
                parts.append(self._set(kind, count, min(400, 1 + int(self._random.expovariate(1 / 12)))))
                size += len(parts[-1])
            parts.append(_row("GE", str(count), str(groups)))
        return "".join([*parts, _iea(groups)]).encode()

    def huge(self, size_bytes: int, kind: str) -> bytes:
        body = self._set(kind, 1, size_bytes // _LINE_BYTES[kind])
        return "".join([_isa(), _gs(kind, 1), body, _row("GE", "1", "1"), _iea(1)]).encode()

    def _set(self, kind: str, number: int, lines: int) -> str:
        rows = [_row(*row) for row in self._bodies[kind](lines)]
        return "".join([_row("ST", kind, f"{number:04d}"), *rows, _row("SE", str(len(rows) + 2), f"{number:04d}")])

    def _date(self) -> str:
        return f"2026{self._random.randint(1, 12):02d}{self._random.randint(1, 28):02d}"

    def _upc(self) -> str:
        return f"{self._random.randint(0, 10**12 - 1):012d}"

    def _sku(self) -> str:
        return f"{self._random.choice('ABCDEFGH')}-{self._random.randint(0, 99999):05d}"

    def _words(self) -> str:
        return " ".join(self._random.choices(_WORDS, k=self._random.randint(2, 6)))

    def _number(self, digits: int) -> str:
        return f"{self._random.randint(0, 10**digits - 1):0{digits}d}"

    def _price(self) -> str:
        return f"{self._random.uniform(0.5, 400):.2f}"

    def _party(self, qualifier: str) -> Iterator[Row]:
        city, state, code = self._random.choice(_CITIES)
        yield "N1", qualifier, f"{self._random.choice(_WORDS)} Inc", "92", self._number(5)
        yield "N3", f"{self._random.randint(1, 9999)} Main St"
        yield "N4", city, state, code, "US"

    def _lines(self, tag: str, lines: int, total: list[int]) -> Iterator[list[Row]]:
        for number in range(1, lines + 1):
            quantity = self._random.randint(1, 500)
            total[0] += quantity
            line = (tag, str(number), str(quantity), "EA", self._price(), "PE", "UP", self._upc(), "VN", self._sku())
            yield [line, ("PID", "F", "", "", "", self._words())]

    def _order(self, lines: int) -> Iterator[Row]:
        yield "BEG", "00", "SA", f"45{self._number(8)}", "", self._date()
        yield "REF", "DP", self._number(3)
        yield "PER", "BD", "Ann Acme", "TE", f"2{self._number(9)}", "EM", f"buyer{self._number(3)}@example.com"
        yield "FOB", "CC", "OR", "Origin"
        yield "ITD", "01", "3", "2", "", "10", "", "30"
        yield "DTM", "002", self._date()
        yield "TD5", "O", "2", "UPSN", "M", "Ground"
        for qualifier in ("ST", "BT"):
            yield from self._party(qualifier)
        total = [0]
        for rows in self._lines("PO1", lines, total):
            yield from rows
            if self._random.random() < 0.15:
                yield (
                    "MEA",
                    "PD",
                    "WT",
                    f"{self._random.uniform(0.1, 40):.2f}",
                    "LB>1" if self._random.random() < 0.3 else "LB",
                )
            if self._random.random() < 0.1:
                yield (
                    "SAC",
                    "A",
                    "C310",
                    "",
                    "",
                    self._number(4).lstrip("0") or "1",
                    *([""] * 6),
                    "02",
                    "",
                    "",
                    "Discount",
                )
            if self._random.random() < 0.1:
                yield "SCH", rows[0][2], "EA", "", "", "002", self._date()
        yield "CTT", str(lines), str(total[0])

    def _answer(self, lines: int) -> Iterator[Row]:
        yield "BAK", "00", "AC", f"45{self._number(8)}", self._date(), "", "", "", f"SO{self._number(7)}", self._date()
        yield "REF", "VN", f"V{self._number(6)}"
        yield "DTM", "068", self._date()
        for qualifier in ("BY", "ST"):
            yield from self._party(qualifier)
        total = [0]
        for rows in self._lines("PO1", lines, total):
            yield from rows
            yield "ACK", self._random.choice(("IA", "IB", "IQ")), rows[0][2], "EA", "068", self._date()
        yield "CTT", str(lines), str(total[0])

    def _ship_notice(self, lines: int) -> Iterator[Row]:
        yield "BSN", "00", f"SH{self._number(8)}", self._date(), "0930", "0001"
        yield "HL", "1", "", "S", "1"
        yield (
            "TD1",
            "CTN25",
            self._number(2).lstrip("0") or "1",
            "",
            "",
            "",
            "G",
            f"{self._random.uniform(5, 9000):.1f}",
            "LB",
        )
        yield "TD5", "B", "2", "FDEG", "M", "Ground"
        yield "REF", "BM", self._number(17)
        yield from self._party("ST")
        yield "HL", "2", "1", "O", "1"
        yield "PRF", f"45{self._number(8)}", "", "", self._date()
        level, total, left = 2, 0, lines
        while left > 0:
            level += 1
            pack = level
            yield "HL", str(pack), "2", "P", "1"
            yield "MAN", "GM", self._number(20)
            for _ in range(self._random.randint(1, 4)):
                level, left, quantity = level + 1, left - 1, self._random.randint(1, 200)
                total += quantity
                yield "HL", str(level), str(pack), "I", "0"
                yield "LIN", "", "UP", self._upc(), "VN", self._sku()
                yield "SN1", "", str(quantity), "EA"
        yield "CTT", str(level), str(total)

    def _invoice(self, lines: int) -> Iterator[Row]:
        yield "BIG", self._date(), f"INV{self._number(8)}", self._date(), f"45{self._number(8)}", "", "", "DI"
        yield "CUR", "SE", "USD"
        yield "REF", "IA", self._number(6)
        for qualifier in ("RE", "ST"):
            yield from self._party(qualifier)
        yield "ITD", "01", "3", "2", "", "10", "", "30"
        total = [0]
        for rows in self._lines("IT1", lines, total):
            yield from rows
        yield "TDS", self._number(7).lstrip("0") or "1"
        yield "CAD", "M", "", "", "UPSN", "Ground"
        yield "CTT", str(lines), str(total[0])


def _row(*values: str) -> str:
    return "*".join(values) + "~"


def _isa() -> str:
    return "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260721*1010*U*00401*000000001*0*P*>~"


def _gs(kind: str, number: int) -> str:
    return _row("GS", _GROUPS[kind], "SENDER", "RECEIVER", "20260721", "1010", str(number), "X", "004010")


def _iea(groups: int) -> str:
    return _row("IEA", str(groups), "000000001")
