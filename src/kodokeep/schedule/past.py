"""What was attempted: by the journal; if that cannot be used, by the runs of the state and by what was seen here."""

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from kodokeep.errors import StateUnusable
from kodokeep.model.options import PairOptions
from kodokeep.model.record import Attempt
from kodokeep.pair import journal_key
from kodokeep.state.journal import Journal
from kodokeep.status import pair_status

LOOKED_AT = 50
"""So many of the newest attempts: enough to get behind those of a clock that was wrong."""

SEEN = 10
"""More than the tries for one time."""


class PairPast(NamedTuple):
    """The attempts, newest first, and since when the pair has been known."""

    attempts: Sequence[Attempt]
    known_since_s: float


class Past:
    """The past of pairs. `trouble` is told once why the journal cannot be used."""

    def __init__(self, journal: Journal, trouble: Callable[[str], None]) -> None:
        self._journal = journal
        self._trouble = trouble
        self._told = False
        self._seen: defaultdict[str, deque[Attempt]] = defaultdict(lambda: deque(maxlen=SEEN))
        self._met_s: dict[str, float] = {}

    def of(self, pair: PairOptions, now_s: float) -> PairPast:
        """What is known of the pair."""
        identity = journal_key(pair)
        met_s = self._met_s.setdefault(identity, now_s)
        journalled: Sequence[Attempt] = []
        try:
            met_s = self._journal.known_since(identity, now_s)
            journalled = self._journal.attempts(identity, LOOKED_AT)
            self._told = False
        except StateUnusable as error:
            self._tell(error.message)
            # Else whoever looks once, as `run --due` does, would believe for ever that nothing is due yet.
            journalled = pair_status(pair, datetime.fromtimestamp(now_s, UTC)).past.attempts
        unwritten = [seen for seen in self._seen[identity] if not _holds(journalled, seen)]
        return PairPast(sorted([*journalled, *unwritten], key=lambda each: each.started_s, reverse=True), met_s)

    def saw(self, identity: str, attempt: Attempt) -> bool:
        """An attempt at the pair with this identity was made, and is over. False if it surely is not on record."""
        self._seen[identity].append(attempt)
        try:
            return _holds(self._journal.attempts(identity, LOOKED_AT), attempt)
        except StateUnusable as error:
            self._tell(error.message)
            return True

    def _tell(self, message: str) -> None:
        if not self._told:
            self._told = True
            self._trouble(message)


def _holds(journalled: Sequence[Attempt], seen: Attempt) -> bool:
    """True if an attempt that was seen is on record, with its end: it began when that was seen to go on."""
    ended_s = seen.started_s if seen.ended_s is None else seen.ended_s
    return any(seen.started_s <= each.started_s <= ended_s and each.exit is not None for each in journalled)
