"""Intents: the placements of the open batch, the only pending thing in the state (rule 10)."""

from collections.abc import Iterable

import msgspec

from kodokeep.model.outcome import Step
from kodokeep.state.database import Damaged, Database

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Step)


class IntentTable:
    """The table `intents`: steps, whole, in the order they were handed in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, steps: Iterable[Step]) -> None:
        """Append; inside the caller's transaction."""
        self._database.execute_many(
            "INSERT INTO intents (step) VALUES (?)", ((_ENCODER.encode(step),) for step in steps)
        )

    def all(self) -> tuple[Step, ...]:
        """The open batch. Raises StateUnusable if it cannot be read any more."""
        rows = self._database.rows("SELECT step FROM intents ORDER BY position")
        try:
            return tuple(_DECODER.decode(payload) for (payload,) in rows)
        except msgspec.MsgspecError as error:
            raise Damaged(self._database.file, error) from error

    def clear(self) -> None:
        """The batch is committed; inside the caller's transaction."""
        self._database.execute("DELETE FROM intents")
