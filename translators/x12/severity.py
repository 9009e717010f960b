"""Give each finding the severity that the partner's policy says.

Nothing else changes a severity; a finding that the policy ignores is dropped here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from translators.findings import Finding
from translators.x12.policy import Policy


def settle(findings: Iterable[Finding], policy: Policy, release: str) -> tuple[Finding, ...]:
    """Return `findings` as `policy` weighs them; `release` narrows a rule: "X12-CODE-UNKNOWN@005010"."""
    rules = policy.severities
    if not rules:
        return tuple(findings)
    settled = []
    for found in findings:
        segment, element = found.position.segment_id, found.position.element
        keys = (
            f"{found.code}@{segment}{element:02d}" if element is not None else "",
            f"{found.code}@{segment}",
            f"{found.code}@{release}",
            found.code,
        )
        key = next((k for k in keys if k in rules), None)
        severity = found.severity if key is None else rules[key]
        if severity is None:
            continue
        settled.append(found if severity is found.severity else replace(found, severity=severity))
    return tuple(settled)
