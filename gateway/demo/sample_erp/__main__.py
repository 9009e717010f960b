"""Start the sample ERP."""

from __future__ import annotations

import argparse
import asyncio
import logging
from pathlib import Path

from gateway.demo.sample_erp.server import serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m gateway.demo.sample_erp", description="A sample ERP with an HTTP API."
    )
    parser.add_argument("--home", type=Path, required=True, help="folder for its database and its token")
    parser.add_argument("--port", type=int, default=8085, help="port on 127.0.0.1 (default 8085)")
    parser.add_argument("--end-with-parent", action="store_true", help="end when the program that started it has ended")
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    asyncio.run(serve(arguments.home, arguments.port, end_with_parent=arguments.end_with_parent))


if __name__ == "__main__":
    main()
