"""`run --scheduled`: pairs one after the other, each when its time has come, again if that is worth it.

What belongs here: the order and the waits. What does not: the attempt itself, and what is said (`cli`).
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kodokeep import exits
from kodokeep.ports import StopSignal
from kodokeep.schedule.clock import Clock

STEP_S = 1.0
"""Small steps of the clock are corrections of what it showed."""


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """That a pair is to be run at a time; `place` orders those of one time. `tries` were made before."""

    at_s: float
    place: int
    name: str
    tries: int = 0


Attempted = tuple[int, float | None]
"""The exit code of an attempt, and when there is to be another one, if so."""


def take_turns(
    turns: Sequence[Turn],
    attempt: Callable[[Turn], Attempted],
    clock: Clock,
    stop: StopSignal,
    tell: Callable[[Turn, int], None],
) -> list[int]:
    """Make every attempt, and give the exit codes of those that were not repeated.

    No lock is held while it waits. `tell` is told of every wait, with the exit code that it follows. What is stopped
    ends with 130.
    """
    waiting = list(turns)
    heapq.heapify(waiting)
    for turn in sorted(waiting):
        if turn.at_s > clock.now_s():
            tell(turn, 0)
    codes: list[int] = []
    while waiting:
        turn = heapq.heappop(waiting)
        _wait(turn.at_s, clock, stop)
        if stop.is_set():
            return [*codes, exits.INTERRUPTED]
        code, again_s = attempt(turn)
        if again_s is None or stop.is_set():
            codes.append(code)
            continue
        following = replace(turn, at_s=again_s, tries=turn.tries + 1)
        heapq.heappush(waiting, following)
        tell(following, code)
    return codes


def _wait(at_s: float, clock: Clock, stop: StopSignal) -> None:
    """Until then by the clock on the wall. If it is set back, the wait is not longer for it."""
    looked_s = clock.now_s()
    while looked_s < at_s and not stop.is_set():
        clock.wait(at_s)
        now_s = clock.now_s()
        if now_s < looked_s - STEP_S:
            at_s -= looked_s - now_s
        looked_s = now_s
