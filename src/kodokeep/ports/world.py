"""All of it together, as one run has it."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, time

from kodokeep.ports.bucket import Bucket
from kodokeep.ports.folder import Folder
from kodokeep.ports.signals import Emit, StopSignal
from kodokeep.ports.state import State


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside that a run touches. `clock` only ever goes forward, `now_s` is the time of day (Unix time)."""

    bucket: Bucket
    folder: Folder
    state: State
    emit: Emit
    stop: StopSignal
    clock: Callable[[], float] = monotonic
    now_s: Callable[[], float] = time
