"""Numbered actions, as a plan gives them out: one by one, or in chunks where the bucket is asked about many at once."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from kodokeep.model.action import Action
from kodokeep.ports import StopSignal

Numbered = Iterable[tuple[int, Action]]
"""Actions with their numbers in the plan."""

Chunk = Sequence[tuple[int, Action]]
"""So many of them that they fit into memory."""

CHUNK_ACTIONS = 1000


def chunks(numbered: Numbered, stop: StopSignal | None = None) -> Iterator[Chunk]:
    """The actions chunk by chunk; each is read when the one before is done with, and none once `stop` is set."""
    pending = iter(numbered)
    while not (stop is not None and stop.is_set()) and (chunk := list(islice(pending, CHUNK_ACTIONS))):
        yield chunk
