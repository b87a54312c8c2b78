"""Downloads: a bucket's domain and its origin host io_src (protocol §6)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import BinaryIO
from urllib.parse import quote, unquote_to_bytes

from kodo_emulator.clock import TICKS_PER_SECOND, Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.describe import is_frozen
from kodo_emulator.hosts.uc import MAX_AGE_S
from kodo_emulator.net.http1 import FileSlice, Request, Response, http_date, parse_fields
from kodo_emulator.protocol.auth import Keys, check_download
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.protocol.metadata import response_headers
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.interface import Store, StoredObject

ERROR_PAGE_KEY = "errno-404"

_READ_AT_ONCE_BYTES = 256 * 1024
_PARAMETERS = frozenset({"e", "token", "attname"})
_UNQUOTABLE = re.compile(r'[^ -~]|["\\]')
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """A slice of an object, in bytes."""

    start: int
    length: int


class RangeNotSatisfiableError(Exception):
    """The range lies outside of the object."""


class Download:
    """Answers of one domain of one bucket. `origin` is io_src: every request there must be signed."""

    def __init__(self, bucket: str, store: Store, keys: Keys, clock: Clock, *, origin: bool) -> None:
        self._bucket = bucket
        self._store = store
        self._keys = keys
        self._clock = clock
        self._origin = origin

    async def handle(self, request: Request) -> Response:
        """GET or HEAD of a key; the target is decoded once and never normalised (protocol §6.1)."""
        bucket = self._store.bucket(self._bucket)
        if bucket is None:
            raise KodoError(404, "no such domain")
        must_sign = self._origin or bucket.private
        if must_sign:
            self._check_token(request)
        attachment = _attachment(request.query)
        key = decode_key(unquote_to_bytes(request.path.removeprefix(b"/")))
        find = self._store.find_previous if request.serve_previous else self._store.find
        stored = find(self._bucket, key) or self._store.find(self._bucket, key)
        if stored is None:
            return self._not_found(request)
        if stored.status and not must_sign:
            self._check_disabled(request)
        if is_frozen(stored, self._clock.storage_seconds()):
            raise KodoError(403, "file is archived: restore it first")  # [unv frozen-download-text]
        return serve(request, stored, self._store.open, attachment)

    def _check_token(self, request: Request) -> None:
        host = request.headers.get("host", "")
        check_download(self._keys, host, request.target, self._clock.seconds())

    def _check_disabled(self, request: Request) -> None:
        """A disabled object needs a token even in a public bucket (protocol §6.3)."""
        try:
            self._check_token(request)
        except KodoError as error:
            raise KodoError(403, "file is disabled") from error  # [unv disabled-download]

    def _not_found(self, request: Request) -> Response:
        page = self._store.find(self._bucket, ERROR_PAGE_KEY)
        if page is None:
            return json_response(404, {"error": "Document not found"})
        with self._store.open(page.content) as file:
            body = file.read()
        if request.method == "HEAD":
            return Response(404, (("Content-Type", page.mime),), declared_length=len(body))
        return Response(404, (("Content-Type", page.mime),), body)


def serve(
    request: Request, stored: StoredObject, open_content: Callable[[str], BinaryIO], attachment: str | None = None
) -> Response:
    """The response for an object that may be read: whole, a range, 304 or 416 (protocol §6.2, §6.3)."""
    headers = _object_headers(stored, attachment)
    if _is_unchanged(request, stored):
        return Response(304, headers)
    try:
        span = _wanted_span(request, stored)
    except RangeNotSatisfiableError:
        refusal = json_response(416, {"error": "requested range not satisfiable"})
        headers = (("ETag", _quoted(stored)), ("Content-Range", f"bytes */{stored.size_bytes}"), *refusal.headers)
        return Response(416, headers, refusal.body)
    status = 200
    if span is None:
        span = Span(0, stored.size_bytes)
    else:
        status = 206
        last = span.start + span.length - 1
        headers = (*headers, ("Content-Range", f"bytes {span.start}-{last}/{stored.size_bytes}"))
    if request.method == "HEAD":
        return Response(status, headers, declared_length=span.length)
    return Response(status, headers, _read(open_content(stored.content), span))


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
        if not last:
            return None
        length = min(int(last), size_bytes)
        if length == 0:
            raise RangeNotSatisfiableError
        return Span(size_bytes - length, length)
    start = int(first)
    end = int(last) if last else max(size_bytes - 1, start)
    if end < start:
        return None
    if start >= size_bytes:
        raise RangeNotSatisfiableError
    return Span(start, min(end, size_bytes - 1) - start + 1)


def _read(file: BinaryIO, span: Span) -> bytes | FileSlice:
    if span.length > _READ_AT_ONCE_BYTES:
        return FileSlice(file, span.start, span.length)
    with file:
        if span.start:
            file.seek(span.start)
        return file.read(span.length)


def _object_headers(stored: StoredObject, attachment: str | None) -> tuple[tuple[str, str], ...]:
    basic = {
        "Content-Type": stored.mime,
        "ETag": _quoted(stored),
        "Last-Modified": http_date(stored.put_time // TICKS_PER_SECOND),
        "Accept-Ranges": "bytes",
        "Cache-Control": f"public, max-age={MAX_AGE_S}",
    }
    if attachment is not None:
        basic["Content-Disposition"] = _disposition(attachment)
    return response_headers(stored.meta, basic)


def _disposition(file_name: str) -> str:
    """The name twice: as old clients read it, in ASCII, and in full."""
    plain = _UNQUOTABLE.sub("_", file_name)
    return f"attachment; filename=\"{plain}\"; filename*=utf-8''{quote(file_name, safe='')}"


def _quoted(stored: StoredObject) -> str:
    return f'"{stored.hash}"'


def _is_unchanged(request: Request, stored: StoredObject) -> bool:
    known = request.headers.get("if-none-match")
    if known is not None:
        tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
        return "*" in tags or _quoted(stored) in tags
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return stored.put_time // TICKS_PER_SECOND <= parsedate_to_datetime(since).timestamp()
    except (ValueError, OverflowError):
        return False


def _wanted_span(request: Request, stored: StoredObject) -> Span | None:
    text = request.headers.get("range")
    condition = request.headers.get("if-range")
    if text is None or (condition is not None and condition != _quoted(stored)):
        return None
    return parse_range(text, stored.size_bytes)


def _attachment(query: bytes) -> str | None:
    """The file name in `attname`; what follows the token does not count (protocol §2.5).

    Raises:
        KodoError: 400, a parameter that this emulator does not know, such as an image operation.
    """
    name = None
    for parameter, value in parse_fields(query) if query else ():
        if parameter not in _PARAMETERS:
            raise KodoError(400, f"unknown parameter: {parameter}")
        if parameter == "attname":
            name = value
        if parameter == "token":
            break
    return name
