"""Maps from elsewhere than the gateway's folder: another folder, or a commit of the repository they are kept in."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from gateway import shipped
from gateway.errors import GatewayError
from gateway.map_shelf import Load, folders_loader
from gateway.settings import Settings

GIT_SECONDS = 60


def maps_of(source: str, settings: Settings) -> Load:
    """Return the function that finds a map by name in `source` and among the shipped ones.

    Args:
        source: a folder, seen from here or else from the home, or a git revision.

    Raises:
        GatewayError: GW-6506, it is neither.
    """
    came = shipped.maps_dir()
    # A folder beside the live one is meant from wherever the command is typed.
    folder = next((f for f in (Path(source), settings.home / source) if source and f.is_dir()), None)
    if folder is not None:
        return folders_loader((folder, came))
    own = settings.path(settings.maps_dir)
    files = _files_of(source, own if own.is_dir() else settings.home)
    shipped_load = folders_loader((came,))
    return lambda name: files[name] if name in files else shipped_load(name)


def _files_of(revision: str, folder: Path) -> dict[str, bytes]:
    """Return the files below `folder` as they were at a revision, by their name below it."""
    command = ["git", "-C", str(folder), "archive", "--format=tar", revision]
    wrong = f"{revision!r} is no folder, here or in the gateway's home, and no git revision of {folder}"
    if revision.startswith("-"):
        raise GatewayError("GW-6506", f"{wrong}.")
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=GIT_SECONDS)  # noqa: S603  no shell, and no option
    except FileNotFoundError:
        raise GatewayError("GW-6506", f"{wrong}: git is not installed.") from None
    except subprocess.TimeoutExpired:
        raise GatewayError("GW-6506", f"{wrong}: git gave no answer in {GIT_SECONDS} s.") from None
    except subprocess.CalledProcessError as refused:
        said = refused.stderr.decode(errors="replace").strip().splitlines()
        raise GatewayError("GW-6506", f"{wrong}: {said[-1] if said else 'git says nothing'}.") from None
    found = {}
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        for member in archive:
            opened = archive.extractfile(member) if member.isfile() else None
            if opened is not None:
                found[member.name] = opened.read()
    return found
