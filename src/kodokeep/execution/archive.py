"""The archive: what the bucket is about to lose is downloaded, verified and durable in history first (rule 25).

What belongs here: bringing the contents of a chunk of actions into history. What does not: the changes of the bucket
that follow (`uploads`, `removals`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kodokeep.execution.commit import Committer
from kodokeep.execution.numbered import Chunk, Numbered
from kodokeep.execution.object_steps import archive_step
from kodokeep.execution.progress import Progress
from kodokeep.execution.steps import adopted_step
from kodokeep.model.action import Action, ActionKind
from kodokeep.model.entry import same_content
from kodokeep.model.outcome import DownloadRequest, Fetched, NotFetched, Outcome, OutcomeKind, Step
from kodokeep.ports import Bucket, Folder, StopSignal

MOVED_ON = "the object changed since it was listed"


@dataclass(slots=True)
class Archive:
    """Saves contents of objects that are about to be overwritten or deleted."""

    bucket: Bucket
    folder: Folder
    committer: Committer
    progress: Progress
    stop: StopSignal
    unfinished_temps: list[str] = field(default_factory=list)

    def save(self, chunk: Chunk) -> Chunk:
        """Those actions of the chunk whose objects are in history now; what became of the others has been told.

        An object that turns out to hold just what would replace it is recorded as adopted. Raises FolderFull and the
        errors of Bucket.download, after what finished is committed.
        """
        kept = {seq: action for seq, action in chunk if self._is_kept(action)}
        waiting = {seq: action for seq, action in chunk if seq not in kept}
        steps: list[Step] = []
        try:
            for result in self.bucket.download(self._requests(waiting), self.stop):
                if result is not None:
                    steps += self._step(waiting.pop(result.request.seq), result)
                self.progress.report()
        finally:
            saved = self.committer.commit(steps)
        return [*kept.items(), *((step.seq, step.action) for step, outcome in saved if self._goes_on(step, outcome))]

    def kept_bytes(self, numbered: Numbered) -> int:
        """Bytes that these actions need not fetch, because an earlier run did."""
        return sum(action.fetched_bytes for _, action in numbered if self._is_kept(action))

    def _is_kept(self, action: Action) -> bool:
        """True if an earlier run saved just this content, and then could not do what it had saved it for."""
        return any(map(self.folder.has_file, self.committer.state.locations_of(action.row.object)))

    def _requests(self, waiting: dict[int, Action]) -> Iterator[DownloadRequest]:
        for seq, action in list(waiting.items()):
            if not self.progress.lets_go_on(action, self.committer):
                del waiting[seq]
                continue
            remote = action.row.object
            yield DownloadRequest(seq, remote, self.folder.temp_for(remote))

    def _step(self, action: Action, result: Fetched | NotFetched) -> list[Step]:
        if isinstance(result, NotFetched):
            self.unfinished_temps.append(result.request.temp)
            self.committer.tell(Outcome(action, result.kind, result.detail))
            return []
        if not same_content(result.remote, action.row.object):
            self.committer.tell(Outcome(action, OutcomeKind.STALE, MOVED_ON))
            return []
        content = action.content
        if action.kind is ActionKind.OVERWRITE and content and content.content_hash == result.content_hash:
            return [adopted_step(action, result, self.committer.run)]
        return [archive_step(result.request.seq, action, result, self.committer.run, self.folder)]

    def _goes_on(self, step: Step, outcome: Outcome) -> bool:
        if step.last:
            return False
        if outcome.kind is OutcomeKind.DONE:
            return True
        self.committer.tell(outcome)
        return False
