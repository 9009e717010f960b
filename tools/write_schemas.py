"""Write maps/schemas: the JSON Schema of every canonical document, of map files and of tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from translators.canonical import CANONICAL, canonical_schema
from translators.mapping.map_schema import map_schema, table_schema

FOLDER = Path(__file__).resolve().parent.parent / "maps" / "schemas"


def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by the name of its file."""
    documents = [canonical_schema(name) for name in CANONICAL]
    found = {schema["$id"].rpartition(":")[2]: schema for schema in documents}
    return {**found, "map.schema.json": map_schema(), "table.schema.json": table_schema()}


def text_of(schema: dict[str, Any]) -> str:
    """Return a schema as its file holds it."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / name).write_text(text_of(schema), encoding="utf-8")
    print(f"wrote {FOLDER}", file=sys.stderr)


if __name__ == "__main__":
    main()
