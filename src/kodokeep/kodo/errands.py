"""Errands: an object's way from request to result, as its lane drives it.

What belongs here: carrying out what the ladder decides. What does not: the decisions (`ladder`), the wire (`exchange`,
`lane`), asking rs (`clerk`).
"""

import errno
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from msgspec import structs

from kodokeep.errors import FolderFull, KodoError
from kodokeep.kodo import ladder
from kodokeep.kodo.clerk import Clerk
from kodokeep.kodo.exchange import Exchange
from kodokeep.kodo.failures import CONCERNS_ALL
from kodokeep.kodo.ladder import Again, Ask, End, Report, Trouble
from kodokeep.kodo.lane import OVER
from kodokeep.kodo.messages import Ended, GaveUp, Message
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.pace import Pace
from kodokeep.kodo.retry import Cancelled, Retry, Silence
from kodokeep.kodo.sources import Source, Sources
from kodokeep.kodo.task import Task
from kodokeep.kodo.toll import Turnstile
from kodokeep.kodo.transport import Transport
from kodokeep.kodo.verify import Differs, needs_parts
from kodokeep.model.entry import same_content
from kodokeep.model.event import Notice, NoticeKind
from kodokeep.model.outcome import Fetched, NotFetched, OutcomeKind, Verification

LARGE_BYTES = 8 * 1024 * 1024
"""From here on an object has a connection and a thread that hashes to itself, and is broken off by a stop."""

USUAL_DOWN_AFTER = 16
"""Attempts in a row that the usual source left unanswered, after which the run goes to the origin at once."""

_PROGRESS_BYTES = 64 * 1024


@dataclass(slots=True)
class Shared:
    """What all lanes of one `download` call have in common.

    `halted` tells that nothing new is to be taken up.
    """

    sources: Sources
    retry: Retry
    clerk: Clerk
    transport: Transport
    meter: Meter
    halted: Callable[[], bool]
    silence: Silence = field(default_factory=Silence)
    usual_unanswered: int = 0
    origin_told: bool = False

    @property
    def usual_down(self) -> bool:
        """True once the usual source has not answered for so long that it need not be asked first."""
        return self.usual_unanswered >= USUAL_DOWN_AFTER


class Errands:
    """Begins and ends the attempts of one lane (`lane.Work`)."""

    def __init__(self, shared: Shared, pace: Pace) -> None:
        self._shared = shared
        self._pace = pace
        self.out: list[Message[Task, Fetched | NotFetched]] = []

    def attempt(self, turnstile: Turnstile | None) -> Exchange:
        """An exchange, with a handle of its own."""
        handle = self._shared.transport.handle()
        return Exchange(handle, self._shared.meter, turnstile.toll(handle) if turnstile is not None else None)

    def source(self, task: Task) -> Source:
        """Where the task's next attempt goes to."""
        sources, progress = self._shared.sources, task.progress
        unsigned = progress.resigned and sources.usual.sign is None
        return sources.origin if progress.at_origin or unsigned or self._shared.usual_down else sources.usual

    def begin(self, task: Task) -> float:
        """Take up a task that is new or comes back from the clerk: seconds to wait, or OVER."""
        try:
            if task.answer is not None:
                return self._answered(task)
            if needs_parts(task.body.expected):
                self._shared.clerk.ask(task)
                return OVER
            return self._open(task)
        except OSError as error:
            return self._disk_refused(task, error)
        except Cancelled:
            return self.drop(task)

    def start(self, task: Task, exchange: Exchange) -> None:
        """Ask for what the task's body lacks."""
        exchange.start(task, self.source(task))

    def ended(self, task: Task, exchange: Exchange, code: int, message: str) -> float:
        """curl is done with an attempt: seconds to wait before the next, or OVER."""
        try:
            report = exchange.end(code, message)
            return self._complete(task) if report is None else self._troubled(task, report)
        except OSError as error:
            return self._disk_refused(task, error)

    def drop(self, task: Task) -> float:
        """The run is stopping: end a task without a result; what a later run can use stays."""
        try:
            task.body.pause()
        except OSError:
            task.body.close()
        self.out.append(Ended(task))
        return OVER

    def breaks_off(self, task: Task) -> bool:
        """Large objects can be resumed."""
        return task.body.expected.size_bytes >= LARGE_BYTES

    def renew(self, task: Task) -> float:
        """A server sends as much as the buffers take: those of the old connections are of another limit."""
        try:
            task.body.pause()
        except OSError as error:
            return self._disk_refused(task, error)
        return 0.0

    def own(self) -> None:
        """No download comes out of another."""

    def wind_down(self) -> None:
        """Nothing waits in here; what the clerk has comes back."""

    def _open(self, task: Task) -> float:
        body = task.body
        if not task.opened and body.resumable:
            body.adopt_partial(self._shared.halted)
        task.opened = True
        if body.resumed and body.size_bytes == body.expected.size_bytes:
            return self._complete(task)
        return 0.0

    def _complete(self, task: Task) -> float:
        judged, content_hash = task.body.finish()
        if isinstance(judged, Differs):
            return self._troubled(task, Report(Trouble.ALTERED, judged.detail))
        return self._fetched(task, judged, content_hash)

    def _fetched(self, task: Task, verification: Verification, content_hash: str) -> float:
        self._shared.silence.heard()
        if self.source(task) is self._shared.sources.usual:
            self._shared.usual_unanswered = 0
        self._pace.succeeded()
        if task.progress.doubted and task.report is None and self._shared.sources.differ:
            host = self._shared.sources.usual.host
            self.out.append(Notice(NoticeKind.ALTERED_BODY, task.request.remote.key, f"{host} altered it"))
        remote = task.body.expected
        fetched = Fetched(task.request, remote, content_hash, verification, task.received_bytes)
        self.out.append(Ended(task, fetched))
        return OVER

    def _troubled(self, task: Task, report: Report) -> float:
        body = task.body
        if body.size_bytes >= task.best_bytes + _PROGRESS_BYTES:
            task.best_bytes = body.size_bytes
            task.progress = replace(task.progress, failed=0)
        if report.trouble is Trouble.THROTTLED and self._pace.throttled():
            self.out.append(Notice(NoticeKind.THROTTLED, self.source(task).host, f"{self._pace.limit} at once"))
        step = ladder.decide(task.progress, report, self._shared.retry.exhausted, resumed=body.resumed)
        if isinstance(step, Ask):
            body.close()
            task.report = report
            self._shared.clerk.ask(task)
            return OVER
        if report.trouble is Trouble.BROKEN:
            self._usual_source_failed(task, step, report)
            if isinstance(step, End):
                self._count_unanswered(report)
        return self._follow(task, step)

    def _usual_source_failed(self, task: Task, step: Again | Ask | End, report: Report) -> None:
        """Count it, and tell once when the origin, whose traffic may cost money, takes over."""
        shared = self._shared
        if not shared.sources.differ or self.source(task) is not shared.sources.usual:
            return
        shared.usual_unanswered += 1
        leaves = shared.usual_down or (isinstance(step, Again) and step.progress.at_origin)
        if leaves and not shared.origin_told:
            shared.origin_told = True
            detail = f"{report.detail}; downloading from {shared.sources.origin.host}"
            self.out.append(Notice(NoticeKind.NO_DOMAIN, shared.sources.usual.host, detail))

    def _follow(self, task: Task, step: Again | End) -> float:
        if isinstance(step, End):
            return self._not_fetched(task, step)
        if step.afresh:
            task.body.restart(step.expected)
        else:
            task.body.pause()
        task.progress = step.progress
        return self._shared.retry.delay_s(step.progress.failed) if step.later else 0.0

    def _answered(self, task: Task) -> float:
        assert task.answer is not None
        found, error = task.answer.found, task.answer.error
        task.answer = None
        if error is not None:
            return self._unsettled(task, error)
        expected, report = task.body.expected, task.report
        if report is None:  # only the part sizes were asked for
            if found is not None and same_content(found, expected):
                task.body.restart(structs.replace(expected, parts=found.parts))
                return self._open(task)
            report = Report(Trouble.REFUSED, "changed since it was listed")
        elif report.trouble is Trouble.ALTERED and found is not None and not same_content(found, expected):
            judged, content_hash = task.body.judge_again(found, self._shared.halted)
            if not isinstance(judged, Differs):
                return self._fetched(task, judged, content_hash)
        return self._follow(task, ladder.judge(task.progress, report, expected, found))

    def _unsettled(self, task: Task, error: Exception) -> float:
        """rs could not be asked: some errors concern every object, the others only this one."""
        task.body.close()
        if isinstance(error, CONCERNS_ALL):
            return self._all_ends(task, error)
        if not isinstance(error, KodoError):
            raise error
        return self._not_fetched(task, End(OutcomeKind.FAILED, error.message))

    def _not_fetched(self, task: Task, end: End) -> float:
        altered = task.report is not None and task.report.trouble is Trouble.ALTERED
        if altered or end.kind is OutcomeKind.STALE:
            task.body.discard()
        else:
            task.body.pause()
        self.out.append(Ended(task, NotFetched(task.request, end.kind, end.detail, task.received_bytes)))
        return OVER

    def _all_ends(self, task: Task, error: Exception) -> float:
        self.out += [GaveUp(error), Ended(task)]
        return OVER

    def _disk_refused(self, task: Task, error: OSError) -> float:
        task.body.close()
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return self._all_ends(task, FolderFull(f"no room left for {task.request.temp}", hint="free some space"))
        detail = f"cannot be written: {error.strerror or error}"
        self.out.append(Ended(task, NotFetched(task.request, OutcomeKind.FAILED, detail, task.received_bytes)))
        return OVER

    def _count_unanswered(self, report: Report) -> None:
        error = self._shared.silence.unheard(report.detail)
        if error is not None:
            self.out.append(GaveUp(error))
