"""The callback to the application's server once an object is there (protocol §2.4)."""

import hashlib
from dataclasses import dataclass, replace

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from kodo_emulator.errors import KodoError
from kodo_emulator.net.outgoing import Outgoing, UnreachableError
from kodo_emulator.protocol.arguments import document
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.policy import Policy
from kodo_emulator.protocol.templates import Values, expand_form, expand_json

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_UNREACHED = 502

UNEXPECTED = "unexcepted response"  # As the cloud spells it.


@dataclass(frozen=True, slots=True)
class Outcome:
    """A callback that was made. `document` is the application's JSON answer; `error` says why there is none."""

    url: str
    body_type: str
    body: str
    status: int
    document: bytes = b""
    error: str = ""

    def told(self) -> dict[str, object]:
        """How an uploader is told that it failed (objc-sdk issue 233)."""
        return {
            "callback_url": self.url,
            "callback_bodyType": self.body_type,
            "callback_body": self.body,
            "token": "",
            "err_code": self.status,
            "error": self.error,
        }


class Callbacks:
    """Posts callbacks, signed with the keys of the account."""

    def __init__(self, keys: Keys, outgoing: Outgoing) -> None:
        self._keys = keys
        self._outgoing = outgoing

    async def post(self, policy: Policy, values: Values) -> Outcome:
        """Call the policy's URLs, one after the other, until one accepts; gives what the last one did.

        Placeholders of a URL are URL-encoded, and `$(bodySha1)` is the SHA-1 of the body in hex [unv body-sha1].
        A policy without callbackBody posts an empty one [unv callback-without-body].
        """
        body_type = policy.callback_body_type or FORM
        is_json = body_type.partition(";")[0].strip().lower() == JSON
        body = (expand_json if is_json else expand_form)(policy.callback_body or "", values)
        digest = hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest()
        url_values = {**values, "bodySha1": digest}
        outcome = Outcome("", body_type, body, _UNREACHED, error="no address")
        for template in filter(None, map(str.strip, (policy.callback_url or "").split(";"))):
            call = Outcome(expand_form(template, url_values), body_type, body, _UNREACHED)
            outcome = await self._call(call, policy.callback_host)
            if not outcome.error:
                break
        return outcome

    async def _call(self, call: Outcome, host: str | None) -> Outcome:
        body = call.body.encode()
        try:
            headers = callback_headers(self._keys, call.url, call.body_type, body, host)
            reply = await self._outgoing.post(call.url, body, headers)
        except UnreachableError as error:
            return replace(call, error=str(error))
        if reply.status != 200 or not _is_json(reply.body):
            return replace(call, status=reply.status, error=UNEXPECTED)
        return replace(call, status=reply.status, document=reply.body)


def callback_headers(keys: Keys, url: str, body_type: str, body: bytes, host: str | None) -> dict[str, str]:
    """The headers of a callback, signed (protocol §2.1): path and query as they are sent, and the body of a form.

    Raises:
        UnreachableError: `url` is no address.
    """
    try:
        target = parse_url(url).request_uri
    except LocationParseError as error:
        raise UnreachableError(f"{url}: {error}") from error
    signature = keys.sign(f"{target}\n".encode() + (body if body_type.startswith(FORM) else b""))
    headers = {"Content-Type": body_type, "Authorization": f"QBox {signature}"}
    return headers | {"Host": host} if host else headers


def _is_json(body: bytes) -> bool:
    try:
        document(body, object)
    except KodoError:
        return False
    return True
