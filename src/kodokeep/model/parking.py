"""Reserved keys: under what names objects wait while a cycle of renames is gone through (rule 20)."""

import re

from kodokeep.model.key import OWN_DIRECTORY

_DIRECTORY = f"{OWN_DIRECTORY}/moving"
_RESERVED = re.compile(rf"{re.escape(_DIRECTORY)}/[0-9]{{8}}T[0-9]{{6}}Z/[0-9]+\Z")


def parking_key(prefix: str, run: str, number: int) -> str:
    """The reserved key for one object of a run."""
    return f"{prefix}{_DIRECTORY}/{run}/{number}"


def is_parking_key(key: str) -> bool:
    """True for a reserved key, whatever the prefix, and whichever machine it is of."""
    return _RESERVED.search(key) is not None
