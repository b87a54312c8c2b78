"""Small JSON records on disk (lock owner, identity): written whole or not at all.

What belongs here: reading and replacing one small file safely. What does not: what the records mean.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from kodokeep.local.durability import sync_descriptor, sync_directory
from kodokeep.local.rename import rename_no_replace


def read_record(path: Path) -> dict[str, object] | None:
    """The record, or None if there is none. Raises ValueError if it is damaged, OSError if it cannot be read."""
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    if not isinstance(value, dict):
        raise ValueError(f"{path}: not a record")  # noqa: TRY004 (damage, whatever form it takes)
    return value


def replace_record(path: Path, values: Mapping[str, object]) -> None:
    """Write a record durably in place of whatever had its name. Raises OSError."""
    os.replace(_written_beside(path, values), path)  # noqa: PTH105 (the pair of rename_no_replace below)
    sync_directory(path.parent)


def create_record(path: Path, values: Mapping[str, object]) -> None:
    """Write a record durably. Raises FileExistsError if there is one already, OSError."""
    beside = _written_beside(path, values)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        rename_no_replace(directory, beside.name, directory, path.name)
    except OSError:
        beside.unlink()
        raise
    finally:
        os.close(directory)
    sync_directory(path.parent)


def _written_beside(path: Path, values: Mapping[str, object]) -> Path:
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    try:
        with beside.open("xb") as file:
            file.write(json.dumps(values, ensure_ascii=False, indent=1).encode() + b"\n")
            file.flush()
            sync_descriptor(file.fileno())
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return beside
