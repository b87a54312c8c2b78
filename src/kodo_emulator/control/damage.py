"""Answers as they look after a fault rule: other headers, other bytes, fewer of them, or on their way."""

import zlib
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from kodo_emulator.control.dead_domains import bury
from kodo_emulator.control.fault_rules import Rule
from kodo_emulator.control.list_faults import damage_lines, damage_page
from kodo_emulator.control.rule_checks import LISTINGS
from kodo_emulator.net.http1 import (
    CHUNK_BYTES,
    STAMPED,
    Delivery,
    FileSlice,
    Request,
    Response,
    ResponseBody,
    Stream,
    pieces,
)
from kodo_emulator.protocol.replies import json_response

ANONYMOUS = STAMPED - {"date"}
"""The headers by which clients know Kodo, and which strangers do not send."""

_GZIP = 16 + zlib.MAX_WBITS
_LINES_PATH = b"/v2/list"


def lie(rule: Rule, request: Request, response: Response, marker: str) -> Response:
    """The handler's answer, saying something else; `marker` is the one that a listing was asked with."""
    if response.status != 200:
        return response
    if LISTINGS & rule.given and request.path == _LINES_PATH:
        lines = damage_lines(rule, pieces(response.body, CHUNK_BYTES), marker)
        return replace(response, body=Stream(lines, response.release))
    if not (LISTINGS & rule.given or rule.dead_service):
        return response
    assert isinstance(response.body, bytes)
    answer = msgspec.json.decode(response.body)
    told = bury(answer, rule.dead_service) if rule.dead_service else damage_page(rule, answer, marker)
    return replace(response, body=msgspec.json.encode(told))


def replaced(response: Response, text: str | None) -> Response:
    """A JSON error instead of the handler's answer, with status 200."""
    response.release()
    return json_response(200, {"error": text or "injected fault"})


def damage(rule: Rule, response: Response) -> Response:
    """An answer, whoever gave it, with other headers or bytes, or damaged on its way."""
    response = _with_headers(rule, response)
    if rule.gzip and response.has_body:
        response = _gzipped(response)
    if rule.short_length is not None:
        response = _shortened(response, rule.short_length)
    return replace(response, delivery=_delivery(rule, response.delivery))


def _with_headers(rule: Rule, response: Response) -> Response:
    if not rule.headers:
        return response
    changed = {name.lower() for name in rule.headers}
    kept = [(name, value) for name, value in response.headers if name.lower() not in changed]
    unstamped = response.delivery.unstamped | (changed & STAMPED)
    delivery = replace(response.delivery, unstamped=unstamped)
    return replace(response, headers=(*kept, *rule.headers.items()), delivery=delivery)


def _gzipped(response: Response) -> Response:
    """As a CDN compresses (protocol §6.4): no Content-Length, and the ETag tells."""
    headers = [
        (name, f'{value[:-1]}.gz"' if name == "ETag" else value)
        for name, value in response.headers
        if name != "Accept-Ranges"
    ]
    body = Stream(_compressed(response.body), response.release)
    delivery = replace(response.delivery, chunked=True)
    return replace(response, headers=(*headers, ("Content-Encoding", "gzip")), body=body, delivery=delivery)


def _compressed(body: ResponseBody) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=_GZIP)
    for piece in pieces(body, CHUNK_BYTES):
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _shortened(response: Response, length: int) -> Response:
    """The beginning of the body, declared as if it were all."""
    body = response.body
    if isinstance(body, FileSlice):
        body = FileSlice(body.file, body.offset, min(length, body.length))
    elif isinstance(body, Stream):
        body = _beginning(body.pieces, length)
        response.release()
    else:
        body = body[:length]
    declared = None if response.declared_length is None else min(length, response.declared_length)
    return replace(response, body=body, declared_length=declared)


def _beginning(stream: Iterator[bytes], length: int) -> bytes:
    """At most `length` bytes, and no more of the stream than has to be made for them."""
    taken = bytearray()
    while len(taken) < length and (piece := next(stream, b"")):
        taken += piece
    return bytes(taken[:length])


def _delivery(rule: Rule, earlier: Delivery) -> Delivery:
    return Delivery(
        reset_at=earlier.reset_at if rule.reset_at is None else rule.reset_at,
        cut_at=earlier.cut_at if rule.truncate_at is None else rule.truncate_at,
        alter_at=earlier.alter_at if rule.alter_at is None else rule.alter_at,
        bytes_per_s=earlier.bytes_per_s if rule.slow_bytes_per_s is None else rule.slow_bytes_per_s,
        chunked=earlier.chunked,
        unstamped=earlier.unstamped | ANONYMOUS if rule.anonymous else earlier.unstamped,
    )
