"""Tasks: what the caller's thread, the lanes and the clerk hand to each other during downloads."""

from dataclasses import dataclass

from kodokeep.kodo.body import Body
from kodokeep.kodo.ladder import Progress, Report
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import DownloadRequest


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
