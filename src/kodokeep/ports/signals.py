"""How a run is spoken with while it works: what it tells, and how it is asked to end."""

from collections.abc import Callable
from typing import Protocol

from kodokeep.model.event import Event

Emit = Callable[[Event], None]
"""Tells all listeners; must be called from one thread only."""


class StopSignal(Protocol):
    """Set once when the user asks for an orderly end."""

    def is_set(self) -> bool:
        """True once the run should take up nothing new."""
