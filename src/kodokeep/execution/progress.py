"""Progress: how far the transfers of a run are, in both directions, told every so often."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

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
    done: int = 0
    reported_s: float = 0.0

    def finished(self) -> None:
        """One object has ended, well or not."""
        self.done += 1

    def report(self, *, last: bool = False) -> None:
        """Tell how far it is, unless that was told just now."""
        now_s = self.clock()
        if last or now_s - self.reported_s >= REPORT_S:
            self.reported_s = now_s
            moved = self.bucket.received_bytes + self.bucket.sent_bytes
            self.emit(Transferring(self.done, self.totals.objects, moved, self.totals.size_bytes))
