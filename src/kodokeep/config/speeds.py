"""How `bandwidth` is written: a speed, and others for parts of the day and of the week. Raises as `values` does."""

import re

from kodokeep.config.values import size
from kodokeep.model.bandwidth import EVERY_DAY, Bandwidth, Window

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEAST_BYTES_PER_S = 10 * 1024
"""Slower than this no transfer is ever done."""

EXPECTED = "a speed in bytes a second such as 10M, or 08:00-20:00 2M, 10M, or mon-fri 08:00-20:00 2M, sat-sun off"

_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_CLOCK = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"
_LIMITED = re.compile(
    rf"(?:(?P<days>{_DAY}(?:\s*-\s*{_DAY})?)\s+)?"
    rf"(?:(?P<start>{_CLOCK})\s*-\s*(?P<end>{_CLOCK}|24:00)\s+)?"
    r"(?P<limit>\S.*)"
)


def bandwidth(text: str) -> Bandwidth:
    """Limits by the time of day: windows first, then what holds otherwise."""
    windows: list[Window] = []
    otherwise: int | None = None
    parts = [part.strip() for part in re.split(r"[,\n]", text.strip())]
    for number, part in enumerate(parts, 1):
        try:
            limited = _limited(part.lower())
        except ValueError as error:
            if len(parts) == 1:
                raise
            raise ValueError(f"{error}; {f'not {part}' if part else 'one of them is empty'}") from None
        if isinstance(limited, Window):
            windows.append(limited)
        elif number == len(parts):
            otherwise = limited
        else:
            raise ValueError(f"{part} at the end: it holds at all other times")
    return Bandwidth(tuple(windows), otherwise)


def _limited(text: str) -> Window | int | None:
    """A window, or the limit of all other times."""
    found = _LIMITED.fullmatch(text)
    if found is None:
        raise ValueError(EXPECTED)
    bytes_per_s = _speed(found["limit"])
    if not found["start"] and not found["days"]:
        return bytes_per_s
    start, end = _minute(found["start"] or "00:00"), _minute(found["end"] or "24:00")
    if start == end:
        raise ValueError("a window that ends at another time than it starts")
    return Window(start, end, bytes_per_s, _days(found["days"]))


def _speed(text: str) -> int | None:
    if text == "off":
        return None
    try:
        bytes_per_s = size(text.removesuffix("/s"))
    except ValueError:
        raise ValueError(EXPECTED) from None
    if bytes_per_s < LEAST_BYTES_PER_S:
        raise ValueError("speeds of at least 10K a second, or off for no limit")
    return bytes_per_s


def _minute(text: str) -> int:
    hour, minute = map(int, text.split(":"))
    return hour * 60 + minute


def _days(text: str | None) -> frozenset[int]:
    if text is None:
        return EVERY_DAY
    first, _, last = text.replace(" ", "").partition("-")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return frozenset((start + step) % 7 for step in range((end - start) % 7 + 1))
