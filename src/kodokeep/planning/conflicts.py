"""Conflicts: which content keeps the key, and the name that the other one gets (rule 24). Pure, no disk.

Not here: when there is a conflict (`rulings`), and whether a name is free (`execution`).
"""

import posixpath
import re

from kodokeep.model.action import Row
from kodokeep.model.key import KEY_MAX_BYTES, NAME_MAX_BYTES
from kodokeep.model.mtime import mtime_ns
from kodokeep.model.options import Conflicts, Policy

HOST_MAX_CHARS = 32
"""So much of a host's name stands in a conflict name."""

SAME_TIME_NS = 2_000_000_000
"""Times that are no further apart do not say which content is newer (rule 13); some disks keep only even seconds."""

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,16}")
_NO_HOST = "host"


def settle(row: Row, policy: Policy) -> Conflicts:
    """Whose content keeps the key: LOCAL, REMOTE, or KEEP_BOTH, which NEWER comes to if the times do not tell.

    Times tell nothing within two seconds, or if one lies in the future: then some clock is wrong (rule 13).
    """
    if policy.conflicts is not Conflicts.NEWER:
        return policy.conflicts
    local_ns, remote_ns = row.file.stamp.mtime_ns, mtime_ns(row.object)
    if max(local_ns, remote_ns) > policy.now_ns or abs(local_ns - remote_ns) <= SAME_TIME_NS:
        return Conflicts.KEEP_BOTH
    return Conflicts.LOCAL if local_ns > remote_ns else Conflicts.REMOTE


def conflict_key(key: str, host: str, run: str, number: int = 1, name_max: int = NAME_MAX_BYTES) -> str:
    """The key that the local content of a conflict gets: `stem (conflict HOST RUN).ext`, with ` NUMBER` from 2 on.

    It is at most 750 bytes long, and its name no longer than `name_max` bytes (143 at least) if the key's own is not;
    the stem is cut at a character, never the extension. Keys that differ in `number` differ, and none is `key`. It lies
    in the directory of `key`, unless that is so long that no name of this form fits below it; then that is cut, too.
    """
    name = key.rpartition("/")[2]
    stem, extension = posixpath.splitext(name)
    if not _EXTENSION.fullmatch(extension):
        stem, extension = name, ""
    counted = f" {number}" if number > 1 else ""
    mark = f"(conflict {_safe(host)} {run}{counted}){extension}"
    head = _cut(key.removesuffix(name) + stem, KEY_MAX_BYTES - len(mark) - 1)
    while (marked := _marked(key, head, mark, name_max)) == key:  # a conflict name that had to be cut meets itself
        head = head[:-1]
    return marked


def _marked(key: str, head: str, mark: str, name_max: int) -> str:
    """A beginning of `key` with the mark at its end, and its last name cut if that of `key` was short enough."""
    above, slash, last = head.rpartition("/")
    if len(key.split("/")[head.count("/")].encode()) <= name_max:
        last = _cut(last, name_max - len(mark) - 1)
    return f"{above}{slash}{last} {mark}" if last else f"{above}{slash}{mark}"


def _safe(host: str) -> str:
    """A host's name in letters, digits and `-`."""
    return re.sub(r"[^A-Za-z0-9]+", "-", host).strip("-")[:HOST_MAX_CHARS].strip("-") or _NO_HOST


def _cut(text: str, limit_bytes: int) -> str:
    """The longest beginning of `text` that has at most so many bytes of UTF-8."""
    return text.encode()[: max(limit_bytes, 0)].decode(errors="ignore")
