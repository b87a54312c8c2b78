"""Progress: how far the transfers of a run are, in both directions, told every so often."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from kodokeep.execution.commit import Committer
from kodokeep.execution.traffic import Traffic
from kodokeep.model.action import Action
from kodokeep.model.event import Transferring
from kodokeep.ports import Bucket, Emit

REPORT_S = 0.2


@dataclass(frozen=True, slots=True)
class Totals:
    """What the transfers of a run come to: objects and bytes, downloads and uploads together."""

    objects: int
    size_bytes: int


@dataclass(slots=True)
class Progress:
    """Counts objects that came to an end; bytes are read off the bucket, unfinished objects included."""

    bucket: Bucket
    emit: Emit
    totals: Totals
    clock: Callable[[], float] = monotonic
    traffic: Traffic | None = None
    done: int = 0
    reported_s: float = 0.0

    def finished(self) -> None:
        """One object has ended, well or not."""
        self.done += 1

    def lets_go_on(self, action: Action, committer: Committer) -> bool:
        """False if the month's traffic is used up and the action, told as held now, has to wait for the next month."""
        if self.traffic is None or self.traffic.lets_go_on(action, committer):
            return True
        self.finished()
        return False

    def report(self, *, last: bool = False) -> None:
        """Tell how far it is, unless that was told just now, and count what came into the month."""
        if self.traffic is not None:
            self.traffic.note()
        now_s = self.clock()
        if last or now_s - self.reported_s >= REPORT_S:
            self.reported_s = now_s
            moved = self.bucket.received_bytes + self.bucket.sent_bytes
            self.emit(Transferring(self.done, self.totals.objects, moved, self.totals.size_bytes))
