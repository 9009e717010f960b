"""Make maps/x12 from a folder of X12 grammar facts.

    python tools/make_x12_definitions.py FACTS [maps/x12]

FACTS holds one folder per release with NNN.json, segments.json and codes.json. What comes out is compact and is what the product
ships; the form is described in maps/x12/README.md. Running it twice gives the same bytes.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# Where the facts are not believed, and why. Relational conditions by segment, mandatory elements by release and segment.
WRONG_CONDITIONS = {
    # REF03 is a description and REF04 a composite: nothing pairs them, and REF with 03 alone is everyday traffic.
    "REF": {"P0304"},
}
WRONG_MANDATORY = {
    # Mandatory in this release alone, optional in the ten that follow: a PER with one number would be refused.
    ("003050", "PER"): {7, 8},
}


def structure_of(items: list[Json]) -> list[Any]:
    """Return `items` in the short form: "REF*12" for a segment, ["N1*200", "N1!", ...] for a loop; "!" marks what is mandatory."""
    short: list[Any] = []
    for item in items:
        if "seg" in item:
            short.append(_use(item["seg"], item["req"], item["max"]))
        else:
            short.append([_use(item["loop"], item["req"], item["repeat"]), *structure_of(item["items"])])
    return short


def _use(name: str, requirement: str, most: int | None) -> str:
    mandatory = "!" if requirement == "M" else ""
    return name + mandatory + ("" if most == 1 else "*" if most is None else f"*{most}")


def corrected(release: str, segments: Json) -> Json:
    """Return `segments` without what is known to be wrong."""
    for name, segment in segments.items():
        segment["syntax"] = [n for n in segment.get("syntax", ()) if n not in WRONG_CONDITIONS.get(name, ())]
        for element in segment["elements"]:
            if element["pos"] in WRONG_MANDATORY.get((release, name), ()):
                element["req"] = "O"
    return segments


def dictionary_of(segments: Json) -> Json:
    """Return the elements and the segments of a release, each element told once."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for segment in segments.values():
        for element in segment["elements"]:
            for part in (element, *element.get("comp", ())):
                seen[part["ele"]][json.dumps(_form_of(part))] += 1
                names[part["ele"]][part.get("name", "")] += 1
    elements = {
        number: [*json.loads(forms.most_common(1)[0][0]), names[number].most_common(1)[0][0]]
        for number, forms in sorted(seen.items())
    }
    return {
        "elements": elements,
        "segments": {
            name: [_uses(segment["elements"]), " ".join(segment.get("syntax", ()))]
            for name, segment in sorted(segments.items())
        },
    }


def _form_of(element: Json) -> list[Any]:
    if "comp" in element:
        return [_uses(element["comp"])]
    kind = "N0" if element["type"] == "N" else element["type"]
    return [kind, element["min"], element["max"]]


def _uses(elements: list[Json]) -> str:
    return " ".join(_use(e["ele"], e["req"], e.get("repeat", 1)) for e in elements)


def code_lists_of(codes: Json) -> Json:
    """Return the code lists; "open" names the elements whose list one source alone tells, which is too little to refuse by."""
    confirmed, single = codes["confirmed"], codes["single_source"]
    lists = {n: " ".join(sorted({*confirmed.get(n, ()), *single.get(n, ())})) for n in sorted({*confirmed, *single})}
    return {"lists": lists, "open": sorted(set(single) - set(confirmed))}


def _write(path: Path, content: Json) -> None:
    # One line per top-level entry: small, and a change shows as a line.
    rows = []
    for key, value in content.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in value.items())
            rows.append(f"{json.dumps(key)}:{{\n{inner}}}")
        else:
            rows.append(f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}")
    path.write_text("{" + ",\n".join(rows) + "}\n", encoding="ascii")


def main(facts: Path, target: Path) -> None:
    """Write every release of `facts` under `target`."""
    for release in sorted(p for p in facts.iterdir() if (p / "segments.json").exists()):
        folder = target / release.name
        folder.mkdir(parents=True, exist_ok=True)
        segments = corrected(release.name, json.loads((release / "segments.json").read_text()))
        _write(folder / "segments.json", dictionary_of(segments))
        if (release / "codes.json").exists():
            _write(folder / "codes.json", code_lists_of(json.loads((release / "codes.json").read_text())))
        for file in sorted(release.glob("[0-9]*.json")):
            definition = json.loads(file.read_text())
            _write(
                folder / file.name,
                {"set": definition["transaction_set"], "structure": structure_of(definition["structure"])},
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "maps/x12"))
