"""The uc host: the rules for requests across origins (protocol §1.5). What they say is in `protocol/cors.py`."""

import msgspec

from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.cors import read_rules
from kodo_emulator.protocol.replies import empty_response, json_response


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
        self._registry.set(bucket, cors=msgspec.Raw(msgspec.json.encode(read_rules(call.body))))
        return empty_response()

    def get(self, call: Call) -> Response:
        """The rules as they were set, with every member."""
        return json_response(200, self._registry.find(call.segments[2]).settings.cors)
