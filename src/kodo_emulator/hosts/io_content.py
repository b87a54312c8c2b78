"""An object that may be read becomes a response: whole, a range, 304 or 416 (protocol §6.3)."""

from collections.abc import Callable
from typing import BinaryIO

from kodo_emulator.hosts.io_headers import validators
from kodo_emulator.net.http1 import FileSlice, Headers, Request, Response, ResponseBody
from kodo_emulator.protocol.ranges import RangeNotSatisfiableError, Span, is_unchanged, wanted_span
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.interface import StoredObject

Opener = Callable[[str], BinaryIO]

_READ_AT_ONCE_BYTES = 256 * 1024
_CONDITIONS = frozenset({"range", "if-none-match", "if-modified-since"})


def serve(request: Request, stored: StoredObject, headers: Headers, opener: Opener) -> Response:
    """The response to a GET or HEAD; `headers` are the object's, whatever part of it is sent."""
    if _CONDITIONS.isdisjoint(request.headers):
        return whole(request, 200, stored, headers, opener)
    current = validators(headers)
    if is_unchanged(request.headers, current):
        return Response(304, headers)
    try:
        span = wanted_span(request.headers, current, stored.size_bytes)
    except RangeNotSatisfiableError:
        return _outside(stored, headers)
    if span is None:
        return whole(request, 200, stored, headers, opener)
    content_range = f"bytes {span.start}-{span.start + span.length - 1}/{stored.size_bytes}"
    headers = (*headers, ("Content-Range", content_range))
    if request.method == "HEAD":
        return Response(206, headers, declared_length=span.length)
    return Response(206, headers, _read(opener(stored.content), span))


def whole(request: Request, status: int, stored: StoredObject, headers: Headers, opener: Opener) -> Response:
    """The response with all of an object's content."""
    if request.method == "HEAD":
        return Response(status, headers, declared_length=stored.size_bytes)
    return Response(status, headers, _read(opener(stored.content), Span(0, stored.size_bytes)))


def _outside(stored: StoredObject, headers: Headers) -> Response:
    """416, which names the version and its size: qshell probes empty objects this way (protocol §6.3)."""
    refusal = json_response(416, {"error": "requested range not satisfiable"})
    told = [(name, value) for name, value in headers if name.lower() == "etag" or name.startswith("Access-Control-")]
    content_range = ("Content-Range", f"bytes */{stored.size_bytes}")
    return Response(416, (*told, content_range, *refusal.headers), refusal.body)


def _read(file: BinaryIO, span: Span) -> ResponseBody:
    if span.length > _READ_AT_ONCE_BYTES:
        return FileSlice(file, span.start, span.length)
    with file:
        if span.start:
            file.seek(span.start)
        return file.read(span.length)
