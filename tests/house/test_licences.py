"""What is shipped can be used under Apache-2.0: no library that the gateway needs at run time is under the GPL or the AGPL."""

from __future__ import annotations

from importlib.metadata import distribution

from packaging.requirements import Requirement


def needed(name: str, seen: set[str]) -> set[str]:
    """Return the names of what `name` needs at run time, with what that needs, on this machine."""
    for line in distribution(name).requires or []:
        requirement = Requirement(line)
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and requirement.name.lower() not in seen:
            seen.add(requirement.name.lower())
            needed(requirement.name, seen)
    return seen


def licence(name: str) -> str:
    """Return all that a distribution says about its licence."""
    facts = distribution(name).metadata
    said = [*facts.get_all("License-Expression", []), *(text[:200] for text in facts.get_all("License", []))]
    return " ".join([*said, *(line for line in facts.get_all("Classifier", []) if line.startswith("License"))])


# Under the LGPL: used unchanged, as a library of its own that whoever runs the gateway can replace. Name → what it is for.
REPLACEABLE = {"paramiko": "SSH and SFTP"}


def test_no_library_of_the_product_is_under_the_gpl() -> None:
    libraries = needed("partner-gateway", set())
    assert {"sqlalchemy", "pydantic-core"} <= libraries
    found = {name: licence(name) for name in libraries}
    strong = {name: text for name, text in found.items() if "GPL" in text or "General Public" in text}
    assert set(strong) == set(REPLACEABLE)
    assert not [name for name, text in strong.items() if not text.startswith(("LGPL", "GNU Lesser"))]
    assert not [name for name, text in found.items() if not text.strip()], "they do not say under what they may be used"
