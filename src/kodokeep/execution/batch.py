"""Batches: steps wait here until enough of them make one durable commit worth its price.

What belongs here: when a batch is full. What does not: performing it (`commit`), and where its steps come from.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from kodokeep.execution.commit import Committer
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import Step

BATCH_OBJECTS = 1000
BATCH_BYTES = 256 * 1024 * 1024
BATCH_S = 10.0


@dataclass(slots=True)
class Batch:
    """Steps that wait for the next commit, and what was learnt of objects that came to no step."""

    committer: Committer
    clock: Callable[[], float] = monotonic
    steps: list[Step] = field(default_factory=list)
    learnt: list[RemoteEntry] = field(default_factory=list)
    size_bytes: int = 0
    opened_s: float = 0.0

    def add(self, *steps: Step) -> None:
        """Take steps that belong together; commits if the batch is full."""
        self._open()
        self.steps += steps
        self.size_bytes += steps[-1].action.size_bytes
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
