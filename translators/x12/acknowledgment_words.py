"""What the codes of a 997, 999 and TA1 say, in words that fit after "segment 12: ".

Source: elements 715, 716, 717, 718, 720, 723 and 618, 620, 621 of the 999; I18 of the TA1. The words are ours.
"""

from __future__ import annotations

ACCEPTANCE_WORDS = {
    "A": "accepted",
    "E": "accepted, with errors noted",
    "P": "partly accepted",
    "R": "rejected",
    "M": "rejected: its message authentication failed",
    "W": "rejected: its assurance failed",
    "X": "rejected: it could not be decrypted",
}

SEGMENT_WORDS = {
    "1": "is no segment they know",
    "2": "was not expected",
    "3": "is missing and mandatory",
    "4": "begins a loop that occurs too often",
    "5": "occurs too often",
    "6": "is not part of the transaction set",
    "7": "is not in the right place",
    "8": "has wrong elements",
    "I4": "is not used by their guide",
    "I6": "is missing, and their guide needs it",
    "I7": "begins a loop that occurs too seldom for their guide",
    "I8": "occurs too seldom for their guide",
    "I9": "is needed by their guide because of another element",
}

ELEMENT_WORDS = {
    "1": "a mandatory element is missing",
    "2": "an element is missing that others call for",
    "3": "too many elements",
    "4": "the value is too short",
    "5": "the value is too long",
    "6": "the value has a character that is not allowed",
    "7": "the code is not in the list",
    "8": "the date is wrong",
    "9": "the time is wrong",
    "10": "the element must not be sent together with another",
    "12": "too many repetitions",
    "13": "too many components",
    "I6": "the value is not in the list they agreed",
    "I9": "the element is missing, and their guide needs it",
    "I10": "their guide does not use the element",
    "I11": "the element occurs too seldom for their guide",
    "I12": "the value does not follow their guide's pattern",
    "I13": "their guide forbids the element here",
}

SET_WORDS = {
    "1": "they do not support it",
    "2": "its trailer SE is missing",
    "3": "the control numbers in ST and SE differ",
    "4": "SE01 is not the number of segments",
    "5": "segments are in error",
    "6": "its identifier in ST01 is missing or wrong",
    "7": "its control number in ST02 is missing or wrong",
    "8": "its authentication key name is unknown",
    "9": "its encryption key name is unknown",
    "12": "the security of the set failed",
    "16": "the syntax of the set is wrong",
    "18": "the set stands in the wrong group",
    "19": "the set is invalid in this group's version",
    "23": "its control number occurs twice in the group",
    "I5": "it does not follow their guide",
    "I6": "its guide, in ST03, is not supported",
}

GROUP_WORDS = {
    "1": "they do not support it",
    "2": "they do not support its version",
    "3": "its trailer GE is missing",
    "4": "the control numbers in GS and GE differ",
    "5": "GE01 is not the number of transaction sets",
    "6": "its control number is wrong",
    "18": "the code list of its agency is not supported",
    "19": "its control number occurs twice in the interchange",
}

# TA105
INTERCHANGE_WORDS = {
    "000": "no error",
    "001": "the control numbers in ISA and IEA differ",
    "002": "the standard in ISA11 is not supported",
    "003": "the version in ISA12 is not supported",
    "004": "the segment terminator is invalid",
    "005": "the sender's qualifier in ISA05 is invalid",
    "006": "the sender in ISA06 is invalid",
    "007": "the receiver's qualifier in ISA07 is invalid",
    "008": "the receiver in ISA08 is invalid",
    "009": "the receiver in ISA08 is unknown to them",
    "010": "the authorization qualifier in ISA01 is invalid",
    "011": "the authorization in ISA02 is invalid",
    "012": "the security qualifier in ISA03 is invalid",
    "013": "the security information in ISA04 is invalid",
    "014": "the date in ISA09 is invalid",
    "015": "the time in ISA10 is invalid",
    "016": "the standard in ISA11 is invalid",
    "017": "the version in ISA12 is invalid",
    "018": "the control number in ISA13 is invalid",
    "019": "ISA14 is invalid",
    "020": "the usage indicator in ISA15 is invalid",
    "021": "IEA01 is not the number of groups",
    "022": "the control structure is invalid",
    "023": "the file ended too early",
    "024": "the content of the interchange is invalid",
    "025": "the control number in ISA13 came before",
    "026": "the element separator is invalid",
    "027": "the component separator is invalid",
    "028": "the delivery date is invalid",
    "029": "the delivery time is invalid",
    "030": "the delivery time code is invalid",
    "031": "the grade of service is invalid",
}
