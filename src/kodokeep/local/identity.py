"""Identity: is this folder really the one that belongs to this bucket (rule 5)?

It is recorded twice: in the folder, and on this machine outside it. An unmounted disk or a wrong folder then shows as
a difference, where it would otherwise look like a folder whose files were all deleted.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path

from kodokeep.errors import FolderUnusable
from kodokeep.local.failures import raise_if_full
from kodokeep.local.records import read_record, replace_record

RECORD_NAME = "identity.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a folder is bound to."""

    uc: str
    bucket: str
    prefix: str
    mode: str


class IdentityStatus(StrEnum):
    """How the two records compare with what the config says."""

    FIRST_RUN = "first-run"
    SAME = "same"
    MISSING_HERE = "missing-here"
    MISSING_THERE = "missing-there"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Difference:
    """A recorded value that is not what the config says. `field` is `record` if the whole file is damaged."""

    record: Path
    field: str
    recorded: str
    expected: str

    def __str__(self) -> str:
        if self.field == "record":
            return f"{self.record} is damaged"
        return f"{self.field} was {self.recorded!r}, is {self.expected!r}"


@dataclass(frozen=True, slots=True)
class IdentityVerdict:
    """FIRST_RUN and SAME let a run go on; everything else holds it, downloads too (exit 4)."""

    status: IdentityStatus
    differences: tuple[Difference, ...] = ()

    @property
    def goes_on(self) -> bool:
        """True if the folder may be worked on."""
        return self.status in (IdentityStatus.FIRST_RUN, IdentityStatus.SAME)


class FolderIdentity:
    """The two records of one pair. `state_home` is the user's state directory of kodokeep.

    `digest` names what is kept of the pair outside its folder.
    """

    def __init__(self, private: Path, state_home: Path, expected: Identity) -> None:
        self._here = private / RECORD_NAME
        self.digest = _pair_digest(private.parent, expected)
        self._there = state_home / "folders" / f"{self.digest}.json"
        self._expected = expected

    def check(self) -> IdentityVerdict:
        """Compare both records with the config. Raises FolderUnusable if one exists and cannot be read."""
        here, there = _read(self._here), _read(self._there)
        differences = (*self._differences(self._here, here), *self._differences(self._there, there))
        if differences:
            return IdentityVerdict(IdentityStatus.DIFFERENT, differences)
        match here is not None, there is not None:
            case True, True:
                return IdentityVerdict(IdentityStatus.SAME)
            case True, False:
                return IdentityVerdict(IdentityStatus.MISSING_THERE)
            case False, True:
                return IdentityVerdict(IdentityStatus.MISSING_HERE)
            case _:
                return IdentityVerdict(IdentityStatus.FIRST_RUN)

    def write(self) -> None:
        """Bind the folder: both records durably, the folder's own first, whatever they said.

        Raises FolderFull, FolderUnusable.
        """
        values = asdict(self._expected)
        for path in (self._here, self._there):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_record(path, values)
            except OSError as error:
                raise_if_full(str(path), error)
                raise FolderUnusable(f"{path}: cannot write the folder's identity: {error.strerror}") from error

    def _differences(self, path: Path, recorded: dict[str, object] | None) -> Iterator[Difference]:
        if recorded is None:
            return
        if not recorded:
            yield Difference(path, "record", "damaged", "")
            return
        for field in fields(Identity):
            value, expected = str(recorded.get(field.name, "")), getattr(self._expected, field.name)
            if value != expected:
                yield Difference(path, field.name, value, expected)


def _read(path: Path) -> dict[str, object] | None:
    """The record, None if there is none, empty if it is damaged."""
    try:
        return read_record(path)
    except NotADirectoryError:
        return None  # a file is where the folder or `.kodokeep` should be: opening the folder tells it better
    except ValueError:
        return {}
    except OSError as error:
        raise FolderUnusable(f"{path}: cannot read the folder's identity: {error.strerror}") from error


def _pair_digest(folder: Path, identity: Identity) -> str:
    """The mode is left out: a changed mode must meet the old record."""
    values = [identity.uc, identity.bucket, identity.prefix, str(folder.resolve())]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]
