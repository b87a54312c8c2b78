"""Transfer: feeds downloads to the bucket and their results, batch by batch, to the committer.

What belongs here: when a batch is full, and what a result means for its action. HTTP is in `kodo`, files in `local`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from msgspec.structs import replace

from kodokeep.errors import FolderFull, KodoError
from kodokeep.execution.commit import Committer
from kodokeep.execution.steps import adopted_step, delete_step, place_step, record_step
from kodokeep.model.action import Action, ActionKind, Reason
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import ActionFinished, Transferring
from kodokeep.model.outcome import DownloadRequest, Fetched, NotFetched, Outcome, OutcomeKind, Step
from kodokeep.ports import Bucket, Folder, StopSignal

BATCH_OBJECTS = 1000
BATCH_BYTES = 256 * 1024 * 1024
BATCH_S = 10.0
REPORT_S = 0.2

Numbered = Iterable[tuple[int, Action]]


@dataclass(frozen=True, slots=True)
class Totals:
    """What the downloads of a run come to."""

    objects: int
    size_bytes: int


@dataclass(slots=True)
class Batch:
    """Steps that wait for the next commit, and what was learnt of objects that came to no step."""

    committer: Committer
    clock: Callable[[], float] = monotonic
    steps: list[Step] = field(default_factory=list)
    learnt: list[RemoteEntry] = field(default_factory=list)
    size_bytes: int = 0
    opened_s: float = 0.0

    def add(self, step: Step) -> None:
        """Take a step; commits if the batch is full."""
        self._open()
        self.steps.append(step)
        self.size_bytes += step.action.size_bytes
        if len(self.steps) >= BATCH_OBJECTS or self.size_bytes >= BATCH_BYTES:
            self.flush()

    def learn(self, remote: RemoteEntry) -> None:
        """Take an object with its content hash; commits if the batch is full."""
        self._open()
        self.learnt.append(remote)
        if len(self.learnt) >= BATCH_OBJECTS:
            self.flush()

    def flush_if_old(self) -> None:
        """Commit if the oldest of all has waited long enough."""
        if (self.steps or self.learnt) and self.clock() - self.opened_s >= BATCH_S:
            self.flush()

    def flush(self) -> None:
        """Commit what has gathered."""
        steps, self.steps, self.size_bytes = self.steps, [], 0
        learnt, self.learnt = self.learnt, []
        self.committer.commit(steps)
        self.committer.learn(learnt)

    def _open(self) -> None:
        if not (self.steps or self.learnt):
            self.opened_s = self.clock()


def apply_records(numbered: Numbered, committer: Committer, stop: StopSignal) -> None:
    """Perform actions that only change records: TOUCH, ADOPT, KEEP, FORGET."""
    batch = Batch(committer)
    for seq, action in numbered:
        if stop.is_set():
            break
        batch.add(record_step(seq, action, committer.run))
    batch.flush()


def delete(numbered: Numbered, committer: Committer, stop: StopSignal) -> None:
    """Move files whose objects are gone to history."""
    batch = Batch(committer)
    for seq, action in numbered:
        if stop.is_set():
            break
        batch.add(delete_step(seq, action, committer.run, committer.folder))
    batch.flush()


@dataclass(slots=True)
class Downloads:
    """The downloads of one run. `accept_unsynced` lets an unverifiable object replace a file that differs from it."""

    bucket: Bucket
    folder: Folder
    committer: Committer
    totals: Totals
    stop: StopSignal
    accept_unsynced: bool = False
    clock: Callable[[], float] = monotonic
    unfinished_temps: list[str] = field(default_factory=list)
    _waiting: dict[int, Action] = field(default_factory=dict)
    _done: int = 0
    _reported_s: float = 0.0

    def perform(self, numbered: Numbered) -> None:
        """Fetch, verify, place and commit; what finished is committed even if the disk fills up or Kodo gives out.

        Raises FolderFull and the errors of Bucket.download.
        """
        batch = Batch(self.committer, self.clock)
        try:
            for result in self.bucket.download(self._requests(numbered), self.stop):
                if result is not None:
                    self._take(result, batch)
                batch.flush_if_old()
                self._report()
        except (FolderFull, KodoError):
            batch.flush()
            raise
        batch.flush()
        self._report(last=True)

    def _requests(self, numbered: Numbered) -> Iterator[DownloadRequest]:
        for seq, action in numbered:
            assert action.row.remote is not None
            self._waiting[seq] = action
            yield DownloadRequest(seq, action.row.remote, self.folder.temp_for(action.row.remote))

    def _take(self, result: Fetched | NotFetched, batch: Batch) -> None:
        action = self._waiting.pop(result.request.seq)
        self._done += 1
        if isinstance(result, NotFetched):
            self.unfinished_temps.append(result.request.temp)
            self._not_done(Outcome(action, result.kind, result.detail))
            return
        try:
            step = self._step(action, result)
        except OSError as error:
            self._not_done(Outcome(action, OutcomeKind.FAILED, f"cannot be placed: {error.strerror or error}"))
            return
        if step is None:
            batch.learn(replace(result.remote, content_hash=result.content_hash))
            self._not_done(Outcome(action, OutcomeKind.HELD, "the local file differs and was never synced"))
        else:
            batch.add(step)

    def _step(self, action: Action, fetched: Fetched) -> Step | None:
        """None: an object that no hash can vouch for turned out to differ from a file that was never synced."""
        if action.kind is ActionKind.DOWNLOAD and action.reason is Reason.UNVERIFIABLE:
            if action.content is not None and action.content.content_hash == fetched.content_hash:
                return adopted_step(action, fetched, self.committer.run)
            if not self.accept_unsynced:
                return None
        return place_step(action, fetched, self.committer.run, self.folder)

    def _not_done(self, outcome: Outcome) -> None:
        self.committer.log.outcome(outcome)
        self.committer.emit(ActionFinished(outcome))

    def _report(self, *, last: bool = False) -> None:
        now_s = self.clock()
        if last or now_s - self._reported_s >= REPORT_S:
            self._reported_s = now_s
            received = self.bucket.received_bytes
            self.committer.emit(Transferring(self._done, self.totals.objects, received, self.totals.size_bytes))
