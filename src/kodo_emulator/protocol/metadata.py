"""Metadata of an object: legal names and sizes, and the names that become response headers (protocol §5.1, §6.5)."""

import re
from collections.abc import Mapping

from kodo_emulator.errors import KodoError

PREFIX = "x-qn-meta-"

_HEADER_MARK = "!"
_MAX_NAME = 50
_MAX_TOTAL_BYTES = 1024
_NAME = re.compile(r"!?[A-Za-z0-9_-]+")
_FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})
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
    if sum(len(name) + len(value.encode()) for name, value in meta.items()) > _MAX_TOTAL_BYTES:
        raise KodoError(400, "metadata too large")
    return meta


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


def response_headers(meta: Mapping[str, str], basic: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Download headers: `basic`, metadata as X-Qn-Meta-*, and what `!Header` metadata overrides.

    Headers that delimit the message are not to be overridden.
    """
    if not meta:
        return tuple(basic.items())
    overrides = {name[1:]: value for name, value in meta.items() if name.startswith(_HEADER_MARK)}
    overrides = {name: value for name, value in overrides.items() if name.lower() not in _FRAMING}
    overridden = {name.lower() for name in overrides}
    kept = [(name, value) for name, value in basic.items() if name.lower() not in overridden]
    shown = [(f"X-Qn-Meta-{name}", value) for name, value in meta.items() if not name.startswith(_HEADER_MARK)]
    return (*kept, *overrides.items(), *shown)
