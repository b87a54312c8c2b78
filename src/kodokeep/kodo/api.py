"""API calls: one management request, signed, sent to the hosts in turn, retried, decoded and its errors translated."""

import threading
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from kodokeep.kodo.failures import Unreadable, not_kodo, of_status
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.signing import Signer
from kodokeep.kodo.transport import Response, Transport

T = TypeVar("T")

_BATCH_PARTLY_FAILED = 298
"""A success of a kind: the entries tell what failed (protocol §4.1)."""


class Api:
    """Calls Kodo's management hosts for one account; thread-safe."""

    def __init__(self, transport: Transport, signer: Signer, retry: Retry) -> None:
        self._transport = transport
        self._signer = signer
        self._retry = retry

    def call(
        self, bases: Sequence[str], target: str, decoder: msgspec.json.Decoder[T], cancel: threading.Event,
        *, method: str = "GET", signed: bool = True,
    ) -> T:  # fmt: skip
        """Ask for `target` (path and query) at the hosts `bases`, a later one after each failure.

        Raises Failure once it is permanent or attempts are used up, and Cancelled.
        """

        def attempt(number: int) -> T:
            url = bases[number % len(bases)] + target
            headers = self._signer.headers(method, url) if signed else []
            return _decoded(self._transport.request(method, url, headers, cancel), url, decoder)

        return self._retry.call(attempt, cancel)

    def batch_once(self, url: str, form: str, decoder: msgspec.json.Decoder[T], cancel: threading.Event) -> T:
        """Send the form of a batch to `url`, signed, and once only. Raises Failure, Cancelled."""
        headers = self._signer.headers("POST", url, form)
        response = self._transport.request("POST", url, headers, cancel, form)
        return _decoded(response, url, decoder, success=(200, _BATCH_PARTLY_FAILED))


def _decoded(response: Response, url: str, decoder: msgspec.json.Decoder[T], success: tuple[int, ...] = (200,)) -> T:
    if "x-reqid" not in response.headers:
        raise not_kodo(url)
    if response.status not in success:
        raise of_status(response.status, response.body, url)
    try:
        return decoder.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(url, str(error)) from error
