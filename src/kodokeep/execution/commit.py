"""Commit: the one writer. A batch of steps becomes durable in the order of rule 1, and survives a crash by rule 10."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import ActionFinished, Notice, NoticeKind
from kodokeep.model.key import NotAKey, decode
from kodokeep.model.outcome import Outcome, OutcomeKind, Placed, PlacedKind, Step, Version
from kodokeep.ports import Emit, Folder, RunLog, State

_OUTCOME = {
    PlacedKind.DONE: OutcomeKind.DONE,
    PlacedKind.STALE: OutcomeKind.STALE,
    PlacedKind.FAILED: OutcomeKind.FAILED,
}


@dataclass(frozen=True, slots=True)
class Committer:
    """Performs steps and records them. `emit` hears of an action only after its commit is durable."""

    run: str
    folder: Folder
    state: State
    log: RunLog
    emit: Emit

    def commit(self, steps: Sequence[Step]) -> list[tuple[Step, Outcome]]:
        """Temps are written → sync → intents → renames → sync → run log → state, then the outcomes are told.

        Returns what became of each step. Raises FolderFull; whatever was begun is then settled by the next run.
        """
        if not steps:
            return []
        moving = [step for step in steps if step.placement is not None]
        placed: list[Placed | None] = [None] * len(steps)
        if moving:
            self.folder.sync()
            self.state.intend(moving)
            placed = self._placed(steps)
            self.folder.sync()
            self.folder.settle_clock()
        results = [self._finished(step, found) for step, found in zip(steps, placed, strict=True)]
        self._record([step for step, outcome in results if outcome.kind is OutcomeKind.DONE])
        self._record_versions([step.version for step, outcome in results if self._is_stranded(step, outcome)])
        self.folder.forget_claims()
        for step, outcome in results:
            if step.last:
                self.tell(outcome)
        return results

    def tell(self, outcome: Outcome) -> None:
        """An action has its outcome: of itself, or because it came to no step."""
        if outcome.kind is not OutcomeKind.DONE:
            self.log.outcome(outcome)
        self.emit(ActionFinished(outcome))

    def learn(self, fetched: Sequence[RemoteEntry]) -> None:
        """Remember what objects hold that were fetched in vain, so that the next run need not fetch them again."""
        if fetched:
            self.state.learn(fetched)

    def settle(self, crashed_run: str) -> None:
        """Finish or undo the open batch of a crashed run, and record what it left in history (rules 10, 11)."""
        steps = self.state.intents()
        settled = [(step, self.folder.settle(step.placement)) for step in steps if step.placement is not None]
        done = [_with_stamp(step, placed) for step, placed in settled if placed.kind is PlacedKind.DONE]
        if steps:
            self.folder.sync()
            self._record(done)
        self._record_versions(self._unrecorded(crashed_run))
        self.state.close_unfinished(crashed_run)
        notice = Notice(NoticeKind.SETTLED_CRASH, crashed_run, f"{len(done)} finished, {len(steps) - len(done)} undone")
        self.log.notice(notice)
        self.emit(notice)

    def recover_parked(self) -> None:
        """What still waits outside the tree, because the place it was to take was taken, goes to history."""
        self._record_versions([self._recovered(*found, self.run) for found in self.folder.recover_parked(self.run)])

    def _placed(self, steps: Sequence[Step]) -> list[Placed | None]:
        """What became of each placement. What was to prepare an action and did not come to pass ends all of it."""
        ended: dict[int, Placed] = {}
        found = []
        for step in steps:
            placed = ended.get(step.seq)
            if placed is None and step.placement is not None:
                placed = self.folder.place(step.placement)
                if not step.last and placed.kind is not PlacedKind.DONE:
                    ended[step.seq] = placed
            found.append(placed)
        return found

    def _record(self, done: Sequence[Step]) -> None:
        for step in done:
            self.log.step(step)
        self.log.sync()
        self.state.commit(self.run, done)

    def _record_versions(self, versions: Sequence[Version | None]) -> None:
        """Versions that no step brings along."""
        found = [version for version in versions if version is not None]
        if found:
            self.log.versions(found)
            self.log.sync()
            self.state.add_versions(found)

    def _is_stranded(self, step: Step, outcome: Outcome) -> bool:
        """True if the old file went to history, and then somebody took its place before the new one could."""
        version = step.version
        return version is not None and outcome.kind is not OutcomeKind.DONE and self.folder.has_file(version.location)

    def _finished(self, step: Step, placed: Placed | None) -> tuple[Step, Outcome]:
        if placed is None:
            return step, Outcome(step.action, OutcomeKind.DONE, step.detail, step.adopted, step.copied)
        if placed.kind is PlacedKind.DONE and step.synced is not None and step.placement is not None:
            # the last look at the file, after every rename and the sync (rule 13); gone already: its record stays
            placed = self.folder.restamp(step.placement.path) or placed
        outcome = Outcome(step.action, _OUTCOME[placed.kind], placed.detail or step.detail, step.adopted, step.copied)
        return _with_stamp(step, placed), outcome

    def _unrecorded(self, run: str) -> list[Version]:
        """History files of a crashed run that no version refers to: nothing in history may be out of reach."""
        return [
            self._recovered(*found, run)
            for found in self.folder.unrecorded_history(run)
            if not self.state.has_version_at(found[0])
        ]

    def _recovered(self, location: str, path: str, size_bytes: int, mtime_ns: int, run: str) -> Version:
        try:
            key = decode(path)
        except NotAKey:
            key = path
        return Version(key, path, location, size_bytes, mtime_ns, "", "", None, "", 0, (), "", run, "recovered")


def _with_stamp(step: Step, placed: Placed) -> Step:
    if step.synced is None or placed.stamp is None:
        return step
    return replace(step, synced=replace(step.synced, stamp=placed.stamp, racy=placed.racy))
