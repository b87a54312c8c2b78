"""The uc host: where events of a bucket are to be posted (protocol §1.5)."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.management import Call
from kodo_emulator.hosts.uc_rules import RuleKind
from kodo_emulator.store.interface import EventRule

# What the documentation (page 8610) and the SDKs name.
EVENTS = frozenset(
    {
        *("put", "mkfile", "append", "copy", "move", "delete", "disable", "enable"),
        *("deleteMarkerCreate", "predelete", "restore:completed"),
    }
)

# The Go SDK's newer client says accessKey.
_PARAMETERS = ("prefix", "suffix", "event", "callbackURL", "access_key", "accessKey", "host")


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


EVENT_RULES = RuleKind(
    path="/events",
    setting="events",
    word="event",
    parameters=_PARAMETERS,
    unique=("prefix", "suffix"),
    kept=lambda settings: settings.events,
    blank=lambda name, _now_s: EventRule(name, "", "", (), ()),
    changed=_changed,
    described=_described,
)
