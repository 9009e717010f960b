"""What goes wrong in translation that is not the partner's mistake.

A partner's mistake is a `Finding`: collected, never raised. An error here means that the caller handed in something that cannot be
worked with at all: bytes that are no interchange, a definition that does not exist, a map that does not load.
"""

from __future__ import annotations


class TranslationError(Exception):
    """A stable code and a sentence for the person who acts.

    Args:
        code: stable, upper case, dashes; has a heading in the handbook ("X12-ISA-MISSING").
        sentence: says what is wrong and what to do.
        facts: values named in the sentence, for machines.
    """

    def __init__(self, code: str, sentence: str, **facts: object) -> None:
        super().__init__(f"{code} {sentence}")
        self.code = code
        self.sentence = sentence
        self.facts = facts
