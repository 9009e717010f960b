"""What goes wrong in the world around us: a partner or an ERP that cannot be reached, refuses, or a configuration that does not load.

The partner's mistakes are findings (`translators.findings`); our own mistakes are plain exceptions.
Codes: GW-1xxx configuration, GW-2xxx receiving and reading, GW-3xxx translating and checking, GW-4xxx partners' and ERP systems,
GW-5xxx storage, GW-6xxx API and commands. Each has a heading in the handbook (gateway/handbook/errors.md).
"""

from __future__ import annotations


class GatewayError(Exception):
    """Something outside did not do what it should.

    Args:
        code: "GW-4101"; stable.
        sentence: for the person who acts; says what happened and what to do. Never shown to a partner.
        is_retryable: whether trying again later can help.
        retry_after_seconds: the earliest useful next try, when the other side said so.
        is_outcome_unknown: whether the effect may have happened all the same (a time-out after sending).
        facts: the values in the sentence, for machines.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        is_retryable: bool = False,
        retry_after_seconds: float | None = None,
        is_outcome_unknown: bool = False,
        **facts: object,
    ) -> None:
        super().__init__(f"{code} {sentence}")
        self.code = code
        self.sentence = sentence
        self.is_retryable = is_retryable
        self.retry_after_seconds = retry_after_seconds
        self.is_outcome_unknown = is_outcome_unknown
        self.facts = facts


class ConfigurationError(GatewayError):
    """Every complaint about the configuration at once; each "file: key: what is wrong; what to do"."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("GW-1001", "The configuration has mistakes:\n" + "\n".join(f"  {c}" for c in complaints))
        self.complaints = complaints
