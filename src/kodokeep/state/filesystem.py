"""Which file system a path is on: SQLite's WAL must know whether other machines may share the file (rule 6).

Belongs here: reading the kernel's mount table. Does not: what follows from it (`database`).
"""

import re
from pathlib import Path

_MOUNT_TABLE = Path("/proc/self/mountinfo")

_NETWORK_TYPES = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "ocfs2", "orangefs", "smb3", "smbfs", "virtiofs",
    "fuse.ceph", "fuse.davfs2", "fuse.glusterfs", "fuse.juicefs", "fuse.rclone", "fuse.s3fs", "fuse.smbnetfs",
    "fuse.sshfs",
})  # fmt: skip
"""Types whose files another machine may hold open, or whose shared memory is not shared with everybody."""

_OCTAL = re.compile(r"\\([0-7]{3})")


def on_network(path: Path) -> bool:
    """True if `path` is known to be on a network file system; False where the system has no mount table to ask."""
    return type_of(path) in _NETWORK_TYPES


def type_of(path: Path) -> str:
    """The type of the file system that holds `path`; empty where the system has no mount table to ask."""
    try:
        table = _MOUNT_TABLE.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    return filesystem_type(path.resolve(), table)


def filesystem_type(path: Path, table: str) -> str:
    """The type of the file system that holds the absolute `path`, by a table as of proc(5) mountinfo; else empty."""
    found, depth = "", -1
    for line in table.splitlines():
        fields = line.split(" ")
        if "-" not in fields[6:]:
            continue
        point = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4]))
        # A later mount on the same point covers the earlier one.
        if path.is_relative_to(point) and len(point.parts) >= depth:
            found, depth = fields[fields.index("-", 6) + 1], len(point.parts)
    return found
