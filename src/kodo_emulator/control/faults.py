"""What fault rules do to requests and responses. A wrapper around any handler: no host knows of it.

When several rules fire, their effects add up. A `status` keeps the handler from running, so nothing changes in the
store; all other effects let it run and damage its answer, as a lost or altered reply does.
"""

import asyncio
import gzip
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from kodo_emulator.control.fault_rules import ArmedRule, Rule
from kodo_emulator.control.list_faults import damage_page
from kodo_emulator.net.http1 import (
    CHUNK_BYTES,
    Delivery,
    FileSlice,
    Request,
    Response,
    ResponseBody,
    Stream,
    parse_fields,
    pieces,
)
from kodo_emulator.net.routes import Handler
from kodo_emulator.protocol.replies import json_response


class Faults:
    """The rules that are in force."""

    def __init__(self) -> None:
        self._armed: list[ArmedRule] = []

    @property
    def active(self) -> bool:
        return bool(self._armed)

    def replace(self, rules: Sequence[Rule]) -> None:
        """Put other rules in force; all counters start anew."""
        self._armed = [ArmedRule(rule) for rule in rules]

    async def strike(self, request: Request, answer: Handler) -> Response:
        """The answer to a request after all rules that fire for it."""
        rules = [armed.rule for armed in self._armed if armed.fires(request)]
        for rule in rules:
            if rule.delay_s:
                await asyncio.sleep(rule.delay_s)
            _change_request(rule, request)
        made_up = next((rule for rule in rules if rule.status is not None), None)
        response = await answer(request) if made_up is None else _made_up(made_up)
        if rules and isinstance(response.body, Stream):
            response = replace(response, body=b"".join(response.body.pieces))  # So that it can be damaged anywhere.
        for rule in rules:
            response = _change_response(rule, request, response)
        return response


def _change_request(rule: Rule, request: Request) -> None:
    if rule.ignore_range:
        request.headers = {name: value for name, value in request.headers.items() if name != "range"}
    if rule.stale:
        request.serve_previous = True


def _made_up(rule: Rule) -> Response:
    assert rule.status is not None
    if rule.body is not None:
        return Response(rule.status, (("Content-Type", "application/json"),), rule.body.encode())
    return json_response(rule.status, {"error": f"injected fault: {rule.status}"})


def _change_response(rule: Rule, request: Request, response: Response) -> Response:
    if rule.json_error_200:
        response.release()
        response = json_response(200, {"error": rule.body or "injected fault"})
    response = _with_headers(rule, response)
    if rule.damages_pages and request.role == "rsf" and response.status == 200:
        response = _with_damaged_page(rule, request, response)
    if rule.gzip and response.has_body:
        response = _gzipped(response)
    if rule.short_length is not None:
        shorter = min(rule.short_length, response.length)
        response = replace(response, body=_cut(response.body, rule.short_length), declared_length=shorter)
    if rule.truncate_at is not None:
        declared = response.length
        response = replace(response, body=_cut(response.body, rule.truncate_at), declared_length=declared, close=True)
    return replace(response, delivery=_delivery(rule, response.delivery))


def _with_headers(rule: Rule, response: Response) -> Response:
    if not rule.headers:
        return response
    changed = {name.lower() for name in rule.headers}
    kept = [(name, value) for name, value in response.headers if name.lower() not in changed]
    return replace(response, headers=(*kept, *rule.headers.items()))


def _with_damaged_page(rule: Rule, request: Request, response: Response) -> Response:
    assert isinstance(response.body, bytes)
    try:
        page = msgspec.json.decode(response.body, type=dict[str, Any])
    except msgspec.DecodeError:
        return response  # What another rule made up.
    if "items" not in page:
        return response
    marker = dict(parse_fields(request.query)).get("marker", "")
    return replace(response, body=msgspec.json.encode(damage_page(rule, page, marker)))


def _gzipped(response: Response) -> Response:
    """As a CDN compresses (protocol §6.4): no Content-Length, and the ETag tells."""
    body = gzip.compress(b"".join(pieces(response.body, CHUNK_BYTES)), mtime=0)
    response.release()
    headers = [
        (name, f'{value[:-1]}.gz"' if name == "ETag" else value)
        for name, value in response.headers
        if name != "Accept-Ranges"
    ]
    delivery = replace(response.delivery, chunked=True)
    return replace(response, headers=(*headers, ("Content-Encoding", "gzip")), body=body, delivery=delivery)


def _cut(body: ResponseBody, length: int) -> ResponseBody:
    if isinstance(body, FileSlice):
        return FileSlice(body.file, body.offset, min(length, body.length))
    return b"".join(pieces(body, CHUNK_BYTES))[:length]


def _delivery(rule: Rule, earlier: Delivery) -> Delivery:
    return Delivery(
        reset_at=earlier.reset_at if rule.reset_at is None else rule.reset_at,
        alter_at=earlier.alter_at if rule.alter_at is None else rule.alter_at,
        bytes_per_s=earlier.bytes_per_s if rule.slow_bytes_per_s is None else rule.slow_bytes_per_s,
        chunked=earlier.chunked,
    )
