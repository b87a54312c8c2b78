"""Downloads: what the folder lacks comes from the bucket, or from the folder's own copy, batch by batch.

What belongs here: what a fetched object means for its action. HTTP is in `kodo`, files in `local`, the steps' form in
`steps`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from kodokeep.errors import FolderFull, Interrupted, KodoError
from kodokeep.execution.batch import Batch
from kodokeep.execution.commit import Committer
from kodokeep.execution.conflicts import ConflictFiles
from kodokeep.execution.numbered import Numbered
from kodokeep.execution.progress import Progress
from kodokeep.execution.steps import adopted_step, conflict_steps, place_step
from kodokeep.model.action import Action, ActionKind, Reason
from kodokeep.model.outcome import DownloadRequest, Fetched, NotFetched, Outcome, OutcomeKind, Step, Verification
from kodokeep.ports import Bucket, Folder, StopSignal


@dataclass(slots=True)
class Downloads:
    """DOWNLOAD, REPLACE and CONFLICT of one run. `accept_unsynced` lets an unverifiable object replace a file that
    differs from it. `conflict_files` takes the local contents that lost their key.
    """

    bucket: Bucket
    folder: Folder
    committer: Committer
    progress: Progress
    stop: StopSignal
    conflict_files: ConflictFiles
    accept_unsynced: bool = False
    unfinished_temps: list[str] = field(default_factory=list)
    _waiting: dict[int, Action] = field(default_factory=dict)

    def perform(self, numbered: Numbered) -> None:
        """Fetch, verify, place and commit; what finished is committed even if the disk fills up or Kodo gives out.

        Raises FolderFull and the errors of Bucket.download.
        """
        batch = Batch(self.committer, self.progress.clock)
        try:
            for result in self.bucket.download(self._requests(numbered, batch), self.stop):
                if result is not None:
                    self._take(result, batch)
                batch.flush_if_old()
                self.progress.report()
        except (FolderFull, KodoError, Interrupted):
            batch.flush()
            raise
        batch.flush()
        self.progress.report(last=True)

    def _requests(self, numbered: Numbered, batch: Batch) -> Iterator[DownloadRequest]:
        """Ask for what cannot be copied within the folder (rule 27)."""
        for seq, action in numbered:
            if self.stop.is_set():
                return
            if not self.progress.lets_go_on(action, self.committer):
                continue
            remote = action.row.object
            request = DownloadRequest(seq, remote, self.folder.temp_for(remote))
            self._waiting[seq] = action
            copied = self._copied(request, action) if action.copies else None
            if copied is None:
                yield request
            else:
                self._take(copied, batch, copied=True)
                batch.flush_if_old()
                self.progress.report()

    def _copied(self, request: DownloadRequest, action: Action) -> Fetched | None:
        """The content from the folder's other file, if that still is what it was when both sides agreed on it."""
        known = action.origin.record
        content = self.folder.copy_to_temp(known.path, request.temp)
        if content is None or content.content_hash != known.content_hash:
            return None
        return Fetched(request, request.remote, content.content_hash, Verification.HASH, 0)

    def _take(self, result: Fetched | NotFetched, batch: Batch, *, copied: bool = False) -> None:
        action = self._waiting.pop(result.request.seq)
        self.progress.finished()
        if isinstance(result, NotFetched):
            self.unfinished_temps.append(result.request.temp)
            self.committer.tell(Outcome(action, result.kind, result.detail))
            return
        try:
            steps = self._steps(action, result)
        except OSError as error:
            detail = f"cannot be placed: {error.strerror or error}"
            self.committer.tell(Outcome(action, OutcomeKind.FAILED, detail))
            return
        if not steps:
            batch.learn(replace(result.remote, content_hash=result.content_hash))
            self.committer.tell(Outcome(action, OutcomeKind.HELD, "the local file differs and was never synced"))
        else:
            batch.add(*steps[:-1], replace(steps[-1], copied=True) if copied else steps[-1])

    def _steps(self, action: Action, fetched: Fetched) -> list[Step]:
        """Nothing: an object that no hash can vouch for turned out to differ from a file that was never synced."""
        content = action.content
        same = content is not None and content.content_hash == fetched.content_hash
        if same and (action.kind is ActionKind.CONFLICT or action.reason is Reason.UNVERIFIABLE):
            return [adopted_step(action, fetched, self.committer.run)]
        if action.kind is ActionKind.CONFLICT:
            place = self.conflict_files.place_for(action)
            return conflict_steps(action, fetched, place, self.committer.run, self.folder)
        if action.kind is ActionKind.DOWNLOAD and action.reason is Reason.UNVERIFIABLE and not self.accept_unsynced:
            return []
        return [place_step(action, fetched, self.committer.run, self.folder)]
