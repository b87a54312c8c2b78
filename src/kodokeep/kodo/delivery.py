"""Deliveries: one request with a body, or without, on a curl handle that is used over and over.

What belongs here: what is asked, how it travels, and how the answer reads. What does not: what to do then (`asking`).
"""

from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
import pycurl

from kodokeep.kodo.failures import Failure, Unreadable, not_kodo, of_curl, of_status
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.toll import Toll, Turnstile
from kodokeep.kodo.transport import Transport
from kodokeep.ports import Source

T = TypeVar("T")

_ANSWER_BYTES = 1024 * 1024
_METERED_BYTES = 256 * 1024
_ALWAYS = ["Accept-Encoding: identity", "Expect:"]  # without it curl waits for a 100 before larger bodies
_ABORT = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """A piece of a file that is read while it is sent."""

    source: Source
    offset: int
    size_bytes: int


@dataclass(slots=True)
class Call:
    """One request. `content_bytes` of its body are a file's; a stop does not wait for a call that `pauses`.

    curl by itself sends a request again whose connection turns out to be dead. With `once` it does not: the first one
    may have been heard all the same. Kodo may take its time over a call that `joins` parts.
    """

    method: str
    url: str
    headers: list[str]
    body: bytes | Feed | None = None
    content_bytes: int = 0
    pauses: bool = False
    once: bool = False
    joins: bool = False
    after_s: float = 0.0


@dataclass(slots=True)
class Reply:
    """What a call came to: a 200 with a body, or a failure."""

    url: str
    body: bytes
    failure: Failure | None
    sent_bytes: int = field(default=0)

    def decoded(self, decoder: msgspec.json.Decoder[T]) -> T:
        """What the answer says. Raises Failure."""
        if self.failure is not None:
            raise self.failure
        try:
            return decoder.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unreadable(self.url, str(error)) from error


class Delivery:
    """Makes one call at a time; lives as long as its lane (`lane.Attempt`)."""

    __slots__ = (
        "_answer", "_answer_bytes", "_body_bytes", "_call", "_error", "_fed_bytes", "_headers", "_meter",
        "_metered_bytes", "_patience", "_sent", "handle", "toll",
    )  # fmt: skip

    def __init__(self, transport: Transport, meter: Meter, turnstile: Turnstile | None) -> None:
        self.handle = handle = transport.handle()
        self.toll: Toll | None = turnstile.toll(handle) if turnstile is not None else None
        self._patience = transport.patience
        self._meter = meter
        self._headers: list[bytes] = []
        self._answer: list[bytes] = []
        handle.setopt(pycurl.WRITEFUNCTION, self._write)
        handle.setopt(pycurl.HEADERFUNCTION, self._headers.append)
        handle.setopt(pycurl.READFUNCTION, self._read)
        handle.setopt(pycurl.SEEKFUNCTION, self._seek)
        handle.setopt(pycurl.XFERINFOFUNCTION, self._progress)
        handle.setopt(pycurl.PREREQFUNCTION, self._about_to_send)

    def start(self, call: Call) -> None:
        """Set the handle up for a call."""
        handle = self.handle
        handle.setopt(pycurl.URL, call.url)
        handle.setopt(pycurl.HTTPHEADER, [*call.headers, *_ALWAYS])
        if call.body is None:
            handle.setopt(pycurl.HTTPGET, 1)
        elif isinstance(call.body, bytes) and (self.toll is None or not call.content_bytes):
            handle.setopt(pycurl.POST, 1)
            handle.setopt(pycurl.POSTFIELDS, call.body)
        else:
            self._body_bytes = call.body.size_bytes if isinstance(call.body, Feed) else len(call.body)
            handle.setopt(pycurl.UPLOAD, 1)
            handle.setopt(pycurl.INFILESIZE_LARGE, self._body_bytes)
        handle.setopt(pycurl.CUSTOMREQUEST, call.method)
        handle.setopt(pycurl.LOW_SPEED_TIME, self._patience.join_s if call.joins else self._patience.stall_s)
        handle.setopt(pycurl.NOPROGRESS, int(call.content_bytes < _METERED_BYTES))
        self._call = call
        self._headers.clear()
        self._answer.clear()
        self._answer_bytes = 0
        self._fed_bytes = 0
        self._metered_bytes = 0
        self._sent = False
        self._error: OSError | None = None
        self._meter.sent()
        if self.toll is not None:
            self.toll.begin(self._body_bytes if call.content_bytes else 0, comes=False)

    def end(self, code: int, message: str) -> Reply:
        """How it ended. Raises what reading the file did."""
        self.abandon()
        if self._error is not None:
            raise self._error
        return Reply(self._call.url, b"".join(self._answer), self._failure(code, message), self._metered_bytes)

    def abandon(self) -> None:
        """Count what went out by now."""
        if self.toll is not None:
            begun = self.toll.begun
            self.toll.end()
            if not begun:
                return
        self._progress(0, 0, 0, self.handle.getinfo(pycurl.SIZE_UPLOAD_T))

    def _failure(self, code: int, message: str) -> Failure | None:
        url = self._call.url
        if code != pycurl.E_OK:
            return of_curl(code, message, url)
        if not any(line[:8].lower() == b"x-reqid:" for line in self._headers):
            return not_kodo(url)
        status = self.handle.getinfo(pycurl.RESPONSE_CODE)
        return None if status == 200 else of_status(status, b"".join(self._answer), url)

    def _write(self, chunk: bytes) -> int | None:
        self._answer_bytes += len(chunk)
        if self._answer_bytes > _ANSWER_BYTES:
            return _ABORT
        self._answer.append(chunk)
        return None

    def _about_to_send(self, *_addresses: object) -> int:
        if self._sent and self._call.once:
            return pycurl.PREREQFUNC_ABORT
        self._sent = True
        return pycurl.PREREQFUNC_OK

    def _read(self, size_bytes: int) -> bytes | int:
        wanted = min(size_bytes, self._body_bytes - self._fed_bytes)
        if self.toll is not None:
            wanted = min(wanted, self.toll.step_bytes)
            if not self.toll.passes(wanted):
                return pycurl.READFUNC_PAUSE
        try:
            chunk = self._piece(wanted)
        except OSError as error:
            self._error = error
            return pycurl.READFUNC_ABORT
        if len(chunk) < wanted:
            return pycurl.READFUNC_ABORT
        self._fed_bytes += len(chunk)
        return chunk

    def _piece(self, size_bytes: int) -> bytes:
        body, start = self._call.body, self._fed_bytes
        if isinstance(body, Feed):
            return body.source.read(body.offset + start, size_bytes)
        assert body is not None
        return body[start : start + size_bytes]

    def _seek(self, offset: int, _origin: int) -> int:
        if self.toll is not None:
            self.toll.grow(self._fed_bytes - offset)
        self._fed_bytes = offset
        return pycurl.SEEKFUNC_OK

    def _progress(self, _to_come: int, _came: int, _to_go: int, went: int) -> None:
        went = min(went, self._call.content_bytes)
        if went > self._metered_bytes:
            self._meter.sent_content(went - self._metered_bytes)
            self._metered_bytes = went
