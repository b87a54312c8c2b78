"""How far what passed in each ten seconds is from what may pass then. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.relay import BIN_S

WINDOW_S = 10
SHIFT_S = 0.1
SETTLED_S = 1.0
"""A window begins no earlier than this after the first byte, or after a limit begins."""


@dataclass(frozen=True, slots=True)
class Phase:
    """From `starts_s` (of `time.time`) on so many bytes a second are allowed; None is no limit."""

    starts_s: float
    bytes_per_s: int | None


def errors(counted: Mapping[int, int], phases: Sequence[Phase], settled_s: float = SETTLED_S) -> Iterator[float]:
    """For each window, by how much it has more than it may."""
    first, last = min(counted), max(counted)
    sums = [0]
    for number in range(first, last):
        sums.append(sums[-1] + counted.get(number, 0))
    window, step = round(WINDOW_S / BIN_S), round(SHIFT_S / BIN_S)
    allowed = _allowed(phases)
    for start in range(round(settled_s / BIN_S), len(sums) - window, step):
        begins_s = (first + start) * BIN_S
        expected = allowed(begins_s, settled_s)
        if expected is not None:
            yield (sums[start + window] - sums[start]) / expected - 1


def _allowed(phases: Sequence[Phase]) -> Callable[[float, float], float | None]:
    """Bytes that a window may have that begins then; None if no limit holds, or none that has settled."""

    def allowed(begins_s: float, settled_s: float) -> float | None:
        total = 0.0
        for number, phase in enumerate(phases):
            ends_s = phases[number + 1].starts_s if number + 1 < len(phases) else begins_s + WINDOW_S
            share_s = min(ends_s, begins_s + WINDOW_S) - max(phase.starts_s, begins_s)
            if share_s <= 0:
                if phase.bytes_per_s is None and begins_s - ends_s < settled_s:
                    return None
                continue
            if phase.bytes_per_s is None:
                return None
            total += phase.bytes_per_s * share_s
        return total

    return allowed
