"""The control endpoint `/_emulator/…`: faults, request log, counters, clock. For tests, not part of Kodo."""

import dataclasses
from collections import Counter, deque
from typing import Annotated

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.control.fault_rules import read_rules
from kodo_emulator.control.faults import Faults
from kodo_emulator.errors import KodoError, no_such_bucket
from kodo_emulator.net.http1 import Request, Response, read_body
from kodo_emulator.net.outgoing import Canned, Outgoing
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.replies import empty_response, json_response
from kodo_emulator.store.interface import Store

_LOG_LENGTH = 100_000
_MAX_BODY_BYTES = 1024 * 1024
_MAX_SKEW_S = 1e9  # Thirty years: further off there may be no date for it.

Seconds = Annotated[float, msgspec.Meta(ge=-_MAX_SKEW_S, le=_MAX_SKEW_S)]


class LogLine(msgspec.Struct, frozen=True):
    """One exchange; `sent` counts the bytes of the response body, `target` is the raw request target."""

    host: str
    method: str
    target: str
    status: int
    sent: int
    range: str | None
    reqid: str


class ClockSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the emulated clock is off (`skew_s`), and how much time passed for what is stored (`elapsed_s`)."""

    skew_s: Seconds = 0.0
    elapsed_s: Seconds = 0.0


class AntiLeechSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The secrets that a bucket's domain accepts timestamp signatures of (protocol §2.6)."""

    bucket: str
    keys: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...]


class CannedAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an address of the table answers; `body` is text, `body_base64` any bytes."""

    status: Annotated[int, msgspec.Meta(ge=200, le=999)] = 200
    headers: dict[str, str] = {}
    body: str = ""
    body_base64: bytes = b""

    def canned(self) -> Canned:
        return Canned(self.status, self.headers, self.body_base64 or self.body.encode())


class RequestLog:
    """The latest exchanges, and counts of all of them."""

    def __init__(self) -> None:
        self.lines: deque[LogLine] = deque(maxlen=_LOG_LENGTH)
        self.requests: Counter[str] = Counter()
        self.sent_bytes: Counter[str] = Counter()

    def record(self, request: Request, status: int, sent: int) -> None:
        role = request.role or "unknown"
        if role == "control":
            return
        self.requests[role] += 1
        self.sent_bytes[role] += sent
        target = request.target.decode("latin-1")
        asked_range = request.headers.get("range")
        self.lines.append(LogLine(role, request.method, target, status, sent, asked_range, request.id))

    def clear(self) -> None:
        self.lines.clear()
        self.requests.clear()
        self.sent_bytes.clear()


class Control:
    """Handlers of the control endpoint."""

    def __init__(self, faults: Faults, log: RequestLog, clock: Clock, outgoing: Outgoing, store: Store) -> None:
        self._faults = faults
        self._log = log
        self._clock = clock
        self._outgoing = outgoing
        self._store = store

    def add_routes(self, table: RouteTable) -> None:
        """Add what is answered here."""
        table.add("control", "POST DELETE", "/_emulator/faults", self.faults)
        table.add("control", "GET DELETE", "/_emulator/log", self.log)
        table.add("control", "GET", "/_emulator/stats", self.stats)
        table.add("control", "POST", "/_emulator/clock", self.clock)
        table.add("control", "POST DELETE", "/_emulator/urls", self.urls)
        table.add("control", "GET DELETE", "/_emulator/calls", self.calls)
        table.add("control", "POST", "/_emulator/anti-leech", self.anti_leech)

    async def faults(self, request: Request) -> Response:
        """POST replaces the rules by the JSON list in the body, DELETE removes them."""
        body = await _read(request)
        self._faults.replace(read_rules(body) if request.method == "POST" else [])
        return empty_response()

    async def log(self, request: Request) -> Response:
        """GET gives the request log as a JSON list, DELETE empties it and the counters."""
        await _read(request)
        if request.method == "DELETE":
            self._log.clear()
            return empty_response()
        return json_response(200, list(self._log.lines))

    async def stats(self, request: Request) -> Response:
        """GET: requests and body bytes by host role."""
        await _read(request)
        return json_response(200, {"requests": self._log.requests, "sent_bytes": self._log.sent_bytes})

    async def clock(self, request: Request) -> Response:
        """POST `{"skew_s": N, "elapsed_s": N}` sets both ways in which the clock is moved; what is left out is 0."""
        body = await _read(request)
        try:
            setting = msgspec.json.decode(body, type=ClockSetting)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise KodoError(400, f"invalid clock setting: {error}") from error
        self._clock.skew_s, self._clock.elapsed_s = setting.skew_s, setting.elapsed_s
        return empty_response()

    async def urls(self, request: Request) -> Response:
        """POST replaces the table of addresses that fetches, mirrors and callbacks find answered; DELETE empties it."""
        body = await _read(request)
        table: dict[str, CannedAnswer] = {}
        if request.method == "POST":
            try:
                table = msgspec.json.decode(body, type=dict[str, CannedAnswer])
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise KodoError(400, f"invalid table of addresses: {error}") from error
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
        body = await _read(request)
        try:
            setting = msgspec.json.decode(body, type=AntiLeechSetting)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise KodoError(400, f"invalid anti-leech setting: {error}") from error
        bucket = self._store.bucket(setting.bucket)
        if bucket is None:
            raise no_such_bucket()
        settings = msgspec.structs.replace(bucket.settings, timestamp_keys=setting.keys)
        self._store.put_bucket(msgspec.structs.replace(bucket, settings=settings))
        return empty_response()


async def _read(request: Request) -> bytes:
    if request.query:
        raise KodoError(400, f"unknown parameter: {request.query.decode('utf-8', 'backslashreplace')}")
    return await read_body(request.body, _MAX_BODY_BYTES)
