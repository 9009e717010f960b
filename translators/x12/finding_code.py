"""What a row of the tables of findings says."""

from __future__ import annotations

from dataclasses import dataclass

from translators.findings import Level, Severity


@dataclass(frozen=True, slots=True)
class FindingCode:
    """One row: the standard's level and code, the default severity, the meaning, and what the reader of it should do."""

    level: Level
    x12_code: str
    severity: Severity
    meaning: str
    remedy: str
