"""`gateway keys`: create, list and revoke API keys."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

import typer

from gateway.api.key_views import KeyList, NewKey, key_view
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.printing import print_columns, print_json, say, when
from gateway.clock import SystemClock
from gateway.store import api_keys
from gateway.store.api_keys import SCOPES

Name = Annotated[str, typer.Argument(help="Who or what uses the key; stands in logs.")]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def create(
    name: Name,
    scope: Annotated[
        list[str] | None, typer.Option(help=f"What it may do: {', '.join(SCOPES)}.", show_default="documents:read")
    ] = None,
    days: Annotated[int, typer.Option(min=0, max=3650, help="Valid for so many days; 0 for ever.")] = 365,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Create an API key and show it, this once."""
    if not _NAME.fullmatch(name):
        raise typer.BadParameter("letters, digits, '.', '-' and '_', at most 64", param_hint="NAME")
    now = SystemClock().now()
    expires_at = now + timedelta(days=days) if days else None
    with opened_database(settings_of(home)) as database:
        key, secret = database.write(lambda c: api_keys.create(c, name, scope or ["documents:read"], now, expires_at))
    if as_json:
        print_json(NewKey(**key_view(key).model_dump(), key=secret))
        return Exit.DONE
    print(secret)
    ends = "for ever" if expires_at is None else f"until {expires_at:%Y-%m-%d}"
    say(f"This is the only time the key is shown. It may {', '.join(key.scopes)}, {ends}.")
    return Exit.DONE


def list_keys(home: Home = None, as_json: AsJson = False) -> Exit:
    """List the API keys, without the keys themselves."""
    with opened_database(settings_of(home)) as database, database.read() as connection:
        keys = api_keys.listed(connection)
    if as_json:
        print_json(KeyList(keys=tuple(key_view(key) for key in keys)))
        return Exit.DONE
    if not keys:
        say("No keys. Create one with `gateway keys create NAME`.")
        return Exit.DONE
    rows = [
        (
            k.name,
            f"{k.prefix}…",
            " ".join(k.scopes),
            when(k.created_at),
            when(k.expires_at) if k.expires_at else "never",
        )
        for k in keys
    ]
    print_columns(("name", "begins", "scopes", "created", "expires"), rows)
    return Exit.DONE


def revoke(name: Name, home: Home = None) -> Exit:
    """Take a key away; it is refused at once."""
    with opened_database(settings_of(home)) as database:
        database.write(lambda c: api_keys.revoke(c, name))
    say(f"The key {name} is revoked.")
    return Exit.DONE
