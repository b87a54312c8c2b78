"""Signatures: management tokens, upload tokens and private download URLs, made by the official SDK.

What belongs here: anything that needs the secret key. What does not: sending requests, spelling URLs.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from kodokeep.errors import SignInRefused
from kodokeep.kodo.urls import host_of
from kodokeep.model.options import Credentials

FORM = "application/x-www-form-urlencoded"
"""All SDKs send and sign this type, even on GET and on an empty POST (protocol §2.2)."""

URL_LIFETIME_S = 3600
"""How long a signed download URL is good for. Every attempt signs anew, so it bounds one transfer's start only."""

UPLOAD_LIFETIME_S = 3600
"""How long an upload token is good for: it must be when the object is created (protocol §2.4), so it bounds one
request's time on the wire.
"""


class Signer:
    """Signs for one account. `now_s` is the wall clock in seconds since the epoch.

    The SDK costs 0.1 s to import and is loaded at the first signature.
    """

    def __init__(self, credentials: Credentials, now_s: Callable[[], float]) -> None:
        if not (credentials.access_key and credentials.secret_key):
            raise SignInRefused("the access key or the secret key is empty")
        self._credentials = credentials
        self._now_s = now_s

    @property
    def access_key(self) -> str:
        """The public half of the credentials."""
        return self._credentials.access_key

    def headers(self, method: str, url: str, form: str = "") -> list[str]:
        """Header lines of a management request: `Qiniu` signature of it, its form and the time (protocol §2.2)."""
        stamp = datetime.fromtimestamp(self._now_s(), UTC).strftime("%Y%m%dT%H%M%SZ")
        dated = f"X-Qiniu-Date: {stamp}"
        token = self._management.token_of_request(method, host_of(url), url, dated, FORM, form)
        return [f"Authorization: Qiniu {token}", dated, f"Content-Type: {FORM}"]

    def download_url(self, url: str) -> str:
        """The URL with deadline and token, the token last (protocol §2.5)."""
        deadline = int(self._now_s()) + URL_LIFETIME_S
        dated = f"{url}{'&' if '?' in url else '?'}e={deadline}"
        return f"{dated}&token={self._auth.token(dated)}"

    def upload_token(self, bucket: str, key: str, policy: Mapping[str, object]) -> str:
        """A token to upload as this very key, with further policy fields (protocol §2.4)."""
        dated = {**policy, "deadline": int(self._now_s()) + UPLOAD_LIFETIME_S}
        token: str = self._auth.upload_token(bucket, key, policy=dated, strict_policy=False)
        return token

    @cached_property
    def _management(self) -> Any:
        from qiniu.auth import QiniuMacAuth  # noqa: PLC0415 - see the class

        return QiniuMacAuth(self._credentials.access_key, self._credentials.secret_key)

    @cached_property
    def _auth(self) -> Any:
        from qiniu.auth import Auth  # noqa: PLC0415 - see the class

        return Auth(self._credentials.access_key, self._credentials.secret_key)
