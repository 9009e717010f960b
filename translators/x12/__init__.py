"""X12: read, validate, acknowledge, write and explain interchanges. Pure; definitions are data handed in by a Catalogue.

    for event in read(chunks, catalogue): ...

`model` names the parts; `finding_codes` lists everything that can be found.
"""

from translators.x12.acknowledgment import functional_acknowledgment, interchange_acknowledgment
from translators.x12.acknowledgment_reader import (
    GroupAcknowledgment,
    SetAcknowledgment,
    read_functional_acknowledgment,
)
from translators.x12.definition_files import guide_complaints
from translators.x12.explain import Explanation, explain
from translators.x12.functional_ids import FUNCTIONAL_IDS
from translators.x12.model import (
    END,
    NEED_MORE,
    Catalogue,
    Event,
    FunctionalGroup,
    GroupEnd,
    GroupHeader,
    InterchangeAcknowledgment,
    InterchangeEnd,
    InterchangeHeader,
    Loop,
    NotInterchange,
    Pause,
    Segment,
    Separators,
    SetPart,
    TransactionSet,
    UnreadSet,
    text_of,
)
from translators.x12.parts import joined
from translators.x12.policy import DEFAULT_POLICY, Policy
from translators.x12.reader import Reader
from translators.x12.reading import findings_of, looks_like_x12, read, read_transaction_set, read_unread
from translators.x12.writer import (
    EnvelopeToWrite,
    GroupToWrite,
    SetToWrite,
    write_interchange,
    write_transaction_set,
)

__all__ = [
    "DEFAULT_POLICY",
    "END",
    "FUNCTIONAL_IDS",
    "NEED_MORE",
    "Catalogue",
    "EnvelopeToWrite",
    "Event",
    "Explanation",
    "FunctionalGroup",
    "GroupAcknowledgment",
    "GroupEnd",
    "GroupHeader",
    "GroupToWrite",
    "InterchangeAcknowledgment",
    "InterchangeEnd",
    "InterchangeHeader",
    "Loop",
    "NotInterchange",
    "Pause",
    "Policy",
    "Reader",
    "Segment",
    "Separators",
    "SetAcknowledgment",
    "SetPart",
    "SetToWrite",
    "TransactionSet",
    "UnreadSet",
    "explain",
    "findings_of",
    "functional_acknowledgment",
    "guide_complaints",
    "interchange_acknowledgment",
    "joined",
    "looks_like_x12",
    "read",
    "read_functional_acknowledgment",
    "read_transaction_set",
    "read_unread",
    "text_of",
    "write_interchange",
    "write_transaction_set",
]
