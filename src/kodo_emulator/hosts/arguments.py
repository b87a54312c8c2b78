"""What arguments of management calls spell: numbers, named path segments, JSON documents."""

from collections.abc import Collection, Sequence
from typing import TypeVar

import msgspec

from kodo_emulator.errors import KodoError

T = TypeVar("T")

_MAX_DIGITS = 20


def integer(name: str, text: str, low: int, high: int) -> int:
    """A decimal number, with a sign if it is negative.

    Raises:
        KodoError: 400, no number, or not in `low`..`high`.
    """
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) < _MAX_DIGITS and low <= int(text) <= high:
        return int(text)
    raise KodoError(400, f"invalid argument: {name}")


def named_segments(segments: Sequence[str], known: Collection[str]) -> dict[str, str]:
    """Path segments `name/value/…`, in any order.

    Raises:
        KodoError: 400, an unknown or repeated name, or a name without a value.
    """
    found: dict[str, str] = {}
    for name, value in zip(segments[::2], [*segments[1::2], None], strict=False):
        if name not in known:
            raise KodoError(400, f"unknown argument: {name}")
        if value is None or name in found:
            raise KodoError(400, f"invalid argument: {name}")
        found[name] = value
    return found


def document(body: bytes, kind: type[T], *, strict: bool = True) -> T:
    """The JSON document in a body; where that is not strict, "1" is as good as 1.

    Raises:
        KodoError: 400, no JSON, or not what is wanted here.
    """
    try:
        return msgspec.json.decode(body, type=kind, strict=strict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise KodoError(400, f"invalid argument: {error}") from error
