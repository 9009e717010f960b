"""`gateway demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.home import AsJson
from gateway.demo.run import run_demo


def demo(
    home: Annotated[Path, typer.Option("--home", help="Where the demo puts everything it makes.")] = Path("demo-run"),
    kills: Annotated[
        int, typer.Option(min=0, max=100, help="How often the gateway is killed meanwhile, with SIGKILL.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Decides when.")] = 1,
    stay: Annotated[bool, typer.Option("--stay", help="Leave the gateway running afterwards, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> Exit:
    """Play a day of business with sample partners and a sample ERP.

    Makes everything it needs under one folder, shows what goes in and what comes out, and fails if anything that should have
    happened did not. Running it again works too.
    """
    return Exit(run_demo(home.resolve(), kills=kills, seed=seed, stay=stay, as_json=as_json))
