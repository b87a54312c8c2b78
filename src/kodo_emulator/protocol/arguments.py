"""What arguments spell, be they parameters, path segments or bodies: numbers, flags, named segments, JSON documents.

What is refused is named. Names of buckets and keys, and how they are encoded, are in `entry.py`.
"""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.entry import unb64url

T = TypeVar("T")

_MAX_DIGITS = 19
_FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}


def integer(name: str, text: str, low: int, high: int) -> int:
    """A decimal number, with a sign if it is negative.

    Raises:
        KodoError: 400, no number, or not in `low`..`high`.
    """
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS and low <= int(text) <= high:
        return int(text)
    raise invalid(name)


def flag(name: str, text: str) -> bool:
    """A true/false argument; empty means false.

    Raises:
        KodoError: 400.
    """
    if text not in _FLAGS:
        raise invalid(name)
    return _FLAGS[text]


def encoded_text(name: str, segment: str) -> str:
    """The text in a base64 path segment.

    Raises:
        KodoError: 400, the segment is not base64 of UTF-8 text.
    """
    try:
        return unb64url(segment).decode()
    except ValueError as error:
        raise invalid(name) from error


def named_segments(
    segments: Sequence[str], known: Collection[str] = (), *, also: Callable[[str], bool] | None = None
) -> dict[str, str]:
    """Path segments `name/value/…`, in any order; `also` tells further names that are known.

    Raises:
        KodoError: 400, an unknown or repeated name, or a name without a value.
    """
    found: dict[str, str] = {}
    for name, value in zip(segments[::2], [*segments[1::2], None], strict=False):
        if name not in known and not (also and also(name)):
            raise KodoError(400, f"unknown argument: {name}")
        if value is None or name in found:
            raise invalid(name)
        found[name] = value
    return found


def document(body: bytes, kind: type[T], *, what: str = "argument", status: int = 400, strict: bool = True) -> T:
    """The JSON document in a body, a token or the like; `what` it is, is told where it is refused.

    `strict=False` takes numbers that are given as texts.

    Raises:
        KodoError: `status`; no JSON, or not what is wanted here.
    """
    try:
        return msgspec.json.decode(body, type=kind, strict=strict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise KodoError(status, f"invalid {what}: {error}") from error


def invalid(name: str) -> KodoError:
    """The refusal of an argument that does not say what it should."""
    return KodoError(400, f"invalid argument: {name}")
