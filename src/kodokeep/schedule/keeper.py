"""What a keeper of timers is, whatever it is, and what keepers have in common.

Places are what a keeper holds things at: files, or names in the crontab. Each keeper knows its own by the config's
digest in their names, or by the config's path in the crontab's marks, and touches no others.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

from kodokeep.errors import TimersUnusable
from kodokeep.schedule import tools
from kodokeep.schedule.jobs import Timers
from kodokeep.schedule.steps import RemoveFile, Step, WriteFile

Held = Mapping[str, bytes]
"""Places and what is there."""


class Keeper(Protocol):
    """One kind of timer."""

    @property
    def title(self) -> str:
        """What people call it."""

    def unusable(self) -> str:
        """Why it cannot be used here, empty if it can."""

    def places(self, timers: Timers, name: str) -> tuple[str, ...]:
        """Where it keeps a pair; the first one is the timer itself."""

    def wanted(self, timers: Timers) -> Held:
        """What it should hold. Raises TimersUnusable if it cannot be told so."""

    def installed(self, timers: Timers) -> Held:
        """What it holds of this config. Raises TimersUnusable."""

    def sleeping(self, timers: Timers, held: Held) -> frozenset[str]:
        """The pairs whose timers are there, but do not run."""

    def steps(self, timers: Timers, wanted: Held, installed: Held) -> list[Step]:
        """From `installed` to `wanted`, which may be nothing."""

    def advice(self) -> str:
        """What its user has to know besides, empty if there is nothing."""


def held_names(keeper: Keeper, timers: Timers, held: Held) -> list[str]:
    """The pairs whose timers are there."""
    return [job.name for job in timers.jobs if keeper.places(timers, job.name)[0] in held]


def to_change(keeper: Keeper, timers: Timers, wanted: Held, installed: Held) -> list[str]:
    """Places that must be made to hold something else, or to run again."""
    asleep = {keeper.places(timers, name)[0] for name in keeper.sleeping(timers, installed)}
    return [place for place in wanted if installed.get(place) != wanted[place] or place in asleep]


def file_steps(wanted: Held, installed: Held) -> list[Step]:
    """Remove and write files, so that what is there is what is wanted."""
    removals = [RemoveFile(place) for place in installed if place not in wanted]
    return [*removals, *(WriteFile(place, text) for place, text in wanted.items() if installed.get(place) != text)]


def files(directory: Path, timers: Timers, suffixes: Collection[str]) -> dict[str, bytes]:
    """The files of this config. Raises TimersUnusable if they cannot be read."""
    try:
        found = sorted(directory.glob(f"{timers.label('*')}.*"))
        return {str(path): path.read_bytes() for path in found if path.suffix in suffixes}
    except OSError as error:
        raise TimersUnusable(f"{error.filename} cannot be read: {error.strerror}") from None


def as_bytes(text: str) -> bytes:
    """Text as the tools read it."""
    return text.encode(tools.TEXT, tools.ERRORS)
