"""The uc host: the lifecycle rules of a bucket (protocol §1.5). What they do to objects is decided elsewhere."""

from itertools import pairwise

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.management import Call
from kodo_emulator.hosts.uc_info import rfc3339
from kodo_emulator.hosts.uc_rules import RuleKind
from kodo_emulator.protocol.arguments import integer
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.store.interface import LifecycleRule

MAX_DAYS = 36_500  # [unv rule-days]

# In the order in which they have to come; a transition of less than 0 days happens at once.
_TRANSITIONS = ("to_line_after_days", "to_archive_ir_after_days", "to_archive_after_days", "to_deep_archive_after_days")
_DELETIONS = ("delete_after_days", "history_delete_after_days", "history_to_line_after_days")


def _changed(rule: LifecycleRule, call: Call) -> LifecycleRule:
    """The rule with what the call gives.

    Raises:
        KodoError: 400, a prefix that no key has, no number of days, or days out of order.
    """
    given = dict(reversed(call.pairs))
    changes: dict[str, int | str] = {}
    if "prefix" in given:
        changes["prefix"] = decode_key(given["prefix"].encode())
    for names, low in ((_TRANSITIONS, -MAX_DAYS), (_DELETIONS, 0)):
        changes |= {name: integer(name, given[name], low, MAX_DAYS) for name in names if name in given}
    changed = msgspec.structs.replace(rule, **changes)
    steps = [getattr(changed, name) for name in (*_TRANSITIONS, "delete_after_days")]
    if any(earlier >= later for earlier, later in pairwise(days for days in steps if days)):
        raise KodoError(400, "invalid argument: days must ascend, and deletion comes last")  # [unv rule-days-order]
    return changed


def _described(rule: LifecycleRule) -> dict[str, object]:
    days = {name: getattr(rule, name) for name in (*_TRANSITIONS, *_DELETIONS)}
    return {"name": rule.name, "prefix": rule.prefix, **days, "ctime": rfc3339(rule.created_s)}


LIFECYCLE_RULES = RuleKind(
    path="/rules",
    setting="lifecycle",
    word="rule",
    parameters=("prefix", *_TRANSITIONS, *_DELETIONS),
    unique=("prefix",),
    kept=lambda settings: settings.lifecycle,
    blank=lambda name, now_s: LifecycleRule(name, "", now_s),
    changed=_changed,
    described=_described,
)
