"""`gateway check` and `gateway version`."""

from __future__ import annotations

from importlib.metadata import version as installed

from gateway.api.key_views import Complaints
from gateway.bootstrap import check as complaints_of
from gateway.cli.certs import ending_certificates
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, settings_of
from gateway.cli.printing import counted, print_json, say
from gateway.errors import ConfigurationError


def check(home: Home = None, as_json: AsJson = False) -> Exit:
    """Check the configuration and name every mistake at once.

    Reads gateway.toml, every file in partners/ and every map they name; asks nobody and changes nothing.
    """
    try:
        complaints = complaints_of(settings_of(home))
    except ConfigurationError as invalid:
        complaints = invalid.complaints
    if as_json:
        print_json(Complaints(complaints=tuple(complaints)))
    else:
        for complaint in complaints:
            print(complaint)
        say(f"{counted(len(complaints), 'mistake')}." if complaints else "The configuration is right.")
        if not complaints:
            for line in ending_certificates(settings_of(home)):
                say(line)
    return Exit.FAILED if complaints else Exit.DONE


def version() -> Exit:
    """Print the version."""
    print(f"gateway {installed('partner-gateway')}")
    return Exit.DONE
