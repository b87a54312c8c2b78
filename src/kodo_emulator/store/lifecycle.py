"""What time makes of an object: expiry, transitions, and the dates that a bucket's rules give. Pure functions."""

from collections.abc import Sequence

import msgspec

from kodo_emulator.clock import TICKS_PER_SECOND
from kodo_emulator.protocol.lifetimes import expiry_s, is_colder
from kodo_emulator.store.interface import LifecycleRule, StoredObject


def aged(stored: StoredObject, now_s: float) -> StoredObject | None:
    """The object as it is at `now_s`; None when it has expired."""
    if stored.expires_s is not None and now_s >= stored.expires_s:
        return None
    if not stored.transitions or now_s < stored.transitions[0][1]:
        return stored
    due = [transition for transition in stored.transitions if now_s >= transition[1]]
    for kind, begins_s in due:
        if is_colder(kind, stored.kind):  # [unv transition-to-warmer]
            changed = max(stored.last_modify, begins_s * TICKS_PER_SECOND)
            stored = msgspec.structs.replace(stored, kind=kind, last_modify=changed, thaw_ready_s=None, thaw_end_s=None)
    return msgspec.structs.replace(stored, transitions=stored.transitions[len(due) :])


def next_change_s(stored: StoredObject) -> int | None:
    """When time changes the object next, in Unix seconds; None: never."""
    dates = [begins_s for _, begins_s in stored.transitions[:1]]
    if stored.expires_s is not None:
        dates.append(stored.expires_s)
    return min(dates, default=None)


def with_transition(stored: StoredObject, kind: int, begins_s: int | None) -> StoredObject:
    """The object with another date of its transition to `kind`; None: without one."""
    others = [transition for transition in stored.transitions if transition[0] != kind]
    if begins_s is not None:
        others.append((kind, begins_s))
    return msgspec.structs.replace(stored, transitions=tuple(sorted(others, key=lambda transition: transition[1])))


def with_rules(stored: StoredObject, rules: Sequence[LifecycleRule]) -> StoredObject:
    """A new object with the dates of the one rule that covers it: the one with the longest prefix (DOC 8609, 2025-07).

    Rules mark objects when they are put, so rules that change or go later do not reach them (same source). Dates that
    an object has of its own stay [unv rule-and-own-date].
    """
    covering = [rule for rule in rules if stored.key.startswith(rule.prefix)]
    if not covering:
        return stored
    rule = max(covering, key=lambda rule: len(rule.prefix))
    put_s = stored.put_time / TICKS_PER_SECOND
    own = {kind for kind, _ in stored.transitions}
    for kind, days in _transition_days(rule):
        if days and kind not in own:
            stored = with_transition(stored, kind, expiry_s(put_s, days) if days > 0 else int(put_s))
    if rule.delete_after_days and stored.expires_s is None:
        stored = msgspec.structs.replace(stored, expires_s=expiry_s(put_s, rule.delete_after_days))
    return aged(stored, put_s) or stored


def _transition_days(rule: LifecycleRule) -> list[tuple[int, int]]:
    return [
        (1, rule.to_line_after_days),
        (4, rule.to_archive_ir_after_days),
        (2, rule.to_archive_after_days),
        (3, rule.to_deep_archive_after_days),
    ]
