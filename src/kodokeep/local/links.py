"""Symlinks that are followed: where one leads, and why some lead nowhere (`symlinks = follow`).

A link stands for the file or directory that it points to, if that is inside the folder. It is only ever read through,
and what it leads to is opened by its own path, so a link that changes meanwhile cannot lead out (rule 3).
"""

import os
from collections.abc import Iterator

from kodokeep.local.dirs import split
from kodokeep.model.key import is_reserved


class Astray(Exception):
    """A symlink that is not followed; the message says why."""


class Links:
    """The symlinks of one folder."""

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)

    def real(self, path: str) -> str:
        """The path of what a path of the tree leads to, free of symlinks; "" for the folder itself. Raises Astray."""
        try:
            found = os.path.realpath(f"{self._root}/{path}", strict=True)
        except FileNotFoundError:
            raise Astray("a symlink to nothing") from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise Astray(f"a symlink that cannot be followed: {reason or error}") from None
        if found == self._root:
            return ""
        top = self._root.rstrip("/") + "/"
        if not found.startswith(top):
            raise Astray("a symlink out of the folder is not followed")
        inside = found[len(top) :]
        if any(map(is_reserved, inside.split("/"))):
            raise Astray("a symlink into a directory that is no part of the tree is not followed")
        return inside

    def refuse_loop(self, path: str, real: str) -> None:
        """Raise Astray if a link at `path` to the directory `real` leads to something that it stands in itself."""
        below = f"{real}/" if real else ""
        for directory in _above(path):
            standing = self.real(directory)
            if standing == real or standing.startswith(below):
                raise Astray("a symlink to a directory that it stands in is not followed")


def _above(path: str) -> Iterator[str]:
    """All directories above a path, the folder itself included."""
    while path:
        path, _ = split(path)
        yield path
