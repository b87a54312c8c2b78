"""Archived and short-lived objects: what is remembered of a thaw that was asked for, and the rules that end lives.

Times are seconds since the epoch. What follows from them is decided in `planning`.
"""

from dataclasses import dataclass

from kodokeep.model.entry import RemoteEntry

DAY_S = 86_400
CLOCK_SKEW_S = 15 * 60
"""How far this machine's clock and Kodo's may be apart (protocol §2.2); more is refused."""

THAW_TAKES_S = {2: (60, 300), 3: (5 * 3600, 12 * 3600)}
"""How long thawing takes at least and at most, by storage type (protocol §4, restoreAr)."""


@dataclass(frozen=True, slots=True)
class Thaw:
    """That Kodo was asked to thaw just this content. It can be read from `ready_s` on at the latest, up to `until_s` at
    least: Kodo does not tell whether the days count from the asking, so the earlier end is taken.
    """

    remote: RemoteEntry
    asked_s: int
    ready_s: int
    until_s: int

    @classmethod
    def asked(cls, remote: RemoteEntry, now_s: float, days: int) -> "Thaw":
        """One that was asked for just now, for so many days."""
        asked_s = int(now_s)
        return cls(remote, asked_s, asked_s + THAW_TAKES_S[remote.storage_type][1], asked_s + days * DAY_S)

    def is_on(self, now_s: int) -> bool:
        """True if its window is not over. One that was asked for in the future is the work of a wrong clock."""
        return self.asked_s <= now_s + CLOCK_SKEW_S and now_s < self.until_s


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A lifecycle rule of the bucket: objects whose key starts with `prefix` are deleted after so many days."""

    prefix: str
    days: int
