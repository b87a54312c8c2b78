"""Tasks and messages: what the caller's thread, the lanes and the clerk hand to each other during downloads."""

from dataclasses import dataclass

from kodokeep.kodo.body import Body
from kodokeep.kodo.ladder import Progress, Report
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import Notice
from kodokeep.model.outcome import DownloadRequest, Fetched, NotFetched


@dataclass(frozen=True, slots=True)
class Answer:
    """What the clerk found: the object now, None if it is gone, or why that cannot be told."""

    found: RemoteEntry | None
    error: Exception | None = None


_NOTHING_TRIED = Progress()


class Task:
    """One request on its way; at any time in the hands of one thread only."""

    __slots__ = ("answer", "best_bytes", "body", "opened", "progress", "received_bytes", "report", "request")

    def __init__(self, request: DownloadRequest, received_bytes: int = 0) -> None:
        self.request = request
        self.body = Body(request.temp, request.remote)
        self.progress = _NOTHING_TRIED
        self.received_bytes = received_bytes
        self.best_bytes = 0
        self.opened = False
        self.report: Report | None = None
        self.answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A task ended without a result, because the run is stopping."""


@dataclass(frozen=True, slots=True)
class Fatal:
    """A task ended in an error that ends all downloads; what is under way may still finish."""

    error: Exception


@dataclass(frozen=True, slots=True)
class GaveUp:
    """All downloads are to end, besides what the tasks themselves came to."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Crash:
    """A lane broke down, and its tasks with it."""

    error: BaseException


Ending = Fetched | NotFetched | Dropped | Fatal
"""Every task has exactly one."""

Message = Ending | Notice | GaveUp | Crash
