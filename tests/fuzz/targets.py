"""Everything that is fuzzed, one row each; `campaign` runs them by atheris, `x12/test_campaigns.py` runs X12's without it.

To add a target: write a function of bytes that raises where a contract is broken, one that yields seeds, and a row. The names are text
because atheris instruments a module while it is imported.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that bytes are thrown at.

    Args:
        function: "module:name" of what takes the bytes.
        seeds: "module:name" of what yields inputs to begin with.
        packages: whose branches guide the campaign.
        longest_bytes: no longer input is made.
    """

    function: str
    seeds: str
    packages: tuple[str, ...]
    longest_bytes: int = 4096


_X12 = ("translators.x12",)
_AS2 = ("gateway.transports.as2",)

TARGETS = {
    "x12-reader": Target("tests.fuzz.x12.targets:reader", "tests.fuzz.x12.seeds:interchanges", _X12),
    "x12-validation": Target("tests.fuzz.x12.targets:validation", "tests.fuzz.x12.seeds:bodies", _X12),
    "x12-acknowledgments": Target("tests.fuzz.x12.targets:acknowledgments", "tests.fuzz.x12.seeds:answers", _X12),
    "x12-explanation": Target("tests.fuzz.x12.targets:explanation", "tests.fuzz.x12.seeds:interchanges", _X12),
    "as2-transmission": Target("tests.fuzz.as2.targets:transmission", "tests.fuzz.as2.seeds:transmissions", _AS2, 8192),
    "as2-inside": Target("tests.fuzz.as2.targets:inside", "tests.fuzz.as2.seeds:entities", _AS2),
    "as2-structure": Target("tests.fuzz.as2.targets:structure", "tests.fuzz.as2.seeds:structures", _AS2),
    "as2-receipt": Target("tests.fuzz.as2.targets:receipt", "tests.fuzz.as2.seeds:receipts", _AS2),
}
