"""Trials: one object fetched from one place, to see what comes (protocol §6.4); and the certificate of a place.

What belongs here: what curl found out. What does not: choosing place and object (`survey`), and transfers (`lane`).
"""

import threading
import time
from collections.abc import Callable

import pycurl

from kodokeep.kodo import verify
from kodokeep.kodo.failures import error_text, of_curl
from kodokeep.kodo.retry import Cancelled
from kodokeep.kodo.sources import Source
from kodokeep.kodo.transport import Transport, parsed_headers
from kodokeep.kodo.verify import Differs
from kodokeep.model.cloud import Certificate, Fetch, Trial
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import Verification
from kodokeep.model.qetag import Qetag

MOST_BYTES = 8 * 1024 * 1024
"""A larger object is not fetched whole for a try, and so not compared."""

_REFUSAL_BYTES = 2048
_ENOUGH = 0
_UNTRUSTED = frozenset({pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CACERT_BADFILE})


class Trials:
    """Asks places for something, each time anew and once. Raises Cancelled once `cancel` is set."""

    def __init__(self, transport: Transport, cancel: threading.Event) -> None:
        self._transport = transport
        self._cancel = cancel

    def fetch(self, source: Source, remote: RemoteEntry) -> Trial:
        """Fetch an object and compare it with what the listing says of it. What came is not kept."""
        arriving = _Arriving(remote)
        code, message, took_s = self._perform(source.url(remote.key), arriving)
        return arriving.judged(source, code, message, took_s)

    def knock(self, base: str) -> Trial:
        """Ask for a page that nobody has: any answer will do."""
        arriving = _Arriving(None)
        code, message, took_s = self._perform(f"{base}/", arriving)
        return arriving.judged(Source(base, None), code, message, took_s)

    def certificate(self, base: str) -> Certificate:
        """Shake hands and leave. If nobody vouches for the certificate it is looked at all the same, once more."""
        code, message, ends_s = self._shake_hands(base, verify_peer=True)
        if code in _UNTRUSTED:
            return Certificate(self._shake_hands(base, verify_peer=False)[2], message)
        return Certificate(ends_s, message if code else "")

    def _perform(self, url: str, arriving: "_Arriving") -> tuple[int, str, float]:
        handle = self._handle(url)
        handle.setopt(pycurl.WRITEFUNCTION, arriving.write)
        handle.setopt(pycurl.HEADERFUNCTION, arriving.lines.append)
        before_s = time.monotonic()
        code, message = self._run(handle)
        arriving.status = handle.getinfo(pycurl.RESPONSE_CODE)
        return code, message, time.monotonic() - before_s

    def _shake_hands(self, base: str, *, verify_peer: bool) -> tuple[int, str, float | None]:
        handle = self._handle(base)
        handle.setopt(pycurl.CONNECT_ONLY, 1)
        handle.setopt(pycurl.OPT_CERTINFO, 1)
        if not verify_peer:  # nothing is sent over this connection, and nothing that it shows is believed but a date
            handle.setopt(pycurl.SSL_VERIFYPEER, 0)
            handle.setopt(pycurl.SSL_VERIFYHOST, 0)
        code, message = self._run(handle)
        return code, message, _end_of(handle)

    def _handle(self, url: str) -> pycurl.Curl:
        if self._cancel.is_set():
            raise Cancelled
        handle = self._transport.handle()
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.NOPROGRESS, 0)
        handle.setopt(pycurl.XFERINFOFUNCTION, lambda *_: int(self._cancel.is_set()))
        return handle

    def _run(self, handle: pycurl.Curl) -> tuple[int, str]:
        try:
            handle.perform()
        except pycurl.error as error:
            if self._cancel.is_set():
                raise Cancelled from error
            code = int(error.args[0])
            return code, handle.errstr() or f"curl error {code}"
        return pycurl.E_OK, ""


class _Arriving:
    """One answer on its way: hashed, never more of it than is of use."""

    def __init__(self, remote: RemoteEntry | None) -> None:
        self.lines: list[bytes] = []
        self.status = 0
        self._remote = remote
        self._hasher = verify.hasher(remote) if remote is not None else Qetag()
        self._size_bytes = 0
        self._beginning = b""

    def write(self, chunk: bytes) -> int | None:
        """Take some of the body; break off when it is more than the object has, or than is worth fetching."""
        self._beginning += chunk[: _REFUSAL_BYTES - len(self._beginning)]
        self._hasher.update(chunk)
        self._size_bytes += len(chunk)
        return _ENOUGH if self._size_bytes > self._most_bytes else None

    @property
    def _most_bytes(self) -> int:
        if self._remote is None:
            return _REFUSAL_BYTES
        # What differs in size may be an error page, which is looked at as well.
        return min(max(self._remote.size_bytes, _REFUSAL_BYTES), MOST_BYTES)

    def judged(self, source: Source, code: int, message: str, took_s: float) -> Trial:
        """What came of it."""

        def trial(fetch: Fetch, detail: str = "", *, untrusted: bool = False) -> Trial:
            return Trial(source.host, fetch, self.status, took_s, detail, untrusted)

        cut_by_us = code == pycurl.E_WRITE_ERROR
        if code != pycurl.E_OK and not cut_by_us:
            told = of_curl(code, message, source.base).error.message
            return trial(Fetch.UNREACHABLE, told, untrusted=code in _UNTRUSTED)
        headers = parsed_headers(self.lines)
        if self.status >= 500 or (self.status != 200 and "x-reqid" not in headers):
            return trial(Fetch.UNREACHABLE, f"it answers {self.status}{_quoted(self._beginning)}")
        if self.status != 200:
            return trial(Fetch.REFUSED, f"it answers {self.status}{_quoted(self._beginning)}")
        return self._compared(headers, trial)

    def _compared(self, headers: dict[str, str], trial: Callable[[Fetch, str], Trial]) -> Trial:
        remote = self._remote
        if remote is None:
            return trial(Fetch.UNCOMPARED, "")
        if self._size_bytes > MOST_BYTES:
            return trial(Fetch.UNCOMPARED, "the object is too large to be fetched for a try")
        verdict = verify.verdict(remote, self._hasher)
        if verdict is Verification.SIZE:
            return trial(Fetch.UNCOMPARED, "the object's hash cannot be compared, only its size")
        if not isinstance(verdict, Differs):
            return trial(Fetch.SAME, "")
        if headers.get("content-encoding", "identity") != "identity":
            return trial(Fetch.ALTERED, f"it is sent compressed ({headers['content-encoding']}), asked for or not")
        claimed = headers.get("etag", "").strip('"').removesuffix(".gz")
        own = self._size_bytes <= self._most_bytes and self._hasher.v1() == claimed
        return trial(Fetch.STALE if own and claimed != remote.hash else Fetch.ALTERED, verdict.detail)


def _quoted(body: bytes) -> str:
    text = error_text(body)
    return f" {text[:80]!r}" if text else ""


def _end_of(handle: pycurl.Curl) -> float | None:
    """When the first certificate of the chain ends; None if none was shown."""
    chain = handle.getinfo(pycurl.INFO_CERTINFO)
    text = next((value for name, value in (chain[0] if chain else ()) if name == "Expire date"), "")
    from ssl import cert_time_to_seconds  # noqa: PLC0415 - curl has its own TLS; this loads another

    try:
        return float(cert_time_to_seconds(text))
    except ValueError:
        return None
