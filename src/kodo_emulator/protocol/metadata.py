"""Metadata of an object: legal names and sizes, and the names that become response headers (protocol §5.1, §6.5)."""

import re
from collections.abc import Mapping

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Headers

PREFIX = "x-qn-meta-"

_HEADER_MARK = "!"
_MAX_NAME = 50
_MAX_TOTAL_BYTES = 1024
_NAME = re.compile(r"!?[A-Za-z0-9_-]+")
# What delimits a message or is written for every response anyway.
_RESERVED = frozenset(
    {"connection", "content-length", "content-range", "date", "server", "transfer-encoding", "x-log", "x-reqid"}
)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


def without_prefix(names: Mapping[str, str]) -> dict[str, str]:
    """Metadata as it is stored, from names as requests spell them.

    Raises:
        KodoError: 400, a name or the total is too long, or a name has other letters.
    """
    meta = {name[len(PREFIX) :]: value for name, value in names.items()}
    for name, value in meta.items():
        if not _NAME.fullmatch(name) or len(name) > _MAX_NAME:
            raise KodoError(400, f"invalid metadata name: {name}")
        check_header_value(name, value)
    check_total(meta)
    return meta


def check_total(meta: Mapping[str, str]) -> None:
    """All names and values of one object together have a limit (protocol §7).

    Raises:
        KodoError: 400.
    """
    if sum(len(name) + len(value.encode()) for name, value in meta.items()) > _MAX_TOTAL_BYTES:
        raise KodoError(400, "metadata too large")


def check_header_value(name: str, value: str) -> None:
    """What downloads send as a header has to fit into one.

    Raises:
        KodoError: 400, `value` has control characters.
    """
    if _UNSAFE.search(value):
        raise KodoError(400, f"invalid value: {name}")


def is_metadata(name: str) -> bool:
    """Whether a form field or path segment names metadata; header names have no case."""
    return name.lower().startswith(PREFIX)


def with_metadata(headers: Headers, meta: Mapping[str, str]) -> Headers:
    """Download headers with metadata as X-Qn-Meta-*, and with what `!Header` metadata overrides.

    Headers that the server itself has to write are not to be overridden.
    """
    changes = {name[1:]: value for name, value in meta.items() if name.startswith(_HEADER_MARK)}
    changes = {name: value for name, value in changes.items() if name.lower() not in _RESERVED}
    shown = [(f"X-Qn-Meta-{name}", value) for name, value in meta.items() if not name.startswith(_HEADER_MARK)]
    return (*overridden(headers, changes), *shown)


def overridden(headers: Headers, changes: Mapping[str, str]) -> Headers:
    """The headers with some of them changed or added; header names have no case."""
    changed = {name.lower() for name in changes}
    return (*(pair for pair in headers if pair[0].lower() not in changed), *changes.items())
