"""Which functional group a transaction set belongs in: ST01 → GS01.

Wider than what we have definitions of, so that a set that is X12 but not ours is recognised, parked and acknowledged.

Source: X12.22 element 479.
"""

from __future__ import annotations

FUNCTIONAL_IDS: dict[str, str] = {
    "810": "IN",
    "812": "CD",
    "816": "OR",
    "820": "RA",
    "824": "AG",
    "830": "PS",
    "832": "SC",
    "840": "RQ",
    "843": "RR",
    "845": "PA",
    "846": "IB",
    "850": "PO",
    "852": "PD",
    "855": "PR",
    "856": "SH",
    "857": "BS",
    "860": "PC",
    "861": "RC",
    "862": "SS",
    "864": "TX",
    "865": "CA",
    "866": "SQ",
    "867": "PT",
    "869": "RS",
    "870": "RS",
    "875": "OG",
    "876": "OG",
    "880": "GP",
    "894": "DX",
    "895": "DX",
    "940": "OW",
    "943": "AR",
    "944": "RE",
    "945": "SW",
    "947": "AW",
    "997": "FA",
    "999": "FA",
}

# Grocery partners order with 875 and invoice with 880; people enter these by hand, so refusing them would refuse good orders.
PARKED_SETS = frozenset({"875", "876", "880"})

KNOWN_GROUPS = frozenset(FUNCTIONAL_IDS.values())
