"""The uc host: collections of named rules, as lifecycles and events are (protocol §1.5).

How rules are added, changed, removed and listed is told here; what one says, in `uc_lifecycle.py` and `uc_events.py`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.replies import empty_response, json_response
from kodo_emulator.store.interface import Bucket, Settings

_LEGAL_NAME = re.compile(r"[A-Za-z0-9_]{1,49}")  # API specification of add_bucket_rules


class Rule(Protocol):
    """What all rules have."""

    @property
    def name(self) -> str: ...


R = TypeVar("R", bound=Rule)


@dataclass(frozen=True, slots=True)
class RuleKind(Generic[R]):
    """What one kind of rules has of its own.

    `path` is in front of `/add` and the like, `setting` names the member of `Settings` that `kept` gives, `word` begins
    the refusals. `unique` are the members that no two rules of a bucket may both have alike. `blank` makes a rule of a
    name and the time in Unix seconds, `changed` gives it what a call says, or raises a KodoError.
    """

    path: str
    setting: str
    word: str
    parameters: tuple[str, ...]
    unique: tuple[str, ...]
    kept: Callable[[Settings], tuple[R, ...]]
    blank: Callable[[str, float], R]
    changed: Callable[[R, Call], R]
    described: Callable[[R], dict[str, object]]


class NamedRules(Generic[R]):
    """The calls on one kind of rules. Names are unique in a bucket."""

    def __init__(self, registry: Registry, clock: Clock, kind: RuleKind[R]) -> None:
        self._registry = registry
        self._clock = clock
        self._kind = kind

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        path, known = self._kind.path, ("bucket", "name", *self._kind.parameters)
        table.add("uc", "POST", f"{path}/add", management.signed(self.add, known))
        table.add("uc", "POST", f"{path}/update", management.signed(self.update, known))
        table.add("uc", "POST", f"{path}/delete", management.signed(self.delete, ("bucket", "name")))
        table.add("uc", "GET POST", f"{path}/get", management.signed(self.get, ("bucket",)))

    def add(self, call: Call) -> Response:
        bucket, name = self._addressed(call)
        if not _LEGAL_NAME.fullmatch(name):
            raise KodoError(400, "invalid rule name")  # [unv rule-texts]
        if any(rule.name == name for rule in self._rules(bucket)):
            raise self._refusal("name exists")
        self._keep(bucket, self._kind.changed(self._kind.blank(name, self._clock.storage_seconds()), call))
        return empty_response()

    def update(self, call: Call) -> Response:
        """What the call does not name stays as it is."""
        bucket, name = self._addressed(call)
        self._keep(bucket, self._kind.changed(self._rule(bucket, name), call))
        return empty_response()

    def delete(self, call: Call) -> Response:
        bucket, name = self._addressed(call)
        gone = self._rule(bucket, name)
        self._set(bucket, tuple(rule for rule in self._rules(bucket) if rule is not gone))
        return empty_response()

    def get(self, call: Call) -> Response:
        """Null when there are none: clients are prepared for that [unv no-rules-null]."""
        bucket = self._registry.find(call.required("bucket"))
        return json_response(200, [self._kind.described(rule) for rule in self._rules(bucket)] or None)

    def _addressed(self, call: Call) -> tuple[Bucket, str]:
        return self._registry.find(call.required("bucket")), call.required("name")

    def _rules(self, bucket: Bucket) -> tuple[R, ...]:
        return self._kind.kept(bucket.settings)

    def _rule(self, bucket: Bucket, name: str) -> R:
        for rule in self._rules(bucket):
            if rule.name == name:
                return rule
        raise self._refusal("name not found")

    def _keep(self, bucket: Bucket, rule: R) -> None:
        rules = {kept.name: kept for kept in self._rules(bucket)} | {rule.name: rule}
        unique = self._kind.unique
        if len({tuple(getattr(kept, member) for member in unique) for kept in rules.values()}) < len(rules):
            raise self._refusal(f"{' and '.join(unique)} exists")
        self._set(bucket, tuple(rules.values()))

    def _set(self, bucket: Bucket, rules: tuple[R, ...]) -> None:
        self._registry.set(bucket, **{self._kind.setting: rules})

    def _refusal(self, text: str) -> KodoError:
        """Of event rules as the Java SDK's tests quote it; of others by analogy [unv rule-texts]."""
        return KodoError(400, f"{self._kind.word} {text}")
