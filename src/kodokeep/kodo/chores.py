"""Chores: the scripts of uploads, as their lane runs them.

What belongs here: taking a script from one call to the next, and what its end means for the run. What does not: what
the scripts say (`form_upload`, `part_upload`), the wire (`delivery`, `lane`).
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kodokeep.errors import Unreachable
from kodokeep.kodo.asking import Script, Together, ends_all
from kodokeep.kodo.commit import Stale, Upload
from kodokeep.kodo.delivery import Call, Delivery, Reply
from kodokeep.kodo.failures import THROTTLES, Failure
from kodokeep.kodo.lane import OVER
from kodokeep.kodo.messages import Ended, GaveUp, Message
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.pace import Pace
from kodokeep.kodo.retry import Cancelled, Silence
from kodokeep.kodo.toll import Turnstile
from kodokeep.kodo.transport import Transport
from kodokeep.kodo.urls import host_of
from kodokeep.model.event import Notice, NoticeKind
from kodokeep.model.outcome import NotUploaded, OutcomeKind, Uploaded


class Job:
    """A script under way: an upload's own, or one of those that it runs together, its `parent` being the upload's."""

    __slots__ = ("call", "children", "error", "parent", "reply", "running", "script", "upload")

    def __init__(self, upload: Upload, script: Script[Any], parent: "Job | None" = None) -> None:
        self.upload = upload
        self.script = script
        self.parent = parent
        self.call: Call | None = None
        self.reply: Reply | None = None
        self.error: Exception | None = None
        self.children: Iterator[Script[None]] | None = None
        self.running = 0


@dataclass(slots=True)
class Common:
    """What all lanes of one `upload` call have in common. `halted` tells that nothing new is to be taken up."""

    transport: Transport
    meter: Meter
    halted: Callable[[], bool]
    silence: Silence = field(default_factory=Silence)


Result = Uploaded | NotUploaded


class Chores:
    """Runs the scripts of one lane (`lane.Work`)."""

    def __init__(self, common: Common, pace: Pace) -> None:
        self._common = common
        self._pace = pace
        self._parents: deque[Job] = deque()  # with children that were not begun yet
        self._ready: deque[Job] = deque()  # all children are over
        self.out: list[Message[Job, Result]] = []

    def attempt(self, turnstile: Turnstile | None) -> Delivery:
        """A delivery, with a handle of its own."""
        return Delivery(self._common.transport, self._common.meter, turnstile)

    def begin(self, job: Job) -> float:
        """Let a script say its first words, or go on after those that it ran together."""
        return self._advance(job)

    def start(self, job: Job, delivery: Delivery) -> None:
        """Make the call that the script asked for."""
        assert job.call is not None
        delivery.start(job.call)

    def ended(self, job: Job, delivery: Delivery, code: int, message: str) -> float:
        """Tell the script what its call came to."""
        try:
            job.reply = delivery.end(code, message)
        except OSError as error:
            job.error = error
        else:
            job.upload.sent_bytes += job.reply.sent_bytes
            self._heed(job.reply)
        return self._advance(job)

    def drop(self, job: Job) -> float:
        """End a script where it is; it keeps what it can."""
        job.script.close()
        if job.parent is None:
            self.out.append(Ended(job))
            return OVER
        return self._child_over(job.parent)

    def breaks_off(self, job: Job) -> bool:
        """True while the job sends what is remembered piece by piece."""
        return job.call is not None and job.call.pauses

    def renew(self, job: Job) -> None:
        """A file goes on: the buffers do not matter, and a form that is broken off may be an object already."""

    def own(self) -> Job | None:
        """The next of the scripts that one runs together, or that one once they are over."""
        if self._common.halted():
            return None
        if self._ready:
            return self._ready.popleft()
        while self._parents:
            parent = self._parents[0]
            assert parent.children is not None
            script = next(parent.children, None) if parent.error is None else None
            if script is not None:
                parent.running += 1
                return Job(parent.upload, script, parent)
            self._parents.popleft()
            parent.children = None
            if parent.running == 0:
                return parent
        return None

    def wind_down(self) -> None:
        """Drop uploads of which nothing is under way any more."""
        waiting = [*self._ready, *(parent for parent in self._parents if parent.running == 0)]
        self._ready.clear()
        self._parents = deque(parent for parent in self._parents if parent.running > 0)
        for job in waiting:
            self.drop(job)

    def _heed(self, reply: Reply) -> None:
        """What an answer means for all: fewer at once, more at once, or that there is somebody."""
        if reply.failure is None:
            self._common.silence.heard()
            self._pace.succeeded()
        elif reply.failure.status in THROTTLES and self._pace.throttled():
            self.out.append(Notice(NoticeKind.THROTTLED, host_of(reply.url), f"{self._pace.limit} at once"))

    def _advance(self, job: Job) -> float:
        reply, error = job.reply, job.error
        job.reply = job.error = job.call = None
        try:
            step = job.script.send(reply) if error is None else job.script.throw(error)
        except StopIteration as end:
            return self._over(job, end.value)
        except (Stale, Cancelled, Failure, OSError) as failed:
            return self._failed(job, failed)
        if isinstance(step, Together):
            job.children = step.scripts
            self._parents.append(job)
            return OVER
        job.call = step
        return step.after_s

    def _over(self, job: Job, result: Result | None) -> float:
        if job.parent is not None:
            return self._child_over(job.parent)
        self.out.append(Ended(job, result))
        return OVER

    def _failed(self, job: Job, error: Exception) -> float:
        if job.parent is not None:
            return self._child_over(job.parent, error)
        match error:
            case Cancelled():
                self.out.append(Ended(job))
            case Stale():
                self._not_uploaded(job, OutcomeKind.STALE, error.detail)
            case Failure():
                self._refused(job, error)
            case OSError():
                self._not_uploaded(job, OutcomeKind.FAILED, f"cannot be read: {error.strerror or error}")
        return OVER

    def _child_over(self, parent: Job, error: Exception | None = None) -> float:
        parent.running -= 1
        parent.error = parent.error or error
        if parent.running == 0 and parent.children is None:
            self._ready.append(parent)
        return OVER

    def _refused(self, job: Job, failure: Failure) -> None:
        all_end = ends_all(failure)
        if all_end is not None:
            self.out += [GaveUp(all_end), Ended(job)]
            return
        if isinstance(failure.error, Unreachable):
            gave_up = self._common.silence.unheard(failure.error.message)
            if gave_up is not None:
                self.out.append(GaveUp(gave_up))
        self._not_uploaded(job, OutcomeKind.FAILED, failure.error.message)

    def _not_uploaded(self, job: Job, kind: OutcomeKind, detail: str) -> None:
        self.out.append(Ended(job, NotUploaded(job.upload.request.seq, kind, detail, job.upload.sent_bytes)))
