"""Records: actions that change nothing but what is remembered."""

from kodokeep.execution.batch import Batch
from kodokeep.execution.commit import Committer
from kodokeep.execution.numbered import Numbered
from kodokeep.execution.steps import record_step
from kodokeep.ports import StopSignal


def apply_records(numbered: Numbered, committer: Committer, stop: StopSignal) -> None:
    """Perform TOUCH, ADOPT, KEEP and FORGET."""
    batch = Batch(committer)
    for seq, action in numbered:
        if stop.is_set():
            break
        batch.add(record_step(seq, action, committer.run))
    batch.flush()
