"""The text of every map that was in service, so that a document can always be explained by the map that made it.

Files are kept once, by their content. A version is a hash of all files of a map (`translators.mapping.loading`), so what is kept for one
is never changed.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from gateway.map_shelf import MapText
from gateway.store.tables import map_files, map_versions

_KNOWN = select(map_versions.c.name, map_versions.c.version)
_ONE = select(map_versions).where(map_versions.c.name == bindparam("n"), map_versions.c.version == bindparam("v"))
_HAS_FILE = select(map_files.c.sha256).where(map_files.c.sha256 == bindparam("wanted"))
_FILE = select(map_files.c.content).where(map_files.c.sha256 == bindparam("wanted"))
_INSERT = insert(map_versions)
_INSERT_FILE = insert(map_files)


def unknown(connection: Connection, texts: Sequence[MapText]) -> list[MapText]:
    """Return those of `texts` that are not kept yet."""
    known = {(row.name, row.version) for row in connection.execute(_KNOWN)}
    return [text for text in texts if (text.name, text.version) not in known]


def keep(connection: Connection, texts: Sequence[MapText], now: datetime) -> None:
    """Keep maps as they are put into service; those that are known stay as they are."""
    for text in unknown(connection, texts):
        files = {}
        for name, content in text.files.items():
            sha256 = files[name] = hashlib.sha256(content).hexdigest()
            if connection.execute(_HAS_FILE, {"wanted": sha256}).first() is None:
                connection.execute(_INSERT_FILE, {"sha256": sha256, "content": zlib.compress(content)})
        row = {"name": text.name, "version": text.version, "files": json.dumps(files), "kept_at": now}
        connection.execute(_INSERT, row)


def kept(connection: Connection, name: str, version: str) -> MapText | None:
    """Return a map as it was in a version, None when that was never in service here."""
    row = connection.execute(_ONE, {"n": name, "v": version}).first()
    if row is None:
        return None
    files = {}
    for file, sha256 in json.loads(row.files).items():
        content = connection.execute(_FILE, {"wanted": sha256}).scalar_one()
        files[file] = zlib.decompress(content)
    return MapText(name, version, files)
