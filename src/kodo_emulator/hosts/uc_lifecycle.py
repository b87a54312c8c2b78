"""The uc host: the lifecycle rules of a bucket (protocol §1.5). What they do to objects is decided elsewhere."""

import re
from itertools import pairwise

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.uc_info import rfc3339
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.arguments import integer
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.protocol.replies import empty_response, json_response
from kodo_emulator.store.interface import Bucket, LifecycleRule

MAX_DAYS = 36_500  # [unv rule-days]

# In the order in which they have to come; a transition of less than 0 days happens at once.
_TRANSITIONS = ("to_line_after_days", "to_archive_ir_after_days", "to_archive_after_days", "to_deep_archive_after_days")
_DELETIONS = ("delete_after_days", "history_delete_after_days", "history_to_line_after_days")
_PARAMETERS = ("bucket", "name", "prefix", *_TRANSITIONS, *_DELETIONS)
_LEGAL_NAME = re.compile(r"[A-Za-z0-9_]{1,49}")


def check_rule_name(name: str) -> None:
    """Names of rules are short and plain (API specification of add_bucket_rules).

    Raises:
        KodoError: 400.
    """
    if not _LEGAL_NAME.fullmatch(name):
        raise KodoError(400, "invalid rule name")  # [unv rule-texts]


class Lifecycle:
    """Adding, changing, removing and listing rules. Names and prefixes are unique in a bucket."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        table.add("uc", "POST", "/rules/add", management.signed(self.add, _PARAMETERS))
        table.add("uc", "POST", "/rules/update", management.signed(self.update, _PARAMETERS))
        table.add("uc", "POST", "/rules/delete", management.signed(self.delete, ("bucket", "name")))
        table.add("uc", "GET POST", "/rules/get", management.signed(self.get, ("bucket",)))

    def add(self, call: Call) -> Response:
        bucket, name = self._addressed(call)
        check_rule_name(name)
        if any(rule.name == name for rule in bucket.settings.lifecycle):
            raise KodoError(400, "rule name exists")  # [unv rule-texts]
        blank = LifecycleRule(name, "", self._clock.storage_seconds())
        self._keep(bucket, _changed(blank, call))
        return empty_response()

    def update(self, call: Call) -> Response:
        """What the call does not name stays as it is."""
        bucket, name = self._addressed(call)
        self._keep(bucket, _changed(_rule(bucket, name), call))
        return empty_response()

    def delete(self, call: Call) -> Response:
        bucket, name = self._addressed(call)
        gone = _rule(bucket, name)
        self._registry.set(bucket, lifecycle=tuple(rule for rule in bucket.settings.lifecycle if rule is not gone))
        return empty_response()

    def get(self, call: Call) -> Response:
        """Null when there are none: clients are prepared for that [unv no-rules-null]."""
        bucket = self._registry.find(call.required("bucket"))
        return json_response(200, [_described(rule) for rule in bucket.settings.lifecycle] or None)

    def _addressed(self, call: Call) -> tuple[Bucket, str]:
        return self._registry.find(call.required("bucket")), call.required("name")

    def _keep(self, bucket: Bucket, rule: LifecycleRule) -> None:
        rules = {kept.name: kept for kept in bucket.settings.lifecycle} | {rule.name: rule}
        if len({kept.prefix for kept in rules.values()}) < len(rules):
            raise KodoError(400, "rule prefix exists")  # [unv rule-texts]
        self._registry.set(bucket, lifecycle=tuple(rules.values()))


def _rule(bucket: Bucket, name: str) -> LifecycleRule:
    for rule in bucket.settings.lifecycle:
        if rule.name == name:
            return rule
    raise KodoError(400, "rule name not found")  # [unv rule-texts]


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
