"""Where the maps and sample partners that come with the gateway are found.

In an installation they lie inside the package, under `_shipped/` (pyproject.toml puts them into the wheel); in a checkout they are
the folders `maps/` and `partners/` at the top.
"""

from __future__ import annotations

from pathlib import Path

from gateway.errors import GatewayError

_PACKAGE = Path(__file__).resolve().parent


def maps_dir() -> Path:
    """Return the folder of the maps that come with the gateway; read only.

    Raises:
        GatewayError: GW-1901, the installation lacks them.
    """
    return _shipped("maps")


def partners_dir() -> Path:
    """Return the folder of the sample partners that come with the gateway; read only.

    Raises:
        GatewayError: GW-1901, the installation lacks them.
    """
    return _shipped("partners")


def _shipped(name: str) -> Path:
    """Return the folder `name`: the installed one, else the checkout's."""
    for folder in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise GatewayError(
        "GW-1901",
        f"The folder {name}/ that comes with the gateway is missing from {_PACKAGE}. Install the package again.",
        folder=name,
    )
