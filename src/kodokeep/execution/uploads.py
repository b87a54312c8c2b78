"""Uploads: what the bucket lacks comes from the folder, or from the bucket's own copy, chunk by chunk.

What belongs here: the order of looking, saving and sending, and what a result means for its action. HTTP is in `kodo`,
reading files in `local`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kodokeep.execution.archive import Archive
from kodokeep.execution.batch import Batch
from kodokeep.execution.commit import Committer
from kodokeep.execution.numbered import Chunk, Numbered, chunks
from kodokeep.execution.object_steps import copied_object_step, uploaded_step
from kodokeep.execution.progress import Progress
from kodokeep.model.action import Action, ActionKind
from kodokeep.model.entry import LocalEntry
from kodokeep.model.outcome import DidKind, NotUploaded, Outcome, OutcomeKind, Relocation, Uploaded
from kodokeep.ports import Bucket, Folder, Source, StopSignal, UploadRequest

FILE_MOVED_ON = "the file changed since it was looked at"


@dataclass(slots=True)
class Uploads:
    """UPLOAD and OVERWRITE of one run."""

    bucket: Bucket
    folder: Folder
    committer: Committer
    progress: Progress
    stop: StopSignal
    archive: Archive
    unfinished: list[str] = field(default_factory=list)
    _waiting: dict[int, tuple[Action, bool, str]] = field(default_factory=dict)

    def perform_new(self, numbered: Numbered) -> None:
        """UPLOAD: keys that must be free; what the bucket has under another key is copied there (rule 27).

        What finished is committed even if Kodo gives out. Raises FolderFull and the errors of Bucket.upload.
        """
        self._send(self._not_copied(numbered))

    def perform_over(self, numbered: Numbered) -> None:
        """OVERWRITE: the old content goes to history before the new one is sent. Raises as `perform_new`."""
        for chunk in chunks(numbered, self.stop):
            self._send(self.archive.save(chunk))

    def _not_copied(self, numbered: Numbered) -> Iterator[tuple[int, Action]]:
        """Copy within the bucket what can be, a chunk at a time; give the others, in their order."""
        for chunk in chunks(numbered, self.stop):
            copied = self._copy([(seq, action) for seq, action in chunk if action.copies])
            yield from (item for item in chunk if item[0] not in copied)

    def _copy(self, chunk: Chunk) -> set[int]:
        """Numbers of the actions that a copy settled; a source that is not what it was is no harm, the file is sent."""
        results = self.bucket.copy_many([_relocation(action) for _, action in chunk], self.stop) if chunk else []
        copied = [item for item, did in zip(chunk, results, strict=True) if did.kind is DidKind.DONE]
        self.committer.commit([copied_object_step(seq, action, self.committer.run) for seq, action in copied])
        for _ in copied:
            self.progress.finished()
        return {seq for seq, _ in copied}

    def _send(self, numbered: Numbered) -> None:
        batch = Batch(self.committer, self.progress.clock)
        try:
            for result in self.bucket.upload(self._requests(numbered), self.stop):
                if result is not None:
                    self._take(result, batch)
                batch.flush_if_old()
                self.progress.report()
        finally:
            batch.flush()
        self.progress.report(last=True)

    def _requests(self, numbered: Numbered) -> Iterator[UploadRequest]:
        for seq, action in numbered:
            local = action.row.file
            source = self._open(action, local)
            if source is None:
                continue
            replaces = action.row.remote if action.kind is ActionKind.OVERWRITE else None
            progress = self.folder.progress_for(action.key, local.stamp)
            self._waiting[seq] = action, source.racy, progress
            yield UploadRequest(seq, action.key, source, local.stamp.mtime_ns, replaces, progress)

    def _open(self, action: Action, local: LocalEntry) -> Source | None:
        """None if there is nothing to be sent, which has been told then."""
        outcome = Outcome(action, OutcomeKind.STALE, FILE_MOVED_ON)
        try:
            source = self.folder.open_source(local.path, local.stamp)
        except OSError as error:
            source = None
            outcome = Outcome(action, OutcomeKind.FAILED, f"cannot be read: {error.strerror or error}")
        if source is None:
            self.progress.finished()
            self.committer.tell(outcome)
        return source

    def _take(self, result: Uploaded | NotUploaded, batch: Batch) -> None:
        action, racy, progress = self._waiting.pop(result.seq)
        self.progress.finished()
        if isinstance(result, NotUploaded):
            self.unfinished.append(progress)
            self.committer.tell(Outcome(action, result.kind, result.detail))
        else:
            batch.add(uploaded_step(action, result, self.committer.run, racy=racy))


def _relocation(action: Action) -> Relocation:
    known = action.origin.record
    return Relocation(known.key, action.key, known.remote_hash, known.size_bytes)
