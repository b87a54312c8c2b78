"""Removals: what is gone from one side leaves the other, for history.

Whatever is about to be taken away is looked for once more on the side that it was gone from: a file that is just being
saved anew, or an object that a listing lacked, was not deleted by anybody.
"""

from dataclasses import dataclass

from kodokeep.execution.archive import MOVED_ON, Archive
from kodokeep.execution.commit import Committer
from kodokeep.execution.numbered import Chunk, Numbered, chunks
from kodokeep.execution.object_steps import deleted_object_step
from kodokeep.execution.steps import delete_step
from kodokeep.model.entry import same_content
from kodokeep.model.outcome import DidKind, Outcome, OutcomeKind
from kodokeep.ports import Bucket, StopSignal

OBJECT_IS_BACK = "the object is there again"
FILE_IS_BACK = "the file is there again"


@dataclass(frozen=True, slots=True)
class FileRemoval:
    """DELETE of one run."""

    bucket: Bucket
    committer: Committer
    stop: StopSignal

    def perform(self, numbered: Numbered) -> None:
        """Move files to history whose objects still are gone. Raises KodoError, FolderFull, Interrupted."""
        run, folder = self.committer.run, self.committer.folder
        for chunk in chunks(numbered, self.stop):
            gone = self._still_gone(chunk)
            self.committer.commit([delete_step(seq, action, run, folder) for seq, action in gone])

    def _still_gone(self, chunk: Chunk) -> Chunk:
        found = self.bucket.stat_many([action.key for _, action in chunk], self.stop)
        gone = []
        for item, now in zip(chunk, found, strict=True):
            if now is None:
                gone.append(item)
            else:
                self.committer.tell(Outcome(item[1], OutcomeKind.STALE, OBJECT_IS_BACK))
        return gone


@dataclass(frozen=True, slots=True)
class ObjectRemoval:
    """DELETE_OBJECT of one run."""

    bucket: Bucket
    committer: Committer
    archive: Archive
    stop: StopSignal

    def perform(self, numbered: Numbered) -> None:
        """Save each content, look at the object once more, delete it. Raises KodoError, FolderFull, Interrupted."""
        for chunk in chunks(numbered, self.stop):
            self._delete(self._still_there(self.archive.save(self._still_gone(chunk))))

    def _still_gone(self, chunk: Chunk) -> Chunk:
        gone = []
        for item in chunk:
            if self.committer.folder.has_tree_file(item[1].row.record.path):
                self.committer.tell(Outcome(item[1], OutcomeKind.STALE, FILE_IS_BACK))
            else:
                gone.append(item)
        return gone

    def _still_there(self, saved: Chunk) -> Chunk:
        """The last look before the commit point (rule 26). What is gone already is recorded, and never deleted: whoever
        puts an object there now must not lose it.
        """
        found = self.bucket.stat_many([action.key for _, action in saved], self.stop) if saved else []
        same, gone = [], []
        for item, now in zip(saved, found, strict=True):
            if now is None:
                gone.append(item)
            elif same_content(now, item[1].row.object):
                same.append(item)
            else:
                self.committer.tell(Outcome(item[1], OutcomeKind.STALE, MOVED_ON))
        self.committer.commit([deleted_object_step(*item) for item in gone])
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
