"""Lifetimes: when Kodo deletes an object by itself, and whether that is what happened to one that is gone. Pure.

What belongs here: times. What does not: finding out what is not known (`execution.expiries`).
"""

from collections.abc import Iterable

from kodokeep.model.action import Action
from kodokeep.model.archive import DAY_S, Lifetime
from kodokeep.model.entry import NS_PER_S, SyncedEntry
from kodokeep.model.runid import began

CHINA_S = 8 * 3600
"""Kodo's days begin at midnight there (protocol §2.4, §7)."""

LAST_DAY_S = DAY_S
"""What went on the last day of its life is taken to have expired: a run's clock stands still at its beginning, may be
slow, and how rules round is not documented to the hour.
"""

OUTLIVED_S = 7 * DAY_S
"""Kodo deletes what has expired by and by; so long after it what still is there is not going to be deleted for that."""


def expiry_s(put_s: int, days: int) -> int:
    """When an object of then is deleted: after so many days, rounded up to the next midnight (protocol §2.4)."""
    return ((put_s + CHINA_S) // DAY_S + days + 1) * DAY_S - CHINA_S


def expires_by_rule(entry: SyncedEntry, rules: Iterable[Lifetime]) -> int | None:
    """When a rule of the bucket ends an object's life; None if none does.

    The one with the longest prefix counts (DOC 8609, 2025-07).
    """
    covering = [rule for rule in rules if entry.key.startswith(rule.prefix)]
    put_s = _put_s(entry)
    if not covering or put_s is None:
        return None
    return expiry_s(put_s, max(covering, key=lambda rule: len(rule.prefix)).days)


def _put_s(entry: SyncedEntry) -> int | None:
    """When the object was put. Of our own uploads no putTime is known, so the run that made them stands for it."""
    if entry.put_time_ns is not None:
        return entry.put_time_ns // NS_PER_S
    try:
        return int(began(entry.run).timestamp())
    except ValueError:
        return None


def is_over(entry: SyncedEntry, now_ns: int) -> bool:
    """True if Kodo was to delete the object by now, or is about to."""
    return entry.expires_s is not None and (entry.expires_s - LAST_DAY_S) * NS_PER_S <= now_ns


def was_outlived(entry: SyncedEntry, now_ns: int) -> bool:
    """True if an object that still is there was to be gone long ago: somebody gave it another lifetime since."""
    return entry.expires_s is not None and (entry.expires_s + OUTLIVED_S) * NS_PER_S <= now_ns


def deadline_s(action: Action, thawed_until_s: int | None, now_ns: int, within_s: int) -> int | None:
    """When the object of an action can be read no more, if that is soon: its thaw ends, or its lifetime does."""
    ends = [] if thawed_until_s is None else [thawed_until_s]
    expires_s = action.row.remote.expires_s if action.row.remote is not None else None
    if expires_s is not None and expires_s * NS_PER_S <= now_ns + within_s * NS_PER_S:
        ends.append(expires_s)
    return min(ends, default=None)
