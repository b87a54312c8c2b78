"""The uc host: where events of a bucket are to be posted (protocol §1.5)."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.uc_lifecycle import check_rule_name
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.replies import empty_response, json_response
from kodo_emulator.store.interface import Bucket, EventRule

# What the documentation (page 8610) and the SDKs name.
EVENTS = frozenset(
    {
        *("put", "mkfile", "append", "copy", "move", "delete", "disable", "enable"),
        *("deleteMarkerCreate", "predelete", "restore:completed"),
    }
)

# The Go SDK's newer client says accessKey.
_PARAMETERS = ("bucket", "name", "prefix", "suffix", "event", "callbackURL", "access_key", "accessKey", "host")


class Events:
    """Adding, changing, removing and listing rules. Names are unique in a bucket, and pairs of prefix and suffix.

    The texts of the refusals are those that the Java SDK's tests quote.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        table.add("uc", "POST", "/events/add", management.signed(self.add, _PARAMETERS))
        table.add("uc", "POST", "/events/update", management.signed(self.update, _PARAMETERS))
        table.add("uc", "POST", "/events/delete", management.signed(self.delete, ("bucket", "name")))
        table.add("uc", "GET POST", "/events/get", management.signed(self.get, ("bucket",)))

    def add(self, call: Call) -> Response:
        bucket, name = self._addressed(call)
        check_rule_name(name)
        if any(rule.name == name for rule in bucket.settings.events):
            raise KodoError(400, "event name exists")
        self._keep(bucket, _changed(EventRule(name, "", "", (), ()), call))
        return empty_response()

    def update(self, call: Call) -> Response:
        """What the call does not name stays as it is."""
        bucket, name = self._addressed(call)
        self._keep(bucket, _changed(_rule(bucket, name), call))
        return empty_response()

    def delete(self, call: Call) -> Response:
        bucket, name = self._addressed(call)
        gone = _rule(bucket, name)
        self._registry.set(bucket, events=tuple(rule for rule in bucket.settings.events if rule is not gone))
        return empty_response()

    def get(self, call: Call) -> Response:
        """Null when there are none: clients are prepared for that [unv no-rules-null]."""
        bucket = self._registry.find(call.required("bucket"))
        return json_response(200, [_described(rule) for rule in bucket.settings.events] or None)

    def _addressed(self, call: Call) -> tuple[Bucket, str]:
        return self._registry.find(call.required("bucket")), call.required("name")

    def _keep(self, bucket: Bucket, rule: EventRule) -> None:
        rules = {kept.name: kept for kept in bucket.settings.events} | {rule.name: rule}
        if len({(kept.prefix, kept.suffix) for kept in rules.values()}) < len(rules):
            raise KodoError(400, "event prefix and suffix exists")
        self._registry.set(bucket, events=tuple(rules.values()))


def _rule(bucket: Bucket, name: str) -> EventRule:
    for rule in bucket.settings.events:
        if rule.name == name:
            return rule
    raise KodoError(400, "event name not found")


def _changed(rule: EventRule, call: Call) -> EventRule:
    """The rule with what the call gives; events and URLs may be given several times.

    Raises:
        KodoError: 400, no event or one that does not exist, or no URL or one that is none.
    """
    given = dict(reversed(call.pairs))
    changed = EventRule(
        rule.name,
        given.get("prefix", rule.prefix),
        given.get("suffix", rule.suffix),
        call.values("event") or rule.events,
        call.values("callbackURL") or rule.callback_urls,
        given.get("access_key", given.get("accessKey", rule.access_key)),
        given.get("host", rule.host),
    )
    if not changed.events or not EVENTS.issuperset(changed.events):
        raise KodoError(400, "invalid events")
    if not _are_urls(changed.callback_urls):
        raise KodoError(400, "callbackURL must starts with http:// or https://")
    return changed


def _are_urls(urls: Sequence[str]) -> bool:
    try:
        parts = [urlsplit(url) for url in urls]
        return bool(parts) and all(part.scheme in {"http", "https"} and part.hostname for part in parts)
    except ValueError:
        return False


def _described(rule: EventRule) -> dict[str, object]:
    """A rule under all the names that clients read.

    `events` and `callback_urls` are what the Java SDK reads, `event` and `callbackURL` what the Go SDK's two clients
    do [unv event-rule-members].
    """
    return {
        "name": rule.name,
        "prefix": rule.prefix,
        "suffix": rule.suffix,
        "events": rule.events,
        "event": rule.events,
        "callback_urls": rule.callback_urls,
        "callbackURL": rule.callback_urls,
        "access_key": rule.access_key,
        "accessKey": rule.access_key,
        "host": rule.host,
    }
