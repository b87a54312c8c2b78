"""The uc host: the rules for requests across origins (protocol §1.5)."""

import re
from typing import Annotated

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.arguments import document
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.replies import empty_response, json_response

MAX_RULES = 10

# What can stand in the headers that carry it, or is empty.
_ORIGIN = re.compile(r"[!-~]*")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*")


class CorsRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as clients send it; the older Go SDK sends null for an empty list."""

    allowed_origin: list[str]
    allowed_method: list[str]
    allowed_header: list[str] | None = None
    exposed_header: list[str] | None = None
    max_age: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0


class Cors:
    """`/corsRules/set/<bucket>` replaces all rules by the JSON list of the body, `/corsRules/get/<bucket>` gives them.

    The Node SDK calls that body a form, so its content type says nothing.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        table.add("uc", "POST", "/corsRules/set/*", management.signed_document(self.set))
        table.add("uc", "GET POST", "/corsRules/get/*", management.signed(self.get))

    def set(self, call: Call) -> Response:
        bucket = self._registry.find(call.segments[2])
        rules = document(call.body, list[CorsRule])
        if len(rules) > MAX_RULES:
            raise KodoError(400, f"invalid argument: at most {MAX_RULES} rules")  # [unv cors-texts]
        self._registry.set(bucket, cors=msgspec.Raw(msgspec.json.encode([_completed(rule) for rule in rules])))
        return empty_response()

    def get(self, call: Call) -> Response:
        """The rules as they were set, with every member."""
        return json_response(200, self._registry.find(call.segments[2]).settings.cors)


def _completed(rule: CorsRule) -> CorsRule:
    """The rule with all its lists.

    Empty origins and methods are taken: that is what the Java SDK's tests find.

    Raises:
        KodoError: 400, there is no list of origins or of methods, or something in them is no origin or name.
    """
    if not rule.allowed_origin or not rule.allowed_method:
        raise KodoError(400, "invalid argument: a rule needs allowed_origin and allowed_method")  # [unv cors-texts]
    headers, exposed = rule.allowed_header or [], rule.exposed_header or []
    fits = [_ORIGIN.fullmatch(origin) for origin in rule.allowed_origin]
    fits += [_NAME.fullmatch(name) for name in (*rule.allowed_method, *headers, *exposed)]
    if not all(fits):
        raise KodoError(400, "invalid argument: no origin, method or header looks like that")  # [unv cors-texts]
    return msgspec.structs.replace(rule, allowed_header=headers, exposed_header=exposed)
