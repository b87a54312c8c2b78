"""Signatures: who may call (protocol §2). What an upload token permits is in `policy.py`."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from kodo_emulator.errors import KodoError, bad_token, time_too_skewed, token_out_of_date
from kodo_emulator.protocol.entry import b64url, unb64url

MAX_SKEW_S = 15 * 60

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_OCTETS = "application/octet-stream"
_DATE_HEADER = "x-qiniu-date"


@dataclass(frozen=True, slots=True)
class Keys:
    """The one account of the emulated cloud."""

    access_key: str
    secret_key: str = field(repr=False)

    def sign(self, text: bytes) -> str:
        """`AK:signature` of `text` (protocol §2)."""
        digest = hmac.new(self.secret_key.encode(), text, hashlib.sha1).digest()
        return f"{self.access_key}:{b64url(digest)}"

    def signed(self, token: str, text: bytes) -> bool:
        """Whether `token` is this account's signature of `text`."""
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self.sign(text).encode())


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parts of a request that a management signature covers; header names are lower-case.

    `ports` are those at which it may have arrived.
    """

    method: str
    target: bytes
    headers: Mapping[str, str]
    body: bytes
    ports: tuple[int, ...] = ()


def check_management(keys: Keys, request: SignedRequest, now_s: float) -> None:
    """Accept a `Qiniu` or `QBox` Authorization header (protocol §2.1 - §2.3).

    Raises:
        KodoError: 401 for a missing or wrong signature, 403 when X-Qiniu-Date is over 15 minutes off.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    match scheme:
        case "Qiniu":
            candidates = _qiniu_texts(request)
        case "QBox":
            candidates = _qbox_texts(request)
        case _:
            raise bad_token()
    if not any(keys.signed(token, text) for text in candidates):
        raise bad_token()
    _check_date(request.headers, now_s)


def check_upload_token(keys: Keys, token: str) -> bytes:
    """The policy JSON inside an upload token whose signature is right (protocol §2.4).

    Raises:
        KodoError: 401.
    """
    signature, _, policy = token.rpartition(":")
    if not keys.signed(signature, policy.encode("utf-8", "surrogateescape")):
        raise bad_token()
    try:
        return unb64url(policy)
    except ValueError as error:
        raise bad_token() from error


def check_download(keys: Keys, host: str, target: bytes, now_s: float) -> None:
    """Accept the `e` and `token` of a private URL (protocol §2.5).

    The scheme is not on the wire, so both are tried; the target is never decoded.

    Raises:
        KodoError: 401.
    """
    path, _, query = target.partition(b"?")
    fields = query.split(b"&")
    position = next((i for i, pair in enumerate(fields) if pair.startswith(b"token=")), None)
    if position is None:
        raise KodoError(401, "download token not specified")
    token = unquote_to_bytes(fields[position].removeprefix(b"token=")).decode("utf-8", "surrogateescape")
    signed_fields = fields[:position]
    address = host.encode("latin-1", "replace") + path + (b"?" + b"&".join(signed_fields) if signed_fields else b"")
    if not any(keys.signed(token, scheme + address) for scheme in (b"http://", b"https://")):
        raise KodoError(401, "download token auth failed")
    deadline = next((pair.removeprefix(b"e=") for pair in signed_fields if pair.startswith(b"e=")), b"")
    if not deadline.isdigit():
        raise KodoError(401, "download token auth failed")
    if int(deadline[:20]) < now_s:
        raise token_out_of_date()  # [unv download-token-expired-text]


def _qbox_texts(request: SignedRequest) -> Iterator[bytes]:
    body = request.body if _media_type(request.headers) == _FORM else b""
    for target in _spellings(request.target):
        yield target + b"\n" + body


def _qiniu_texts(request: SignedRequest) -> Iterator[bytes]:
    for target in _spellings(request.target):
        for spelled_host in _hosts(request):
            head = request.method.encode() + b" " + target + b"\n" + _signed_headers(spelled_host, request.headers)
            for body in _signed_bodies(request):
                yield head + b"\n" + body


def _hosts(request: SignedRequest) -> list[str]:
    """The Host as it came, and as others sign it: Node with its port twice (protocol §2.3), Java with a port that it
    leaves out of the header (com.qiniu.util.Auth).
    """
    host = request.headers.get("host", "")
    _, colon, port = host.rpartition(":")
    if colon and port.isdigit():
        return [host, f"{host}:{port}"]
    return [host, *(f"{host}:{port}" for port in request.ports)]


def _spellings(target: bytes) -> list[bytes]:
    path, question, query = target.partition(b"?")
    decoded = unquote_to_bytes(path)
    return [target] if decoded == path else [target, decoded + question + query]


def _signed_headers(host: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"Host: {host}\n"]
    if content_type := headers.get("content-type"):
        lines.append(f"Content-Type: {content_type}\n")
    canonical = {
        "-".join(word.capitalize() for word in name.split("-")): value
        for name, value in headers.items()
        if name.startswith("x-qiniu-") and name != "x-qiniu-"
    }
    lines.extend(f"{name}: {canonical[name]}\n" for name in sorted(canonical))
    return "".join(lines).encode("utf-8", "surrogateescape")


def _signed_bodies(request: SignedRequest) -> list[bytes]:
    media_type = _media_type(request.headers)
    if media_type in {"", _OCTETS}:
        return [b""]
    if media_type in {_FORM, _JSON}:
        return [request.body]
    return [request.body, b""]


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _check_date(headers: Mapping[str, str], now_s: float) -> None:
    text = headers.get(_DATE_HEADER)
    if text is None:
        return
    try:
        sent = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise KodoError(400, "invalid X-Qiniu-Date") from error  # [unv date-header-malformed]
    if abs(sent.timestamp() - now_s) > MAX_SKEW_S:
        raise time_too_skewed()
