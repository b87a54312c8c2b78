"""The uc host: the tags of a bucket (protocol §1.5; page 6314 of the documentation)."""

import re

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.arguments import document
from kodo_emulator.protocol.replies import empty_response, json_response

MAX_TAGS = 10

_MAX_KEY, _MAX_VALUE = 64, 128
_RESERVED = "kodo"
_LEGAL = re.compile(r"[A-Za-z0-9 +=._:/@-]+")


class _Tag(msgspec.Struct, forbid_unknown_fields=True, rename="pascal"):
    key: str
    value: str


class _Tags(msgspec.Struct, forbid_unknown_fields=True, rename="pascal"):
    tags: list[_Tag]


class Tags:
    """`/bucketTagging?bucket=`: PUT replaces all tags, GET gives them, DELETE removes them."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        handler = management.signed_document(self.answer, ("bucket",))
        table.add("uc", "GET PUT DELETE", "/bucketTagging", handler)

    def answer(self, call: Call) -> Response:
        bucket = self._registry.find(call.required("bucket"))
        match call.method:
            case "PUT":
                self._registry.set(bucket, tags=_checked(document(call.body, _Tags).tags))
            case "DELETE":
                self._registry.set(bucket, tags=())
            case _:
                return json_response(200, _Tags([_Tag(key, value) for key, value in bucket.settings.tags]))
        return empty_response()


def _checked(tags: list[_Tag]) -> tuple[tuple[str, str], ...]:
    """The tags, if a bucket may have them all at once.

    Raises:
        KodoError: 400.
    """
    if len(tags) > MAX_TAGS:
        raise KodoError(400, "tag num exceed limit")
    if len({tag.key for tag in tags}) < len(tags):
        raise KodoError(400, "tag contain duplicate key")
    for tag in tags:
        if len(tag.key) > _MAX_KEY or not _LEGAL.fullmatch(tag.key) or tag.key.startswith(_RESERVED):
            raise KodoError(400, "tag key invalid")  # [unv tag-texts]
        if len(tag.value) > _MAX_VALUE or not _LEGAL.fullmatch(tag.value):
            raise KodoError(400, "tag value invalid")  # [unv tag-texts]
    return tuple((tag.key, tag.value) for tag in tags)
