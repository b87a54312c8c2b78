"""Which pages of other origins may read downloads: a bucket's CORS rules and the headers that say so (protocol §1.5).

The first rule that matches decides. A plain request has to match an origin only, a preflight also the method and each
header. A bucket without rules allows everything [GO storage/uc.go, SPEC set_bucket_cors_rules].
"""

import re
from collections.abc import Sequence
from typing import Annotated

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Headers
from kodo_emulator.protocol.arguments import document

ALWAYS_EXPOSED = ("X-Log", "X-Reqid")

_DEFAULT_MAX_AGE_S = 2_592_000
MAX_RULES = 10

# What can stand in the headers that carry it, or is empty: the Java SDK's tests find that empty names are taken.
_ORIGIN = re.compile(r"[!-~]*")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*")
_EXPOSE = "Access-Control-Expose-Headers"
# As public captures of downloads from buckets without rules show it, with an Origin or without.
_OPEN: Headers = (
    ("Access-Control-Allow-Origin", "*"),
    (_EXPOSE, ", ".join(ALWAYS_EXPOSED)),
    ("Access-Control-Max-Age", str(_DEFAULT_MAX_AGE_S)),
)


class CorsRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule as `/corsRules/set` takes it; `max_age` in seconds, 0: not at all. Go sends null for an empty list."""

    allowed_origin: tuple[str, ...]
    allowed_method: tuple[str, ...]
    allowed_header: tuple[str, ...] | None = None
    exposed_header: tuple[str, ...] | None = None
    max_age: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0
    allowed_credentials: bool | msgspec.UnsetType = msgspec.UNSET  # The PHP SDK says that they always are.

    def allows_origin(self, origin: str) -> bool:
        return any(_matches(pattern, origin) for pattern in self.allowed_origin)

    def allows_method(self, method: str) -> bool:
        return method.upper() in {allowed.upper() for allowed in self.allowed_method}

    def allows_headers(self, names: Sequence[str]) -> bool:
        """A lone `*` allows all; other stars mean nothing."""
        allowed = {name.lower() for name in self.allowed_header or ()}
        return "*" in allowed or all(name.lower() in allowed for name in names)


def read_rules(body: bytes) -> tuple[CorsRule, ...]:
    """The rules in a JSON list, with all their members.

    Raises:
        KodoError: 400, naming what is wrong [unv cors-texts].
    """
    rules = document(body, tuple[CorsRule, ...], what="CORS rules")
    if len(rules) > MAX_RULES:
        raise KodoError(400, f"invalid CORS rules: at most {MAX_RULES}")
    return tuple(_completed(rule) for rule in rules)


def shared_headers(rules: Sequence[CorsRule], origin: str | None) -> Headers:
    """What a download, or its refusal, tells a page of `origin`; nothing where no rule matches."""
    if not rules:
        return _OPEN
    rule = next((rule for rule in rules if rule.allows_origin(origin)), None) if origin else None
    if rule is None or origin is None:
        return ()
    return (*_granted(origin), (_EXPOSE, ", ".join((*ALWAYS_EXPOSED, *(rule.exposed_header or ())))))


def preflight_headers(rules: Sequence[CorsRule], origin: str, method: str, wanted: str) -> Headers:
    """The answer to a browser that asks first; `wanted` is its Access-Control-Request-Headers.

    Raises:
        KodoError: 403, no rule matches.
    """
    names = [name for part in wanted.split(",") if (name := part.strip())]
    if not rules:
        return (*_OPEN, *_permitted(method.upper(), names))  # [unv cors-default-preflight]
    for rule in rules:
        if rule.allows_origin(origin) and rule.allows_method(method) and rule.allows_headers(names):
            methods = ", ".join(allowed.upper() for allowed in rule.allowed_method)
            age = (("Access-Control-Max-Age", str(rule.max_age)),) if rule.max_age > 0 else ()
            return (*_granted(origin), *_permitted(methods, names), *age)
    raise KodoError(403, "cross-origin request not allowed")  # [unv cors-preflight-refused]


def _completed(rule: CorsRule) -> CorsRule:
    if not rule.allowed_origin or not rule.allowed_method:
        raise KodoError(400, "invalid CORS rules: a rule needs allowed_origin and allowed_method")
    headers, exposed = rule.allowed_header or (), rule.exposed_header or ()
    unfit = [origin for origin in rule.allowed_origin if not _ORIGIN.fullmatch(origin)]
    unfit += [name for name in (*rule.allowed_method, *headers, *exposed) if not _NAME.fullmatch(name)]
    if unfit:
        raise KodoError(400, f"invalid CORS rules: {unfit[0]!r}")
    return msgspec.structs.replace(rule, allowed_header=headers, exposed_header=exposed)


def _granted(origin: str) -> Headers:
    """Credentials are always allowed, which needs the origin by name [unv cors-allowed-origin]."""
    return (("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true"))


def _permitted(methods: str, names: Sequence[str]) -> Headers:
    allowed: Headers = (("Access-Control-Allow-Methods", methods),)
    return (*allowed, ("Access-Control-Allow-Headers", ", ".join(names))) if names else allowed


def _matches(pattern: str, origin: str) -> bool:
    """Letter by letter; only the first star stands for anything."""
    start, star, end = pattern.partition("*")
    if not star:
        return origin == pattern
    return len(origin) >= len(start) + len(end) and origin.startswith(start) and origin.endswith(end)
