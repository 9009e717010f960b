"""Every finding of the X12 engine: what it means, the standard's code for it, and what to do.

CODES is the one table; a finding is made by `finding` from a row of it and from nothing else, so the handbook page made from the
table is complete. Severity is the default: a partner's policy may change it.

Source: X12.5 (TA105), X12.20 / 997 (AK304, AK403, AK502, AK905), 999 (IK304, IK403, IK502).
"""

from __future__ import annotations

from dataclasses import dataclass

from translators.findings import Finding, Level, Position, Severity


@dataclass(frozen=True, slots=True)
class FindingCode:
    """One row: the standard's level and code, the default severity, the meaning, and what the reader of it should do."""

    level: Level
    x12_code: str
    severity: Severity
    meaning: str
    remedy: str


_I, _G, _T, _S, _E = Level.INTERCHANGE, Level.GROUP, Level.SET, Level.SEGMENT, Level.ELEMENT
_ERROR, _WARN, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, FindingCode] = {
    # Bytes outside any interchange.
    "X12-EMPTY": FindingCode(_I, "022", _ERROR, "There is nothing in the file.", "Ask the partner to send it again."),
    "X12-ISA-MISSING": FindingCode(
        _I,
        "022",
        _ERROR,
        "The bytes do not begin an interchange.",
        "Ask the partner to send a file that begins with ISA.",
    ),
    "X12-BETWEEN-INTERCHANGES": FindingCode(
        _I, "", _WARN, "There are bytes between or after the interchanges.", "Ignored; tell the partner if it recurs."
    ),
    "X12-ENVELOPE-MISSING": FindingCode(
        _I,
        "022",
        _ERROR,
        "Transaction sets stand without ISA and GS.",
        "Ask the partner to send the file with its envelope.",
    ),
    "X12-ISA-SHORT": FindingCode(
        _I, "022", _ERROR, "The ISA ends before its sixteenth element.", "Ask the partner to send all sixteen elements."
    ),
    # The interchange envelope.
    "X12-ISA-WIDTH": FindingCode(
        _I,
        "022",
        _WARN,
        "An element of the ISA is not as wide as the standard fixes.",
        "Read all the same; tell the partner.",
    ),
    "X12-ISA-SEPARATOR": FindingCode(
        _I,
        "026",
        _ERROR,
        "A separator is a letter, a digit or a blank.",
        "Ask the partner to use a character that is in no value.",
    ),
    "X12-ISA-TERMINATOR": FindingCode(
        _I,
        "004",
        _ERROR,
        "The segment terminator is a letter, a digit or a blank.",
        "Ask the partner to correct the ISA.",
    ),
    "X12-ISA-COMPONENT-SEPARATOR": FindingCode(
        _I, "027", _WARN, "ISA16 holds no usable component separator.", "Read without components; tell the partner."
    ),
    "X12-ISA-AUTHORIZATION": FindingCode(
        _I, "010", _ERROR, "ISA01 is no authorization qualifier.", "Ask the partner to send 00 when there is none."
    ),
    "X12-ISA-SECURITY": FindingCode(
        _I, "012", _ERROR, "ISA03 is no security qualifier.", "Ask the partner to send 00 when there is none."
    ),
    "X12-ISA-SENDER-QUALIFIER": FindingCode(
        _I, "005", _ERROR, "ISA05 is no interchange identifier qualifier.", "Compare with the partner's profile."
    ),
    "X12-ISA-SENDER": FindingCode(_I, "006", _ERROR, "ISA06 is empty.", "Ask the partner to send its interchange id."),
    "X12-ISA-RECEIVER-QUALIFIER": FindingCode(
        _I, "007", _ERROR, "ISA07 is no interchange identifier qualifier.", "Compare with the partner's profile."
    ),
    "X12-ISA-RECEIVER": FindingCode(
        _I, "008", _ERROR, "ISA08 is empty.", "Ask the partner to send our interchange id."
    ),
    "X12-ISA-DATE": FindingCode(_I, "014", _ERROR, "ISA09 is no date.", "Ask the partner to send YYMMDD."),
    "X12-ISA-TIME": FindingCode(_I, "015", _ERROR, "ISA10 is no time.", "Ask the partner to send HHMM."),
    "X12-ISA-STANDARD": FindingCode(
        _I,
        "016",
        _WARN,
        "ISA11 is neither U nor a repetition separator.",
        "Read without repetitions; tell the partner.",
    ),
    "X12-ISA-VERSION": FindingCode(
        _I, "017", _ERROR, "ISA12 is no version of the interchange control.", "Ask the partner to send 00401 or 00501."
    ),
    "X12-ISA-CONTROL-NUMBER": FindingCode(
        _I, "018", _ERROR, "ISA13 is no control number.", "Ask the partner to send nine digits."
    ),
    "X12-ISA-DUPLICATE": FindingCode(
        _I,
        "025",
        _WARN,
        "ISA13 occurs twice in the file, from the same sender.",
        "The interchange was most likely sent twice; ask the partner.",
    ),
    "X12-ISA-ACKNOWLEDGMENT": FindingCode(
        _I, "019", _ERROR, "ISA14 is neither 0 nor 1.", "Ask the partner to send 0 or 1."
    ),
    "X12-ISA-USAGE": FindingCode(_I, "020", _ERROR, "ISA15 is none of P, T and I.", "Ask the partner to send P or T."),
    "X12-IEA-MISSING": FindingCode(
        _I, "023", _ERROR, "The interchange ends without its IEA.", "Ask the partner to send the whole file again."
    ),
    "X12-IEA-COUNT": FindingCode(
        _I, "021", _ERROR, "IEA01 is not the number of groups.", "Ask the partner to correct the count and send again."
    ),
    "X12-IEA-CONTROL-NUMBER": FindingCode(
        _I, "001", _ERROR, "IEA02 is not ISA13.", "Ask the partner to send the whole file again."
    ),
    "X12-IEA-NUMBER-FORM": FindingCode(
        _I, "001", _WARN, "IEA02 equals ISA13 only as a number.", "Accepted; ask the partner to pad both alike."
    ),
    "X12-IEA-TERMINATOR": FindingCode(
        _I, "004", _WARN, "The last trailer lacks the terminator.", "Accepted; tell the partner."
    ),
    "X12-LAST-LINE-END": FindingCode(
        _I, "", _NOTE, "The last line lacks its line end, which is the terminator.", "Nothing to do."
    ),
    "X12-ISE-DATE": FindingCode(_I, "028", _ERROR, "ISE01 is no date.", "Ask the partner to send YYMMDD."),
    "X12-ISE-TIME": FindingCode(_I, "029", _ERROR, "ISE02 is no time.", "Ask the partner to send HHMM."),
    "X12-ISE-TIME-CODE": FindingCode(_I, "030", _ERROR, "ISE03 is no time code.", "Ask the partner to correct it."),
    "X12-ISB-GRADE": FindingCode(
        _I, "031", _ERROR, "ISB01 is no grade of service.", "Ask the partner to send one digit."
    ),
    "X12-SEGMENT-OUTSIDE": FindingCode(
        _I,
        "024",
        _ERROR,
        "A segment stands where the envelope allows none.",
        "Ask the partner to correct the envelope.",
    ),
    "X12-INTERCHANGE-EMPTY": FindingCode(
        _I, "024", _ERROR, "The interchange holds neither a group nor a TA1.", "Ask the partner what was to be sent."
    ),
    "X12-TA1-INVALID": FindingCode(
        _I, "024", _ERROR, "A TA1 is incomplete or wrong.", "Ask the partner to send the five elements of the TA1."
    ),
    "X12-SEGMENT-TOO-LONG": FindingCode(
        _I, "022", _ERROR, "A segment is longer than the limit.", "The terminator may be missing: ask the partner."
    ),
    "X12-LINE-BREAKS": FindingCode(
        _I,
        "",
        _NOTE,
        "Line breaks stand inside segments and were removed.",
        "Accepted; tell the partner if values look cut.",
    ),
    # The group envelope.
    "X12-GS-DATE-FORM": FindingCode(
        _I,
        "024",
        _WARN,
        "GS04 has a date of six digits where eight are due, or the reverse.",
        "Accepted; tell the partner.",
    ),
    "X12-GS-ELEMENT": FindingCode(
        _I, "024", _ERROR, "An element of the GS is missing or wrong.", "Ask the partner to correct the GS."
    ),
    "X12-GROUP-UNKNOWN": FindingCode(
        _G,
        "1",
        _ERROR,
        "GS01 is no functional identifier.",
        "Ask the partner to send the identifier of the set, such as PO.",
    ),
    "X12-RELEASE-UNKNOWN": FindingCode(
        _G,
        "2",
        _ERROR,
        "GS08 names a release we have no definition of.",
        "Agree a release, or map it in the partner's profile.",
    ),
    "X12-GE-MISSING": FindingCode(
        _G, "3", _ERROR, "The group ends without its GE.", "Ask the partner to send the group again."
    ),
    "X12-GE-CONTROL-NUMBER": FindingCode(
        _G, "4", _ERROR, "GE02 is not GS06.", "Ask the partner to send the group again."
    ),
    "X12-GE-NUMBER-FORM": FindingCode(
        _G, "4", _WARN, "GE02 equals GS06 only as a number.", "Accepted; ask the partner to write both alike."
    ),
    "X12-GE-COUNT": FindingCode(
        _G, "5", _ERROR, "GE01 is not the number of transaction sets.", "Ask the partner whether a set is missing."
    ),
    "X12-GS-CONTROL-NUMBER": FindingCode(
        _G, "6", _ERROR, "GS06 is no control number.", "Ask the partner to send one to nine digits."
    ),
    "X12-GS-DUPLICATE": FindingCode(
        _G, "19", _ERROR, "GS06 occurs twice in the interchange.", "Ask the partner to number its groups."
    ),
    "X12-GROUP-EMPTY": FindingCode(
        _G, "5", _WARN, "The group holds no transaction set.", "Ask the partner what was to be sent."
    ),
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
        "6",
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
    "X12-FINDINGS-CUT": FindingCode(
        _T, "", _NOTE, "There are more findings than are listed.", "Correct what is listed first."
    ),
    # Segments.
    "X12-SEGMENT-UNKNOWN": FindingCode(
        _S, "1", _ERROR, "There is no such segment.", "Ask the partner to correct or remove it."
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
        _S, "I6", _ERROR, "The partner's guide asks for the segment.", "Send it, or correct the guide."
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
        _E, "I9", _ERROR, "The partner's guide asks for the element.", "Send it, or correct the guide."
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
        _ERROR,
        "CTT02 is not the sum over the lines.",
        "Ask the partner whether a line or a quantity is wrong.",
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
