"""`gateway init`: a new gateway in a folder. What is there already is left as it is, so it can be run again."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from gateway.api.key_views import NewHome
from gateway.bootstrap import build, partner_folders
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson
from gateway.cli.printing import print_json, say
from gateway.settings import FILE_NAME, load_settings
from gateway.steps.station import Station
from gateway.store import api_keys

EXAMPLE = Path("partners/example.toml")
KEY_NAME = "first"


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where; made when it is not there.")] = Path(),
    as_json: AsJson = False,
) -> Exit:
    """Make a new gateway in a folder.

    Writes gateway.toml and one example partner, makes maps/, inbox/ and outbox/ and the database, and shows a first API key, once.
    Files that are there already stay as they are.
    """
    home = folder.resolve()
    is_first_partner = not any((home / EXAMPLE.parent).glob("*.toml"))
    made = [name for name in (Path(FILE_NAME), EXAMPLE) if (name != EXAMPLE or is_first_partner) and _write(home, name)]
    settings = load_settings(home)
    for place in (settings.partners_dir, settings.maps_dir, settings.inbox_dir, settings.outbox_dir):
        settings.path(place).mkdir(parents=True, exist_ok=True)
    station = build(settings)
    try:
        for place in partner_folders(settings, station.partners.by_id):
            place.mkdir(parents=True, exist_ok=True)
        secret = _first_key(station)
    finally:
        station.database.close()
    if as_json:
        print_json(NewHome(home=str(home), written=tuple(map(str, made)), key=secret))
        return Exit.DONE
    for name in made:
        say(f"wrote {home / name}")
    if secret:
        say("This key may ask the status API; it is shown only now:")
        print(secret)
    say(
        f"Next: edit {home / FILE_NAME} and {home / EXAMPLE.parent}/, then `gateway check` and `gateway serve` with --home {folder}"
    )
    return Exit.DONE


def _write(home: Path, name: Path) -> bool:
    """Write a file of a fresh home; return whether it was not there."""
    target = home / name
    if target.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(files("gateway.cli").joinpath("fresh_home", *name.parts).read_bytes())
    return True


def _first_key(station: Station) -> str:
    """Return the secret of a first key; "" when there are keys already."""
    with station.database.read() as connection:
        if api_keys.listed(connection):
            return ""
    now = station.clock.now()
    return station.database.write(lambda c: api_keys.create(c, KEY_NAME, tuple(api_keys.SCOPES), now))[1]
