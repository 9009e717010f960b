"""`gateway backup` and `gateway restore`: a copy of everything while the gateway runs, and a gateway made of it again."""

from __future__ import annotations

import json
import re
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.home import Home, opened_database, settings_of
from gateway.cli.printing import counted, say
from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.settings import FILE_NAME, Settings, load_settings
from gateway.steps.station import person
from gateway.store import backups
from gateway.store.engine import Database

MANIFEST = "backup.json"
FORMAT = 1


def backup(
    folder: Annotated[Path, typer.Argument(help="Where the copy goes; must not be there yet.")], home: Home = None
) -> Exit:
    """Copy the database, the payloads and the configuration into a new folder, while the gateway runs."""
    settings = settings_of(home)
    if folder.exists():
        raise GatewayError("GW-5202", f"{folder} is there already; a backup goes into a folder of its own.")
    partly = folder.with_name(f"{folder.name}.partly")
    if partly.exists():
        shutil.rmtree(partly)  # of a backup that did not end
    partly.mkdir(parents=True)
    begun = SystemClock().now()
    with opened_database(settings) as database:
        copy = backups.copy_database(database, partly)
        files = backups.copy_payloads(database, settings.payload_dir, partly / "payloads")
    _copy_configuration(settings, partly / "home")
    manifest = {
        "format": FORMAT,
        "begun_at": begun.isoformat(),
        "version": version("partner-gateway"),
        "database": copy.name,
        "database_sha256": backups.sha256_of(copy),
        "payloads": files,
    }
    (partly / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    partly.rename(folder)
    say(f"The backup is in {folder}: the database and {counted(files, 'payload file')}. Secrets are not in it.")
    return Exit.DONE


def restore(
    folder: Annotated[Path, typer.Argument(help="A backup.")],
    home: Annotated[Path, typer.Option("--home", help="Where the gateway goes; an empty folder, or none yet.")],
    database: Annotated[
        str, typer.Option(help="Another database than the backup's gateway.toml names; empty.", show_default=False)
    ] = "",
    jump: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="How far control numbers jump ahead of those of the backup.")
    ] = 1000,
) -> Exit:
    """Make a gateway of a backup, in an empty folder and an empty database.

    Start it only when the old one is gone for good: two of them would both answer partners.
    """
    manifest = _manifest(folder)
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise GatewayError("GW-5202", f"{home} is not empty; a backup goes into a folder of its own.")
    configuration = (folder / "home" / FILE_NAME).read_text(encoding="utf-8")
    settings = load_settings(folder / "home").model_copy(
        update={"home": home.resolve(), **({"database": database} if database else {})}
    )
    url = settings.database_url
    if not backups.is_empty(url):
        raise GatewayError(
            "GW-5202", "The database of the backup's gateway.toml is not empty; name another: --database."
        )
    shutil.copytree(folder / "home", home, dirs_exist_ok=True, ignore=shutil.ignore_patterns(FILE_NAME))
    files = [path for path in (folder / "payloads").rglob("*") if path.is_file()]
    for path in files:
        backups.copy_checked(path, settings.payload_dir / path.name[:2] / path.name, path.name)
    backups.put_back(folder / str(manifest["database"]), url)
    made = Database(url)
    try:
        reason = f"restored from the backup of {manifest['begun_at']}"
        moved = backups.take_up(made, jump, reason, person("cli"), SystemClock().now())
    finally:
        made.close()
    # Last: a home without it is none, so nobody starts what is half there.
    (home / FILE_NAME).write_text(_with_database(configuration, database), encoding="utf-8")
    say(f"The gateway is in {home}; {counted(moved, 'control number')} jumped ahead by {jump}.")
    say(f"What came or left after {manifest['begun_at']} is not in it: ask partners and the ERP for what is missing.")
    return Exit.DONE


def _manifest(folder: Path) -> dict[str, object]:
    """Return what a backup says of itself. Raises GatewayError GW-5203 when it is none, or damaged."""
    try:
        manifest: dict[str, object] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        copy = folder / str(manifest["database"])
        is_whole = manifest["format"] == FORMAT and backups.sha256_of(copy) == manifest["database_sha256"]
    except (OSError, ValueError, KeyError) as none:
        raise GatewayError("GW-5203", f"{folder} is no backup, or not all of one: {none}.") from none
    if not is_whole:
        raise GatewayError(
            "GW-5203", f"{folder} is damaged, or of another version: its database is not what was written."
        )
    return manifest


def _copy_configuration(settings: Settings, into: Path) -> None:
    into.mkdir()
    shutil.copy2(settings.home / FILE_NAME, into / FILE_NAME)
    for part in (settings.partners_dir, settings.maps_dir, Path("certs")):
        source = settings.path(part)
        if source.is_dir() and not part.is_absolute():
            shutil.copytree(source, into / part, dirs_exist_ok=True)


def _with_database(configuration: str, database: str) -> str:
    if not database:
        return configuration
    line = f"database = {json.dumps(database)}\n"
    without = re.sub(r"(?m)^database\s*=.*\n", "", configuration, count=1)
    return line + without
