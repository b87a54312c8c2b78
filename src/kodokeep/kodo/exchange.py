"""An exchange: one GET of an object on a curl handle that is used over and over.

What belongs here: asking, telling body from error page, and reporting how it ended. What does not: what to do then.
"""

import re

import pycurl

from kodokeep.kodo.body import Body
from kodokeep.kodo.failures import THROTTLES, error_text, of_curl, retryable_status
from kodokeep.kodo.ladder import Report, Trouble
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.sources import Source
from kodokeep.kodo.task import Task
from kodokeep.kodo.toll import Toll
from kodokeep.kodo.transport import BUFFER_BYTES, parsed_headers, status

_REFUSAL_BYTES = 2048
_METERED_BYTES = 64 * 1024
_ABORT = 0
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class Exchange:
    """Runs one task's attempt at a time; lives as long as its lane."""

    __slots__ = (
        "_answered", "_body", "_error", "_headers", "_meter", "_offset", "_refusal", "_report", "_source", "_status",
        "_unmetered_bytes", "handle", "task", "toll",
    )  # fmt: skip

    def __init__(self, handle: pycurl.Curl, meter: Meter, toll: Toll | None) -> None:
        self.handle = handle
        self.toll = toll
        self.task: Task | None = None
        self._meter = meter
        self._headers: list[bytes] = []
        self._offset = 0
        self._unmetered_bytes = 0
        handle.setopt(pycurl.WRITEFUNCTION, self._write if toll is None else self._write_paid)
        handle.setopt(pycurl.HEADERFUNCTION, self._headers.append)

    def start(self, task: Task, source: Source) -> None:
        """Ask for what the task's body lacks."""
        offset = task.body.size_bytes
        if offset:
            self.handle.setopt(pycurl.RANGE, f"{offset}-")
        elif self._offset:
            self.handle.unsetopt(pycurl.RANGE)
        self.handle.setopt(pycurl.URL, source.url(task.request.remote.key))
        self.task = task
        self._source = source
        self._offset = offset
        self._headers.clear()
        self._refusal = b""
        self._answered = False
        self._body: Body | None = None
        self._report: Report | None = None
        self._error: Exception | None = None
        self._meter.sent()
        if self.toll is not None:
            self.toll.begin(max(task.body.expected.size_bytes - offset, 1), comes=True)
            self.handle.setopt(pycurl.BUFFERSIZE, min(BUFFER_BYTES, self.toll.step_bytes))

    def end(self, code: int, message: str) -> Report | None:
        """How it ended; None if a whole body came, whatever it holds. Raises what writing it did."""
        self._meter_received()
        if self.toll is not None:
            self.toll.end()
        if self._error is not None:
            raise self._error
        if code == pycurl.E_OK and not self._answered:
            self._open_answer()
        if self._report is not None:
            return self._report
        if code != pycurl.E_OK:
            failure = of_curl(code, message, self._source.base)
            return Report(Trouble.BROKEN if failure.retryable else Trouble.REFUSED, failure.error.message)
        return None if self._status in {200, 206} else self._refused()

    def abandon(self) -> None:
        """The attempt was broken off from outside."""
        self._meter_received()
        if self.toll is not None:
            self.toll.end(broken_off=True)

    def _write_paid(self, chunk: bytes) -> int | None:
        assert self.toll is not None
        return self._write(chunk) if self.toll.passes(len(chunk)) else pycurl.WRITEFUNC_PAUSE

    def _write(self, chunk: bytes) -> int | None:
        try:
            if not self._answered:
                self._open_answer()
            body = self._body
            if body is None:
                return self._read_refusal(chunk)
            self._unmetered_bytes += len(chunk)
            if self._unmetered_bytes >= _METERED_BYTES:
                self._meter_received()
            if body.write(chunk):
                return None
            detail = f"body differs from listing: expected size {body.expected.size_bytes}, got more"
            self._report = Report(Trouble.ALTERED, detail)
        except Exception as error:  # noqa: BLE001 - curl would print and forget it; `end` raises it
            self._error = error
        return _ABORT

    def _read_refusal(self, chunk: bytes) -> int | None:
        self._refusal += chunk[: _REFUSAL_BYTES - len(self._refusal)]
        return _ABORT if self._report is not None else None

    def _meter_received(self) -> None:
        assert self.task is not None
        self.task.received_bytes += self._unmetered_bytes
        self._meter.received(self._unmetered_bytes)
        self._unmetered_bytes = 0

    def _open_answer(self) -> None:
        """Look at status and headers before the first byte is kept: appending needs a checked 206."""
        assert self.task is not None
        self._answered = True
        self._status = status(self._headers)
        if self._status == 200 and self._offset:
            self.task.body.restart()
            if self.toll is not None:
                self.toll.grow(self._offset)
        elif self._status == 206 and not self._continues():
            trouble = Trouble.MISPLACED if self._offset else Trouble.ALTERED
            self._report = Report(trouble, f"{self._source.host} answered another range than asked for")
            return
        if self._status in {200, 206}:
            self._body = self.task.body

    def _continues(self) -> bool:
        """True if the answer is the rest of the very object that the body began with."""
        assert self.task is not None
        expected = self.task.body.expected
        headers = parsed_headers(self._headers)
        place = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
        etag = headers.get("etag", "").strip('"').removesuffix(".gz")
        return (
            self._offset > 0
            and place is not None
            and (int(place[1]), int(place[2])) == (self._offset, expected.size_bytes)
            and etag in {"", expected.hash}
        )

    def _refused(self) -> Report:
        code = self._status
        text = error_text(self._refusal)
        detail = f"{self._source.host} answered {code}" + (f" {text!r}" if text else "")
        if code == 401:
            return Report(Trouble.UNAUTHORISED, detail)
        if code == 416 and self._offset:
            return Report(Trouble.MISPLACED, detail)
        if code in THROTTLES:
            return Report(Trouble.THROTTLED, detail)
        return Report(Trouble.BROKEN if retryable_status(code) else Trouble.REFUSED, detail)
