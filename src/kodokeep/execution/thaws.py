"""Thaws: archived objects that a plan needs are asked to thaw, many at a time; a later run fetches them.

What belongs here: asking, and remembering that it was asked. What does not: who needs to be thawed (`planning`), what
the answers mean (`kodo`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kodokeep.errors import Unreachable
from kodokeep.execution.commit import Committer
from kodokeep.execution.numbered import Numbered, chunks
from kodokeep.execution.traffic import Traffic
from kodokeep.model.action import Action
from kodokeep.model.archive import THAW_TAKES_S, Thaw
from kodokeep.model.outcome import Did, DidKind, Outcome, OutcomeKind
from kodokeep.ports import Bucket, StopSignal

_OUTCOMES = {DidKind.GONE: OutcomeKind.STALE, DidKind.TAKEN: OutcomeKind.STALE, DidKind.FAILED: OutcomeKind.FAILED}
_SOON_S = 3600


@dataclass(frozen=True, slots=True)
class Thaws:
    """THAW of one run."""

    bucket: Bucket
    committer: Committer
    traffic: Traffic
    days: int
    stop: StopSignal

    def perform(self, numbered: Numbered) -> None:
        """Ask, remember, tell; nothing is waited for. Raises KodoError, FolderFull, Interrupted.

        If nobody answers that has failed, and what can be fetched already is not kept from it.
        """
        for chunk in chunks(numbered, self.stop):
            actions = [action for _, action in chunk]
            try:
                dids = self.bucket.thaw_many([action.row.object for action in actions], self.days, self.stop)
            except Unreachable as error:
                self._tell(actions, [Did(DidKind.FAILED, error.message)] * len(actions))
                return
            asked = [action.row.object for action, did in zip(actions, dids, strict=True) if did.kind is DidKind.DONE]
            if asked:
                now_s = self.traffic.now_s()
                thaws = [Thaw.asked(remote, now_s, self.days) for remote in asked]
                self.committer.state.ledger.remember_thaws(thaws, self.traffic.month.name)
            self._tell(actions, dids)

    def _tell(self, actions: Sequence[Action], dids: Sequence[Did]) -> None:
        for action, did in zip(actions, dids, strict=True):
            self.committer.tell(Outcome(action, *_told(did, action.row.object.storage_type, self.days)))


def _told(did: Did, storage_type: int, days: int) -> tuple[OutcomeKind, str]:
    if did.kind is not DidKind.DONE:
        return _OUTCOMES[did.kind], did.detail
    shortest_s, longest_s = THAW_TAKES_S[storage_type]
    hours = shortest_s >= _SOON_S
    unit_s, unit = (3600, "hours") if hours else (60, "minutes")
    takes = f"{shortest_s // unit_s} to {longest_s // unit_s} {unit}"
    return OutcomeKind.THAWING, f"asked for now; it takes {takes}, then the object can be read for {days} d"
