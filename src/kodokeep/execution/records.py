"""Records: actions that change nothing but what is remembered."""

from collections.abc import Iterable

from kodokeep.execution.batch import Batch
from kodokeep.execution.commit import Committer
from kodokeep.execution.steps import record_step
from kodokeep.model.action import Action
from kodokeep.ports import StopSignal

Numbered = Iterable[tuple[int, Action]]


def apply_records(numbered: Numbered, committer: Committer, stop: StopSignal) -> None:
    """Perform TOUCH, ADOPT, KEEP and FORGET."""
    batch = Batch(committer)
    for seq, action in numbered:
        if stop.is_set():
            break
        batch.add(record_step(seq, action, committer.run))
    batch.flush()
