"""Write gateway/api/openapi.json, the description of the status API, from the application itself."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from gateway.api.app import create_app
from gateway.bootstrap import build
from gateway.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "gateway" / "api" / "openapi.json"


def main() -> None:
    """Make an application over an empty home and write what it says of itself."""
    with tempfile.TemporaryDirectory() as home:
        station = build(Settings(home=Path(home)))
        description = create_app(station).openapi()
        station.database.close()
    PAGE.write_text(json.dumps(description, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {PAGE}", file=sys.stderr)


if __name__ == "__main__":
    main()
