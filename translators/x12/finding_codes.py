"""Every finding of the X12 engine: what it means, the standard's code for it, and what to do.

CODES is the one table; a finding is made by `finding` from a row of it and from nothing else, so the handbook page made from the
table is complete. Severity is the default: a partner's policy may change it.

Source: X12.5 (TA105), X12.20 / 997 (AK304, AK403, AK502, AK905), 999 (IK304, IK403, IK502).
"""

from __future__ import annotations

from translators.findings import Finding, Level, Position, Severity
from translators.x12.envelope_finding_codes import ENVELOPE_CODES
from translators.x12.finding_code import FindingCode

_T, _S, _E = Level.SET, Level.SEGMENT, Level.ELEMENT
_ERROR, _WARN, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, FindingCode] = {
    **ENVELOPE_CODES,
    # The transaction set.
    "X12-SET-UNKNOWN": FindingCode(
        _T,
        "1",
        _ERROR,
        "There is no such transaction set in the release.",
        "Ask the partner to correct ST01, or agree the set.",
    ),
    "X12-SET-PARKED": FindingCode(
        _T, "", _WARN, "We know the transaction set but not its structure.", "Parked: a person must look at it."
    ),
    "X12-SET-NOT-OF-GROUP": FindingCode(
        _T,
        "18",
        _ERROR,
        "The transaction set does not belong in a group of this kind.",
        "Ask the partner to correct GS01 or ST01.",
    ),
    "X12-SE-MISSING": FindingCode(
        _T, "2", _ERROR, "The transaction set ends without its SE.", "Ask the partner to send the set again."
    ),
    "X12-SE-CONTROL-NUMBER": FindingCode(
        _T, "3", _ERROR, "SE02 is not ST02.", "Ask the partner to send the set again."
    ),
    "X12-SE-COUNT": FindingCode(
        _T, "4", _ERROR, "SE01 is not the number of segments.", "Ask the partner whether segments are missing."
    ),
    "X12-ST-ID": FindingCode(_T, "6", _ERROR, "ST01 is missing or malformed.", "Ask the partner to correct the ST."),
    "X12-ST-CONTROL-NUMBER": FindingCode(
        _T, "7", _ERROR, "ST02 is no control number.", "Ask the partner to send four to nine characters."
    ),
    "X12-ST-DUPLICATE": FindingCode(
        _T,
        "23",
        _ERROR,
        "ST02 occurs twice in the group.",
        "Ask the partner to number its sets; it may have sent one twice.",
    ),
    "X12-SET-TOO-LARGE": FindingCode(
        _T, "", _ERROR, "The transaction set is larger than the limit.", "Ask the partner to split it."
    ),
    "X12-TRAILING-SEPARATORS": FindingCode(
        _T, "", _NOTE, "Segments end with empty elements, which the standard leaves out.", "Nothing to do."
    ),
    "X12-FINDINGS-CUT": FindingCode(
        _T, "", _NOTE, "There are more findings than are listed.", "Correct what is listed first."
    ),
    # Segments.
    "X12-SEGMENT-UNKNOWN": FindingCode(
        _S, "1", _ERROR, "There is no such segment.", "Ask the partner to correct or remove it."
    ),
    "X12-SEGMENT-BLANK": FindingCode(
        _S,
        "1",
        _ERROR,
        "Two terminators follow each other with no segment between them.",
        "Ask the partner to remove the empty segment, or to send the one that is missing.",
    ),
    "X12-SEGMENT-NOT-IN-SET": FindingCode(
        _S, "6", _ERROR, "The segment is not part of this transaction set.", "Ask the partner to remove it."
    ),
    "X12-SEGMENT-OUT-OF-ORDER": FindingCode(
        _S,
        "7",
        _ERROR,
        "The segment stands in the wrong place.",
        "Ask the partner to send it where the standard has it.",
    ),
    "X12-SEGMENT-MISSING": FindingCode(
        _S, "3", _ERROR, "A mandatory segment is missing.", "Ask the partner to send it."
    ),
    "X12-LOOP-TOO-OFTEN": FindingCode(
        _S,
        "4",
        _ERROR,
        "A loop repeats more often than allowed.",
        "Ask the partner to send fewer, or to split the document.",
    ),
    "X12-SEGMENT-TOO-OFTEN": FindingCode(
        _S, "5", _ERROR, "A segment repeats more often than allowed.", "Ask the partner to send fewer."
    ),
    "X12-SEGMENT-EMPTY": FindingCode(
        _S, "8", _ERROR, "The segment holds no element.", "Ask the partner to leave it out or to fill it."
    ),
    "X12-GUIDE-SEGMENT-MISSING": FindingCode(
        _S, "I8", _ERROR, "The partner's guide asks for the segment.", "Send it, or correct the guide."
    ),
    "X12-GUIDE-SEGMENT": FindingCode(
        _S, "I4", _ERROR, "The partner's guide does not use the segment here.", "Leave it out, or correct the guide."
    ),
    # Elements.
    "X12-ELEMENT-MISSING": FindingCode(
        _E, "1", _ERROR, "A mandatory element is missing.", "Ask the partner to send it."
    ),
    "X12-ELEMENT-NEEDED": FindingCode(
        _E, "2", _ERROR, "An element is missing that others in the segment call for.", "Ask the partner to send it."
    ),
    "X12-ELEMENTS-TOO-MANY": FindingCode(
        _E, "3", _ERROR, "The segment has more elements than defined.", "Ask the partner to remove what is over."
    ),
    "X12-ELEMENT-TOO-SHORT": FindingCode(_E, "4", _ERROR, "The value is too short.", "Ask the partner to correct it."),
    "X12-ELEMENT-TOO-LONG": FindingCode(_E, "5", _ERROR, "The value is too long.", "Ask the partner to shorten it."),
    "X12-ELEMENT-PADDED": FindingCode(
        _E, "5", _WARN, "The value is too long only by blanks at its end.", "Accepted; ask the partner to trim it."
    ),
    "X12-ELEMENT-CHARACTER": FindingCode(
        _E, "6", _ERROR, "The value holds a character its type does not allow.", "Ask the partner to correct it."
    ),
    "X12-ELEMENT-BLANK": FindingCode(
        _E, "6", _WARN, "The value is nothing but blanks.", "Ask the partner to leave it out."
    ),
    "X12-CODE-UNKNOWN": FindingCode(
        _E, "7", _ERROR, "The code is not in the standard's list.", "Ask the partner to correct it, or agree the code."
    ),
    "X12-CODE-UNCONFIRMED": FindingCode(
        _E,
        "7",
        _WARN,
        "The code is not in our list, which may have gaps.",
        "Check the code; the list can be made strict.",
    ),
    "X12-CODE-UNLISTED": FindingCode(
        _E,
        "7",
        _NOTE,
        "The code is not in our list, which one source alone told us.",
        "Nothing to do; the list can be made strict.",
    ),
    "X12-ELEMENT-DATE": FindingCode(_E, "8", _ERROR, "The value is no date.", "Ask the partner to correct it."),
    "X12-ELEMENT-TIME": FindingCode(_E, "9", _ERROR, "The value is no time.", "Ask the partner to correct it."),
    "X12-ELEMENT-EXCLUDED": FindingCode(
        _E, "10", _ERROR, "Two elements are sent of which only one may be.", "Ask the partner to leave one out."
    ),
    "X12-REPETITIONS-TOO-MANY": FindingCode(
        _E, "12", _ERROR, "The element repeats more often than allowed.", "Ask the partner to send fewer."
    ),
    "X12-COMPONENTS-TOO-MANY": FindingCode(
        _E, "13", _ERROR, "The element has more components than defined.", "Ask the partner to remove what is over."
    ),
    "X12-GUIDE-ELEMENT": FindingCode(
        _E, "I10", _ERROR, "The partner's guide does not use the element.", "Leave it out, or correct the guide."
    ),
    "X12-GUIDE-ELEMENT-MISSING": FindingCode(
        _E, "1", _ERROR, "The partner's guide asks for the element.", "Send it, or correct the guide."
    ),
    "X12-GUIDE-CODE": FindingCode(
        _E,
        "I6",
        _ERROR,
        "The code is not in the partner's guide.",
        "Use one of the guide's codes, or correct the guide.",
    ),
    # Sense across segments.
    "X12-CTT-LINES": FindingCode(
        _E, "7", _ERROR, "CTT01 is not the number of lines.", "Ask the partner whether lines are missing."
    ),
    "X12-CTT-HASH": FindingCode(
        _E,
        "7",
        _WARN,
        "CTT02 is not the sum over the lines.",
        "Accepted, because many senders put another total there; ask the partner whether a line or a quantity is wrong.",
    ),
    "X12-HL-NUMBER": FindingCode(
        _E, "7", _ERROR, "HL01 occurs twice in the transaction set.", "Ask the partner to number the levels 1, 2, 3."
    ),
    "X12-HL-ORDER": FindingCode(
        _E, "7", _WARN, "HL01 does not count 1, 2, 3.", "Accepted; ask the partner to number the levels in order."
    ),
    "X12-HL-PARENT": FindingCode(
        _E, "7", _ERROR, "HL02 names no level that came before.", "Ask the partner to correct the parent of the level."
    ),
    "X12-HL-CHILD": FindingCode(
        _E, "7", _WARN, "HL04 does not fit the levels that follow.", "Accepted; ask the partner to correct HL04."
    ),
    "X12-LOOP-ID": FindingCode(
        _E, "7", _ERROR, "LE01 is not the LS01 it closes.", "Ask the partner to send the same identifier in both."
    ),
    # What we are about to write.
    "X12-WRITE-SEGMENT": FindingCode(
        _S, "6", _ERROR, "The document holds a segment the transaction set does not have.", "Correct the map."
    ),
}


def finding(
    code: str,
    sentence: str,
    *,
    position: Position | None = None,
    value: str = "",
    severity: Severity | None = None,
    x12_code: str | None = None,
    reference: str = "",
) -> Finding:
    """Return the finding `code` with the row's level, X12 code and severity unless told otherwise; adds what to do."""
    row = CODES[code]
    return Finding(
        code=code,
        sentence=f"{sentence} {row.remedy}",
        severity=row.severity if severity is None else severity,
        level=row.level,
        position=position or Position(),
        value=value,
        x12_code=row.x12_code if x12_code is None else x12_code,
        reference=reference,
    )
