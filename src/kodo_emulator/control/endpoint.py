"""The control endpoint `/_emulator/…`: faults, request log, counters, clock, reset. For tests, not part of Kodo."""

import dataclasses
from typing import Annotated, Literal, TypeVar, get_args

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.control.buckets import BucketControl
from kodo_emulator.control.fault_rules import Host, Skew
from kodo_emulator.control.faults import Faults
from kodo_emulator.control.request_log import UNKNOWN, RequestLog
from kodo_emulator.control.rule_checks import read_working_rules
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.addresses import BoundDomain
from kodo_emulator.net.http1 import Request, Response, parse_fields, read_body
from kodo_emulator.net.outgoing import Canned, Outgoing
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.replies import empty_response, json_response

_MAX_BODY_BYTES = 1024 * 1024
_LOGGED_HOSTS = frozenset({*get_args(Host), UNKNOWN})


class ClockSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the emulated clock is off (`skew_s`), and how much time passed for what is stored (`elapsed_s`)."""

    skew_s: Skew = 0.0
    elapsed_s: Skew = 0.0


class AntiLeechSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The secrets that a bucket's domain accepts timestamp signatures of (protocol §2.6)."""

    bucket: str
    keys: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...]


class NamedDomain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name in a bucket's list of domains, in the words of `/v3/domains` (protocol §1.5)."""

    domain: Annotated[str, msgspec.Meta(min_length=1)]
    ctime: int | None = None
    domaintype: Literal[0, 1] = 1
    apiscope: Literal[0, 1] = 0
    freeze_types: tuple[str, ...] = ()

    def bound(self) -> BoundDomain:
        return BoundDomain(self.domain, self.ctime, self.domaintype, self.apiscope, self.freeze_types)


class DomainsSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the lists of a bucket's domains tell; None: its own port again."""

    bucket: str
    domains: tuple[NamedDomain, ...] | None


class CannedAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an address of the table answers; `body` is text, `body_base64` any bytes."""

    status: Annotated[int, msgspec.Meta(ge=200, le=999)] = 200
    headers: dict[str, str] = {}
    body: str = ""
    body_base64: bytes = b""

    def canned(self) -> Canned:
        return Canned(self.status, self.headers, self.body_base64 or self.body.encode())


class ResetOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to reset beside what the control endpoint sets; `objects` are all that buckets hold, and buckets."""

    objects: bool = False


class Control:
    """Handlers of the control endpoint."""

    def __init__(
        self, faults: Faults, log: RequestLog, clock: Clock, outgoing: Outgoing, buckets: BucketControl
    ) -> None:
        self._faults = faults
        self._log = log
        self._clock = clock
        self._outgoing = outgoing
        self._buckets = buckets

    def add_routes(self, table: RouteTable) -> None:
        """Add what is answered here."""
        table.add("control", "GET POST DELETE", "/_emulator/faults", self.faults)
        table.add("control", "GET DELETE", "/_emulator/log", self.log)
        table.add("control", "GET", "/_emulator/stats", self.stats)
        table.add("control", "GET POST", "/_emulator/clock", self.clock)
        table.add("control", "POST DELETE", "/_emulator/urls", self.urls)
        table.add("control", "GET DELETE", "/_emulator/calls", self.calls)
        table.add("control", "POST", "/_emulator/anti-leech", self.anti_leech)
        table.add("control", "POST", "/_emulator/domains", self.domains)
        table.add("control", "POST", "/_emulator/reset", self.reset)

    async def faults(self, request: Request) -> Response:
        """GET tells the rules and their counters, POST replaces them by the list in the body, DELETE removes them."""
        body = await _read(request)
        match request.method:
            case "GET":
                return json_response(
                    200,
                    [
                        {"rule": armed.rule, "matched": armed.matched, "fired": armed.fired}
                        for armed in self._faults.armed
                    ],
                )
            case "POST":
                self._faults.replace(read_working_rules(body))
            case _:
                self._faults.replace([])
        return empty_response()

    async def log(self, request: Request) -> Response:
        """GET gives lines of the request log as a JSON list, DELETE empties it and the counters."""
        if request.method == "DELETE":
            await _read(request)
            self._log.clear()
            return empty_response()
        await read_body(request.body, _MAX_BODY_BYTES)
        host, since = _log_filter(request)
        return json_response(200, list(self._log.lines(host, since)))

    async def stats(self, request: Request) -> Response:
        """GET: requests and body bytes by host role, and how often each status was answered."""
        await _read(request)
        log = self._log
        return json_response(
            200,
            {
                "requests": log.requests,
                "sent_bytes": log.sent_bytes,
                "received_bytes": log.received_bytes,
                "statuses": log.statuses,
            },
        )

    async def clock(self, request: Request) -> Response:
        """GET tells both ways in which the clock is moved, and what it shows; POST sets them, left out means 0."""
        body = await _read(request)
        clock = self._clock
        if request.method == "POST":
            setting = _decoded(body, ClockSetting, "clock setting")
            clock.skew_s, clock.elapsed_s = setting.skew_s, setting.elapsed_s
            return empty_response()
        shown = {"now_s": clock.seconds(), "storage_now_s": clock.storage_seconds()}
        return json_response(200, {"skew_s": clock.skew_s, "elapsed_s": clock.elapsed_s, **shown})

    async def urls(self, request: Request) -> Response:
        """POST replaces the table of addresses that fetches, mirrors and callbacks find answered; DELETE empties it."""
        body = await _read(request)
        table: dict[str, CannedAnswer] = {}
        if request.method == "POST":
            table = _decoded(body, dict[str, CannedAnswer], "table of addresses")
        self._outgoing.canned = {url: answer.canned() for url, answer in table.items()}
        return empty_response()

    async def calls(self, request: Request) -> Response:
        """GET gives the latest requests that the cloud made itself (callbacks, fetches), DELETE forgets them."""
        await _read(request)
        if request.method == "DELETE":
            self._outgoing.made.clear()
            return empty_response()
        return json_response(200, [dataclasses.asdict(made) for made in self._outgoing.made])

    async def anti_leech(self, request: Request) -> Response:
        """POST `{"bucket": NAME, "keys": [...]}` sets the secrets of a domain's timestamp signatures; none: off."""
        setting = _decoded(await _read(request), AntiLeechSetting, "anti-leech setting")
        self._buckets.set_timestamp_keys(setting.bucket, setting.keys)
        return empty_response()

    async def domains(self, request: Request) -> Response:
        """POST `{"bucket": NAME, "domains": [...]}` sets what a bucket's lists of domains tell; null: its own port."""
        setting = _decoded(await _read(request), DomainsSetting, "setting of domains")
        bound = None if setting.domains is None else tuple(domain.bound() for domain in setting.domains)
        self._buckets.set_domains(setting.bucket, bound)
        return empty_response()

    async def reset(self, request: Request) -> Response:
        """POST: rules, log, clock, addresses and calls as at the start; with `{"objects": true}` all buckets too."""
        body = await _read(request)
        order = _decoded(body, ResetOrder, "reset") if body else ResetOrder()
        if order.objects:
            await self._buckets.restore()
        self._buckets.unbind_domains()
        self._faults.reset()
        self._log.clear()
        self._clock.skew_s = self._clock.elapsed_s = 0.0
        self._outgoing.canned = {}
        self._outgoing.made.clear()
        return empty_response()


_T = TypeVar("_T")


def _decoded(body: bytes, kind: type[_T], what: str) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise KodoError(400, f"invalid {what}: {error}") from error


def _log_filter(request: Request) -> tuple[str | None, int]:
    """`host` and `since` of the query."""
    host, since = None, 0
    for name, value in parse_fields(request.query):
        match name:
            case "host" if value in _LOGGED_HOSTS:
                host = value
            case "since" if value.isascii() and value.isdecimal() and len(value) < 20:
                since = int(value)
            case "host" | "since":
                raise KodoError(400, f"invalid parameter: {name}={value}")
            case _:
                raise KodoError(400, f"unknown parameter: {name}")
    return host, since


async def _read(request: Request) -> bytes:
    if request.query:
        raise KodoError(400, f"unknown parameter: {request.query.decode('utf-8', 'backslashreplace')}")
    return await read_body(request.body, _MAX_BODY_BYTES)
