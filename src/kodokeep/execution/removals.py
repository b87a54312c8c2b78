"""Removals: what is gone from one side leaves the other, for history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from kodokeep.execution.archive import MOVED_ON, Archive
from kodokeep.execution.batch import Batch
from kodokeep.execution.commit import Committer
from kodokeep.execution.object_steps import deleted_object_step
from kodokeep.execution.steps import delete_step
from kodokeep.model.action import Action
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import DidKind, Outcome, OutcomeKind
from kodokeep.ports import Bucket, StopSignal

Numbered = Iterable[tuple[int, Action]]
Chunk = Sequence[tuple[int, Action]]

CHUNK_ACTIONS = 1000


def delete_files(numbered: Numbered, committer: Committer, stop: StopSignal) -> None:
    """Perform DELETE: move files whose objects are gone to history."""
    batch = Batch(committer)
    for seq, action in numbered:
        if stop.is_set():
            break
        batch.add(delete_step(seq, action, committer.run, committer.folder))
    batch.flush()


@dataclass(frozen=True, slots=True)
class ObjectRemoval:
    """DELETE_OBJECT of one run."""

    bucket: Bucket
    committer: Committer
    archive: Archive
    stop: StopSignal

    def perform(self, numbered: Numbered) -> None:
        """Save each content, look at the object once more, delete it. Raises KodoError, FolderFull."""
        pending = iter(numbered)
        while not self.stop.is_set() and (chunk := list(islice(pending, CHUNK_ACTIONS))):
            self._delete(self._still_there(self.archive.save(chunk)))

    def _still_there(self, saved: Chunk) -> Chunk:
        """The last look before the commit point (rule 26); what is gone already needs no deleting."""
        found = self.bucket.stat_many([action.key for _, action in saved], self.stop) if saved else []
        same = []
        for item, now in zip(saved, found, strict=True):
            if now is None or _same_content(now, item[1].row.remote):
                same.append(item)
            else:
                self.committer.tell(Outcome(item[1], OutcomeKind.STALE, MOVED_ON))
        return same

    def _delete(self, chunk: Chunk) -> None:
        results = self.bucket.delete_many([action.key for _, action in chunk], self.stop) if chunk else []
        done = []
        for (seq, action), did in zip(chunk, results, strict=True):
            if did.kind is DidKind.DONE:
                done.append(deleted_object_step(seq, action))
            else:
                self.committer.tell(Outcome(action, OutcomeKind.FAILED, did.detail))
        self.committer.commit(done)


def _same_content(now: RemoteEntry, seen: RemoteEntry | None) -> bool:
    return seen is not None and (now.hash, now.size_bytes) == (seen.hash, seen.size_bytes)
