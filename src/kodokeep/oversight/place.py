"""Where kodokeep runs, as far as it matters for telling somebody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """`state_home` is where the journal is; `say` takes a line for stderr, without the end; `clock` gives seconds since
    the epoch; `command` is how the user calls kodokeep, for next steps.
    """

    env: Mapping[str, str]
    state_home: Path
    say: Callable[[str], None]
    clock: Callable[[], float]
    host: str
    command: str = "kodokeep"
