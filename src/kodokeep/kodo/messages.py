"""Messages: what the lanes tell the caller's thread while they work."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from kodokeep.model.event import Notice

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Ended(Generic[T, R]):
    """A task is over, exactly once. `result` None: without one, because the run is stopping or all is to end."""

    task: T
    result: R | None = None


@dataclass(frozen=True, slots=True)
class GaveUp:
    """All is to end in this error, besides what the tasks themselves come to; what is under way may still finish."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Crash:
    """A lane broke down, and its tasks with it."""

    error: BaseException


Message = Ended[T, R] | Notice | GaveUp | Crash
