"""`python -m gateway.cli`: the command `gateway`, for programs that start it with their own interpreter."""

from __future__ import annotations

import sys

from gateway.cli import main

if __name__ == "__main__":
    sys.exit(main())
