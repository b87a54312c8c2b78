"""Intents: the placements of the open batch, the only pending thing in the state (rule 10)."""

from collections.abc import Sequence
from itertools import chain

import msgspec

from kodokeep.model.outcome import Step
from kodokeep.state.database import Damaged, Database

_ROW_STEPS = 250  # a row each takes nearly twice the time, one row for all megabytes of buffers

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[Step, ...])


class IntentTable:
    """The table `intents`: steps, whole, in the order they were handed in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, steps: Sequence[Step]) -> None:
        """Append; inside the caller's transaction."""
        starts = range(0, len(steps), _ROW_STEPS)
        rows = ((_ENCODER.encode(steps[start : start + _ROW_STEPS]),) for start in starts)
        self._database.execute_many("INSERT INTO intents (steps) VALUES (?)", rows)

    def all(self) -> tuple[Step, ...]:
        """The open batch. Raises StateUnusable if it cannot be read any more."""
        rows = self._database.rows("SELECT steps FROM intents ORDER BY position")
        try:
            return tuple(chain.from_iterable(_DECODER.decode(payload) for (payload,) in rows))
        except msgspec.MsgspecError as error:
            raise Damaged(self._database.file, error) from error

    def pending(self) -> bool:
        """True if a batch is open."""
        return bool(self._database.row("SELECT EXISTS (SELECT 1 FROM intents)")[0])

    def clear(self) -> None:
        """The batch is committed; inside the caller's transaction."""
        self._database.execute("DELETE FROM intents")
