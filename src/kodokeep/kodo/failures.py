"""Failures: what went wrong with one attempt, whether another may help, and which error a user gets in the end.

What belongs here: the one table from curl codes and HTTP statuses to our error tree. What does not: retrying
(`retry`), and statuses that a caller understands by itself (612 of a stat).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pycurl

from kodokeep.errors import BucketUnknown, ClockSkewed, KodoError, ListingBroken, SignInRefused, Unreachable
from kodokeep.kodo.urls import host_of

THROTTLES = frozenset({429, 503, 571, 573})
"""Statuses that ask for fewer requests (protocol §8)."""

PERMANENT = frozenset({501, 509, 579})
"""Server errors that no SDK repeats (protocol §8); the 6xx and 701 are permanent as well."""

HOPELESS_CODES = frozenset(
    {
        pycurl.E_UNSUPPORTED_PROTOCOL,
        pycurl.E_URL_MALFORMAT,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_SSL_CERTPROBLEM,
    }
)
"""curl errors that come back however often one tries."""

CONCERNS_ALL = (SignInRefused, ClockSkewed, BucketUnknown)
"""Errors that every other object would meet as well."""

_TEXT_LIMIT = 200


class Failure(Exception):
    """One attempt failed. `error` is what a user gets if it was the last; `status` is 0 without an HTTP answer."""

    def __init__(self, error: KodoError, *, status: int = 0, retryable: bool = False) -> None:
        super().__init__(error.message)
        self.error = error
        self.status = status
        self.retryable = retryable


class Unreadable(Failure):
    """A 200 that holds something else than what was asked for: a portal's page, or an error dressed as success."""

    def __init__(self, url: str, reason: str) -> None:
        error = KodoError(f"{host_of(url)} answered with something unreadable: {reason}")
        super().__init__(error, status=200, retryable=True)


@contextmanager
def told_to_users() -> Iterator[None]:
    """Failures that leave this room do so as the errors that they stand for."""
    try:
        yield
    except Failure as failure:
        raise failure.error from failure


def retryable_status(status: int) -> bool:
    """True if the same request may succeed later (protocol §8)."""
    return status in {429, 996} or (500 <= status < 600 and status not in PERMANENT)


_SIGN_IN = re.compile(r"\S*@")
"""curl quotes a proxy that it does not understand, with the password for it."""


def of_curl(code: int, message: str, url: str) -> Failure:
    """No answer, or half of one. The host is named; the URL is not, it may hold a token."""
    text = f"no answer from {host_of(url)}: {_SIGN_IN.sub('***@', message) or f'curl error {code}'}"
    return Failure(Unreachable(text), retryable=code not in HOPELESS_CODES)


def of_status(status: int, body: bytes, url: str) -> Failure:
    """Kodo answered, but not with success."""
    text = error_text(body)
    where = f"{host_of(url)} answered {status}" + (f" {text!r}" if text else "")
    if status == 401 or (status == 612 and "accesskey is not found" in text):
        return Failure(
            SignInRefused(f"the access key or secret key is refused: {where}", hint="check the account's keys"),
            status=status,
        )
    if status == 403 and "too skewed" in text:
        return Failure(
            ClockSkewed(f"this machine's clock is off by more than 15 minutes: {where}", hint="set the clock"),
            status=status,
        )
    if status == 631:
        hint = "check the pair's bucket (its NAME, if the option is not set), and whose keys these are"
        return Failure(BucketUnknown(f"no such bucket in this account: {where}", hint=hint), status=status)
    if status == 640:
        return Failure(ListingBroken(f"the listing's marker is refused: {where}"), status=status)
    if retryable_status(status):
        return Failure(Unreachable(f"only errors from {where}"), status=status, retryable=True)
    return Failure(KodoError(where), status=status)


def not_kodo(url: str) -> Failure:
    """An answer without X-Reqid is some proxy's or portal's, not Kodo's (protocol §0)."""
    return Failure(
        Unreachable(
            f"the answer from {host_of(url)} is not Kodo's: it has no X-Reqid",
            hint="is there a proxy or a login page in between?",
        ),
        retryable=True,
    )


def error_text(body: bytes) -> str:
    """The text of Kodo's `{"error": …}`, or the beginning of whatever else came."""
    try:
        text = msgspec.json.decode(body)["error"]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
        text = body[:_TEXT_LIMIT].decode("utf-8", "replace").strip()
    return str(text)[:_TEXT_LIMIT]
