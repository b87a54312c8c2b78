"""Which part of a version a request wants, if any: ranges and conditions (RFC 9110 §13, §14; protocol §6.3).

Pure: it sees header texts and sizes, no objects and no files.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_TAG = re.compile(r'(?:W/)?"[^"]*"|[^\s,]+')
_RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)", re.ASCII | re.IGNORECASE)
_MOST_DIGITS = 19
_BEYOND_EVERYTHING = 10**_MOST_DIGITS


@dataclass(frozen=True, slots=True)
class Span:
    """A slice of an object, in bytes."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Validators:
    """What names a version: both headers as they are sent, `etag` with its quotes."""

    etag: str
    last_modified: str


class RangeNotSatisfiableError(Exception):
    """The range lies outside of the object."""


def parse_range(text: str, size_bytes: int) -> Span | None:
    """The slice that a Range header asks for; None where the header is to be ignored.

    Several ranges at once are ignored, which HTTP permits [unv several-ranges].

    Raises:
        RangeNotSatisfiableError: 416; for an empty object every range is.
    """
    match = _RANGE.fullmatch(text.strip())
    if not match:
        return None
    first, last = match.groups()
    if not first:
        return _suffix(last, size_bytes)
    start = _number(first)
    end = _number(last) if last else _BEYOND_EVERYTHING
    if end < start:
        return None
    if start >= size_bytes:
        raise RangeNotSatisfiableError
    return Span(start, min(end, size_bytes - 1) - start + 1)


def wanted_span(headers: Mapping[str, str], current: Validators, size_bytes: int) -> Span | None:
    """The slice to send, None for everything: a range counts while its If-Range names the current version.

    Raises:
        RangeNotSatisfiableError: 416.
    """
    text = headers.get("range")
    if text is None:
        return None
    condition = headers.get("if-range")
    if condition is not None and not _is_current(condition.strip(), current):
        return None
    return parse_range(text, size_bytes)


def is_unchanged(headers: Mapping[str, str], current: Validators) -> bool:
    """Whether the client has the current version already: 304.

    If-Match and If-Unmodified-Since are not looked at [unv if-match].
    """
    known = headers.get("if-none-match")
    if known is not None:  # The date does not count beside tags (RFC 9110 §13.2.2).
        tags = {tag.removeprefix("W/") for tag in _TAG.findall(known)}
        return not tags.isdisjoint({"*", current.etag.removeprefix("W/")})
    since = headers.get("if-modified-since")
    if since is None:
        return False
    if since == current.last_modified:
        return True
    seen, modified = _moment(since), _moment(current.last_modified)
    return seen is not None and modified is not None and modified <= seen


def _is_current(condition: str, current: Validators) -> bool:
    """Whether an If-Range names the current version: to the letter, by its date or its tag; a weak tag never does."""
    named = {current.etag, current.last_modified}
    return bool(condition) and not condition.startswith("W/") and condition in named


def _suffix(digits: str, size_bytes: int) -> Span | None:
    """The last bytes."""
    if not digits:
        return None
    length = min(_number(digits), size_bytes)
    if length == 0:
        raise RangeNotSatisfiableError
    return Span(size_bytes - length, length)


def _number(digits: str) -> int:
    """The value; what has more digits than sizes have is beyond every object."""
    significant = digits.lstrip("0") or "0"
    return int(significant) if len(significant) <= _MOST_DIGITS else _BEYOND_EVERYTHING


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
