"""Network shares: SQLite must not lie on one, as their locks do not hold between machines and the file is lost one day.

Source: https://www.sqlite.org/howtocorrupt.html, section 2.1; proc(5), /proc/pid/mountinfo.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

_SHARES = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "glusterfs", "lustre", "beegfs", "gpfs"}
)
_OVER_FUSE = ("fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.glusterfs", "fuse.ceph", "fuse.davfs", "fuse.gcsfuse")
MOUNTS = Path("/proc/self/mountinfo")


def network_share_of(path: Path, mounts: str | None = None) -> str:
    """Return the kind of network file system that `path` is, or will be, on: "nfs4"; "" when it is a local one or nobody can tell.

    Args:
        mounts: what the kernel says is mounted where; None asks it.
    """
    if mounts is None:
        mounts = ""
        with contextlib.suppress(OSError):  # not Linux: nobody can tell
            mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    wanted = path.resolve()
    best: tuple[int, str] = (-1, "")
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = Path(fields[4].encode("utf-8", "surrogateescape").decode("unicode_escape"))
        depth = len(point.parts)
        # Of two on one folder the later one is what is seen.
        if (wanted == point or point in wanted.parents) and depth >= best[0]:
            best = (depth, after.split(" ", 1)[0])
    kind = best[1]
    return kind if kind in _SHARES or kind.startswith(_OVER_FUSE) else ""
