"""How fast bytes may travel, by the time of day. Downloads and uploads together."""

from dataclasses import dataclass

MINUTES_A_DAY = 24 * 60
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the day with a limit of its own; `bytes_per_s` None means none.

    From `start_minute` up to `end_minute` after midnight; one that ends before it starts goes over midnight, and
    belongs to the day that it starts on. `days` are weekdays, 0 is Monday.
    """

    start_minute: int
    end_minute: int
    bytes_per_s: int | None
    days: frozenset[int] = EVERY_DAY

    def covers(self, weekday: int, minute: int) -> bool:
        """True if it is in force at this minute of a day of this kind."""
        if self.start_minute < self.end_minute:
            return weekday in self.days and self.start_minute <= minute < self.end_minute
        if minute >= self.start_minute:
            return weekday in self.days
        return (weekday - 1) % 7 in self.days and minute < self.end_minute


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """The first window that covers a moment is in force, else `otherwise`; None is no limit.

    `zone` is an IANA name, None for this machine's.
    """

    windows: tuple[Window, ...] = ()
    otherwise: int | None = None
    zone: str | None = None

    @property
    def limited(self) -> bool:
        """True if there is a limit at any time."""
        return any(limit is not None for limit in (self.otherwise, *(window.bytes_per_s for window in self.windows)))

    def limit(self, weekday: int, minute: int) -> int | None:
        """Bytes a second at this minute of the day; 0 is Monday."""
        for window in self.windows:
            if window.covers(weekday, minute):
                return window.bytes_per_s
        return self.otherwise


UNLIMITED = Bandwidth()
