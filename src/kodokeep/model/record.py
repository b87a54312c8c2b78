"""What is on record: past runs, and how much is kept. Values that the state gives to commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kodokeep.model.action import ActionKind, Reason
from kodokeep.model.summary import Summary


class RunState(StrEnum):
    """How far a run got."""

    OPEN = "open"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. `steps` counts its committed steps; `summary` is None unless it came to its end.

    An open one is going on; or it crashed, or ended in the middle of a batch, and is not settled yet.
    """

    run: str
    mode: str
    settings: Mapping[str, str]
    state: RunState
    steps: int
    summary: Summary | None


@dataclass(frozen=True, slots=True)
class Totals:
    """How much is kept: synced objects with their bytes, and files of history with theirs."""

    objects: int
    object_bytes: int
    history_contents: int
    history_bytes: int


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A channel, a command or a heartbeat that was not reached, when last tried."""

    receiver: str
    at_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """That somebody or something wanted a run, whatever came of it: it may never have come as far as the folder.

    Times are seconds since the epoch; `ended_s` and `exit` are None while it goes on, or if it was killed. `run` is
    empty if none began.
    """

    started_s: float
    scheduled: bool
    ended_s: float | None = None
    exit: int | None = None
    run: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class HeldAction:
    """What a guard held in `run`. `size_bytes` is the content that would leave or come; `approved`: a person agreed."""

    key: str
    kind: ActionKind
    reason: Reason
    size_bytes: int
    run: str
    approved: bool


@dataclass(frozen=True, slots=True)
class Approved:
    """How many of the held actions were released just now, and how much would leave with them."""

    actions: int
    size_bytes: int
