"""Downloads: requests in, results out, with lanes at work in between (design §8).

What belongs here: what a download is to the crew that does it. What does not: its way (`errands`), transfers (`lane`).
"""

from collections.abc import Iterable, Iterator
from contextlib import closing

from kodokeep.kodo.clerk import Clerk
from kodokeep.kodo.crew import Bounds, Crew, Paces
from kodokeep.kodo.errands import LARGE_BYTES, Errands, Shared
from kodokeep.kodo.sources import Sources
from kodokeep.kodo.task import Task
from kodokeep.kodo.tools import Tools
from kodokeep.model.outcome import DownloadRequest, Fetched, NotFetched, OutcomeKind
from kodokeep.ports import StopSignal

_BOUNDS = Bounds(look_ahead=256, retried_at_the_end=10_000)


class Downloads:
    """One `download` call. Small objects share a lane, large ones have a few lanes of one connection each."""

    def __init__(self, tools: Tools, sources: Sources, stop: StopSignal) -> None:
        self._crew: Crew[Task, Fetched | NotFetched] = Crew(_BOUNDS, stop, tools.notice, _is_large)
        self._clerk = Clerk(tools.stat, self._crew.submit)
        shared = Shared(sources, tools.retry, self._clerk, tools.transport, tools.meter, self._crew.halted)
        self._crew.hire(lambda pace: Errands(shared, pace), Paces.of(tools.transfers), tools.transport.limiter)

    def results(self, requests: Iterable[DownloadRequest]) -> Iterator[Fetched | NotFetched | None]:
        """See ports.Bucket.download."""
        try:
            with closing(self._crew.results(map(Task, requests), _again, self._clerk.break_off)) as results:
                for ended in results:
                    yield None if ended is None else ended[1]
        finally:
            self._clerk.close()


def _is_large(task: Task) -> bool:
    return task.body.expected.size_bytes >= LARGE_BYTES


def _again(task: Task, result: Fetched | NotFetched) -> Task | None:
    failed = isinstance(result, NotFetched) and result.kind is OutcomeKind.FAILED
    return Task(task.request, result.received_bytes) if failed else None
