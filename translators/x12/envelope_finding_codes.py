"""The findings about interchanges and groups; part of the table in `finding_codes`.

Source: X12.5 (TA105), 997 (AK905).
"""

from __future__ import annotations

from translators.findings import Level, Severity
from translators.x12.finding_code import FindingCode

_I, _G = Level.INTERCHANGE, Level.GROUP
_ERROR, _WARN, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

ENVELOPE_CODES: dict[str, FindingCode] = {
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
    "X12-TRAILER-LEFT-OVER": FindingCode(
        _I,
        "022",
        _ERROR,
        "A trailer stands after the interchange has ended.",
        "Ask the partner to send the file again.",
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
        _I,
        "027",
        _ERROR,
        "ISA16 is missing, or holds what cannot separate components.",
        "Read without components; ask the partner to send a character that is in no value.",
    ),
    "X12-ISA-AUTHORIZATION": FindingCode(
        _I, "010", _ERROR, "ISA01 is no authorization qualifier.", "Ask the partner to send 00 when there is none."
    ),
    "X12-ISA-AUTHORIZATION-VALUE": FindingCode(
        _I,
        "011",
        _WARN,
        "ISA01 announces an authorization and ISA02 holds none.",
        "Accepted, as it is not used; ask the partner to send 00.",
    ),
    "X12-ISA-SECURITY": FindingCode(
        _I, "012", _ERROR, "ISA03 is no security qualifier.", "Ask the partner to send 00 when there is none."
    ),
    "X12-ISA-SECURITY-VALUE": FindingCode(
        _I,
        "013",
        _WARN,
        "ISA03 announces a password and ISA04 holds none.",
        "Accepted, as it is not used; ask the partner to send 00.",
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
        _ERROR,
        "ISA11 is neither U nor a repetition separator.",
        "Read without repetitions; ask the partner to correct ISA11.",
    ),
    "X12-ISA-STANDARD-UNSUPPORTED": FindingCode(
        _I,
        "002",
        _ERROR,
        "ISA11 names another standard than U, the one there is before 00402.",
        "Ask the partner to send U.",
    ),
    "X12-ISA-VERSION-UNSUPPORTED": FindingCode(
        _I,
        "003",
        _ERROR,
        "ISA12 has the form of a version, and there is no such version.",
        "Ask the partner to send 00401 or 00501.",
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
        _ERROR,
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
    "X12-TA1-IN-GROUP": FindingCode(
        _I, "024", _ERROR, "A TA1 stands within a group.", "Read; ask the partner to send it before the first GS."
    ),
    "X12-TA1-PLACE": FindingCode(
        _I, "024", _WARN, "A TA1 stands after a group instead of before the first.", "Read; tell the partner."
    ),
    "X12-ENVELOPE-BLANK": FindingCode(
        _I,
        "024",
        _WARN,
        "Among the segments of the envelope stands an empty one.",
        "Read without it; tell the partner.",
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
    "X12-GS-LENGTH": FindingCode(
        _I, "024", _WARN, "GS02 or GS03 is shorter than two characters.", "Accepted; tell the partner."
    ),
    "X12-ENVELOPE-TOO-MANY": FindingCode(
        _I,
        "024",
        _ERROR,
        "A segment of the envelope has more elements than defined.",
        "Ask the partner to remove what is over.",
    ),
    "X12-GS-ELEMENT": FindingCode(
        _I, "024", _ERROR, "An element of the GS is missing, too long or wrong.", "Ask the partner to correct the GS."
    ),
    "X12-GROUP-UNKNOWN": FindingCode(
        _G,
        "1",
        _ERROR,
        "GS01 names no kind of group that we know.",
        "Ask the partner to send the identifier of the set, such as PO.",
    ),
    "X12-RELEASE-UNKNOWN": FindingCode(
        _G,
        "2",
        _ERROR,
        "GS08 names a release we have no definition of.",
        "Agree a release, or say in the partner's file which one serves for it: releases, under [x12].",
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
        _G, "5", _ERROR, "The group holds no transaction set.", "Ask the partner what was to be sent."
    ),
}
