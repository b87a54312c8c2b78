"""Moves: renames of one side, followed on the other without moving a byte (rule 20).

What belongs here: going through the stages, and parking what closes a cycle. What does not: finding renames
(`renames`), what a cycle left behind that was cut off (`parking`), moving a file (`local`), the bucket's calls
(`kodo`).

Moves of one stage are independent of each other; those of the next find their places free because of them. If one is
stale, those that waited for it are, too: no move ever takes a place that is not free.
"""

from dataclasses import dataclass, field
from itertools import groupby

from kodokeep.execution.batch import Batch
from kodokeep.execution.commit import Committer
from kodokeep.execution.numbered import Chunk, Numbered, chunks
from kodokeep.execution.object_steps import moved_object_step
from kodokeep.execution.parking import bring_home
from kodokeep.execution.plan import Plan
from kodokeep.execution.steps import moved_file_step, parked_file_step
from kodokeep.model.action import Action, ActionKind
from kodokeep.model.outcome import DidKind, Outcome, OutcomeKind, Parked, Relocation
from kodokeep.model.parking import parking_key
from kodokeep.ports import Bucket, Folder, State, StopSignal, World

_OUTCOMES = {DidKind.GONE: OutcomeKind.STALE, DidKind.TAKEN: OutcomeKind.STALE, DidKind.FAILED: OutcomeKind.FAILED}
_SURELY_NOT = (DidKind.GONE, DidKind.TAKEN)


def move(world: World, committer: Committer, plan: Plan, prefix: str) -> None:
    """Perform MOVE_OBJECT, then MOVE; the two never meet, as each needs the other side unchanged. Raises KodoError."""
    state = world.state
    objects = ObjectMoves(world.bucket, state, committer, world.stop, prefix)
    objects.park(_parking(plan.moves(state, ActionKind.MOVE_OBJECT)))
    objects.perform(plan.moves(state, ActionKind.MOVE_OBJECT))
    files = FileMoves(world.folder, committer, world.stop)
    files.park(_parking(plan.moves(state, ActionKind.MOVE)))
    files.perform(plan.moves(state, ActionKind.MOVE))


@dataclass(slots=True)
class FileMoves:
    """MOVE: files follow their objects to other keys."""

    folder: Folder
    committer: Committer
    stop: StopSignal
    _parked: dict[int, str] = field(default_factory=dict)

    def park(self, numbered: Numbered) -> None:
        """Make room for the cycles: one file of each waits outside the tree."""
        batch = Batch(self.committer)
        for seq, action in numbered:
            if self.stop.is_set():
                break
            self._parked[seq] = self.folder.parking_path(action.origin.key)
            batch.add(parked_file_step(seq, action, self._parked[seq], self.folder))
        batch.flush()

    def perform(self, numbered: Numbered) -> None:
        """All moves, by stage. What is parked is brought home even after `stop` is set."""
        batch = Batch(self.committer)
        for seq, action in numbered:
            if self.stop.is_set() and not (action.parks and seq in self._parked):
                continue
            from_path = self._parked.pop(seq, action.origin.file.path)
            batch.add(moved_file_step(seq, action, (from_path, self._target(action)), self.committer.run, self.folder))
        batch.flush()
        self.committer.recover_parked()

    def _target(self, action: Action) -> str:
        """The path of the file that leaves the key before, claimed, as one that is parked has left it free for a
        directory of another move; else a free one.
        """
        recorded = action.row.local.path if action.row.local is not None else None
        return self.folder.allocate(action.key, recorded, leaving=action.origin.file.path)


@dataclass(slots=True)
class ObjectMoves:
    """MOVE_OBJECT: objects follow their files to other keys."""

    bucket: Bucket
    state: State
    committer: Committer
    stop: StopSignal
    prefix: str
    _parked: dict[int, Parked] = field(default_factory=dict)

    def park(self, numbered: Numbered) -> None:
        """Make room for the cycles: one object of each waits under a reserved key. Raises KodoError.

        Its record stays: should the run be cut off, the object goes back to where it was, and nothing has changed.
        """
        for chunk in chunks(numbered, self.stop):
            parked = {seq: self._parking(seq, action) for seq, action in chunk}
            self.state.park(list(parked.values()))
            results = self.bucket.move_many([_to_parking(each) for each in parked.values()], self.stop)
            for (seq, action), did in zip(chunk, results, strict=True):
                if did.kind is DidKind.DONE:
                    self._parked[seq] = parked[seq]
                else:
                    self.committer.tell(Outcome(action, _OUTCOMES[did.kind], did.detail))
            # One that FAILED may wait there all the same: its record stays until that is known.
            refused = [each for each, did in zip(parked.values(), results, strict=True) if did.kind in _SURELY_NOT]
            self.state.unpark([each.parking_key for each in refused])

    def perform(self, numbered: Numbered) -> None:
        """All moves, by stage. What is parked is brought home even after `stop` is set. Raises KodoError."""
        for _, stage in groupby(numbered, key=lambda item: item[1].stage):
            for chunk in chunks(stage):
                self._move([item for item in chunk if self._goes_on(item)])

    def _goes_on(self, item: tuple[int, Action]) -> bool:
        seq, action = item
        return seq in self._parked or not (action.parks or self.stop.is_set())

    def _move(self, chunk: Chunk) -> None:
        moves = [self._relocation(seq, action) for seq, action in chunk]
        results = self.bucket.move_many(moves, None if self._parked else self.stop) if moves else []
        done = []
        for (seq, action), did in zip(chunk, results, strict=True):
            if did.kind is DidKind.DONE:
                done.append(moved_object_step(seq, action, self.committer.run))
            else:
                self.committer.tell(Outcome(action, _OUTCOMES[did.kind], did.detail))
        self.committer.commit(done)
        self._leave_parking(chunk, {step.seq for step in done})

    def _leave_parking(self, chunk: Chunk, done: set[int]) -> None:
        parked = [(seq, self._parked.pop(seq)) for seq, action in chunk if action.parks]
        self.state.unpark([each.parking_key for seq, each in parked if seq in done])
        bring_home(self.bucket, self.state, [each for seq, each in parked if seq not in done])

    def _relocation(self, seq: int, action: Action) -> Relocation:
        parked = self._parked.get(seq)
        if parked is not None:
            return Relocation(parked.parking_key, parked.target_key, parked.hash, parked.size_bytes)
        remote = action.origin.object
        return Relocation(remote.key, action.key, remote.hash, remote.size_bytes)

    def _parking(self, seq: int, action: Action) -> Parked:
        remote = action.origin.object
        reserved = parking_key(self.prefix, self.committer.run, seq)
        return Parked(reserved, remote.key, action.key, remote.hash, remote.size_bytes)


def _to_parking(each: Parked) -> Relocation:
    return Relocation(each.home_key, each.parking_key, each.hash, each.size_bytes)


def _parking(numbered: Numbered) -> Numbered:
    return ((seq, action) for seq, action in numbered if action.parks)
