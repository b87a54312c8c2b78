"""What fault rules do to requests. A wrapper around any handler: no host knows of it.

When several rules fire, their effects add up. A made-up answer (`status`, `html_200`, `token_expired`) keeps the
handler from running, so nothing changes in the store; all other effects let it run and damage its answer
(`damage.py`), as a lost or altered reply does.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from kodo_emulator.clock import host_clock_off
from kodo_emulator.control.armed import ArmedRule
from kodo_emulator.control.damage import ANONYMOUS, damage, lie, replaced
from kodo_emulator.control.fault_rules import Rule
from kodo_emulator.control.rule_checks import LISTINGS
from kodo_emulator.control.subjects import of_operation, subjects
from kodo_emulator.errors import KodoError, bad_token, time_too_skewed, token_out_of_date
from kodo_emulator.net.http1 import Body, Delivery, Request, Response, parse_fields, read_body
from kodo_emulator.net.request_body import BegunBody
from kodo_emulator.net.routes import Handler
from kodo_emulator.protocol.replies import error_response

_MAX_FORM_BYTES = 8 * 1024 * 1024
_PORTAL = "<html><head><title>Sign in</title></head><body>Please sign in to use this network.</body></html>\n"


class Faults:
    """The rules that are in force."""

    def __init__(self) -> None:
        self._first: Sequence[Rule] = ()
        self._armed: list[ArmedRule] = []

    @property
    def active(self) -> bool:
        return bool(self._armed)

    @property
    def armed(self) -> Sequence[ArmedRule]:
        """The rules with their counters."""
        return self._armed

    def start_with(self, rules: Sequence[Rule]) -> None:
        """Put the rules in force that `reset` comes back to."""
        self._first = rules
        self.reset()

    def reset(self) -> None:
        self.replace(self._first)

    def replace(self, rules: Sequence[Rule]) -> None:
        """Put other rules in force; all counters start anew."""
        self._armed = [ArmedRule(number, rule) for number, rule in enumerate(rules, 1)]

    async def strike(self, request: Request, answer: Handler) -> Response:
        """The answer to a request after all rules that fire for it.

        Raises:
            ConnectionError: the client left, or the connection is to be reset.
            KodoError: 413, for a body that is too large to look into.
        """
        searched = await subjects(request) if any(armed.searches(request) for armed in self._armed) else ()
        fired = [armed for armed in self._armed if armed.fires(request, searched)]
        if not fired:
            return await answer(request)
        request.fired = tuple(armed.number for armed in fired)
        rules = [armed.rule for armed in fired]
        refusing = [armed for armed in fired if armed.rule.operation_status is not None]
        if refusing:
            request.refusal = partial(_refusal, refusing)
        for rule in rules:
            if rule.delay_s:
                await asyncio.sleep(rule.delay_s)
            _change_request(rule, request)
        response = next((made_up for rule in rules if (made_up := _made_up(rule, request))), None)
        if response is None:
            response = await _lied(rules, request, answer)
        for rule in rules:
            response = damage(rule, response)
        return response


async def _lied(rules: Sequence[Rule], request: Request, answer: Handler) -> Response:
    """The handler's answer, if need be replaced or falsified."""
    marker = await _list_marker(request) if any(LISTINGS & rule.given for rule in rules) else ""
    with host_clock_off(request.skew_s):
        response = await answer(request)
    for rule in rules:
        if rule.json_error_200:
            return replaced(response, rule.body)
    for rule in rules:
        response = lie(rule, request, response, marker)
    return response


def _change_request(rule: Rule, request: Request) -> None:
    if rule.ignore_range:
        request.headers = {name: value for name, value in request.headers.items() if name != "range"}
    if rule.stale:
        request.serve_previous = True
    if rule.skew_s is not None:
        request.skew_s += rule.skew_s
    if rule.reset_request_at is not None:
        request.body = _BrokenBody(request.body, rule.reset_request_at)


def _refusal(armed: Sequence[ArmedRule], operation: str) -> int | None:
    """What the first rule that concerns this operation of a batch answers instead of doing it."""
    named = of_operation(operation)
    return next((one.rule.operation_status for one in armed if one.concerns_operation(named)), None)


def _made_up(rule: Rule, request: Request) -> Response | None:
    if rule.token_expired:
        return error_response(request, _expired(request))
    if rule.html_200:
        page = _PORTAL if rule.body is None else rule.body
        headers = (("Content-Type", "text/html; charset=utf-8"),)
        return Response(200, headers, page.encode(), delivery=Delivery(unstamped=ANONYMOUS))
    if rule.status is None:
        return None
    if rule.body is not None:
        return Response(rule.status, (("Content-Type", "application/json"),), rule.body.encode())
    return error_response(request, KodoError(rule.status, f"injected fault: {rule.status}"))


def _expired(request: Request) -> KodoError:
    """The refusal of a token that was good (protocol §2, §8).

    Signatures of management calls do not expire; their date does, if they have one.
    """
    if request.role in {"up", "io", "io_src"}:
        return token_out_of_date()
    return time_too_skewed() if "x-qiniu-date" in request.headers else bad_token()


async def _list_marker(request: Request) -> str:
    """The marker in the query or the form of a listing, whose body is put back."""
    body = await read_body(request.body, _MAX_FORM_BYTES)
    request.body = BegunBody(body, request.body)
    try:
        pairs = parse_fields(request.query) + parse_fields(body)
    except KodoError:
        return ""  # The handler will say what is wrong.
    return next((value for name, value in pairs if name == "marker"), "")


class _BrokenBody:
    """A body that ends in a reset once so many bytes of it arrived."""

    def __init__(self, body: Body, reset_at: int) -> None:
        self._body = body
        self._left = reset_at

    async def read(self) -> bytes:
        data = await self._body.read()
        self._left -= len(data)
        if self._left <= 0:
            raise ConnectionAbortedError
        return data
