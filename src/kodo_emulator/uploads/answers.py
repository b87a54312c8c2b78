"""What a client gets for an object that it uploaded: hash and key, returnBody, a redirect, or the application's answer.

Protocol §2.4, §5.
"""

from dataclasses import replace

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Request, Response
from kodo_emulator.protocol.arguments import document
from kodo_emulator.protocol.entry import b64url, decode_key
from kodo_emulator.protocol.policy import Policy
from kodo_emulator.protocol.replies import error_response, json_response
from kodo_emulator.protocol.templates import Values, check_expansion, expand_json
from kodo_emulator.uploads.callbacks import UNEXPECTED, Callbacks, Outcome


class _Naming(msgspec.Struct, frozen=True):
    """An application's answer that names the object (callbackFetchKey)."""

    key: str
    payload: msgspec.Raw = msgspec.Raw(b"null")


def check_answer(policy: Policy, values: Values) -> None:
    """Whether the answer to an upload can be made at all; once the object is there, it is too late to refuse.

    Raises:
        KodoError: 400.
    """
    for template in (policy.return_body, policy.callback_url, policy.callback_body):
        check_expansion(template or "", values)


class Answers:
    """Makes the response to an upload that succeeded."""

    def __init__(self, callbacks: Callbacks) -> None:
        self._callbacks = callbacks

    async def give(self, request: Request, policy: Policy, values: Values) -> Response:
        """The response, `values` holding everything of the object. It never refuses: the object is there."""
        if policy.callback_url:
            return _called_back(request, values, await self._callbacks.post(policy, values))
        body = expand_json(policy.return_body, values).encode() if policy.return_body else None
        if policy.return_url:
            return _redirect(policy.return_url, body)
        if body is not None:
            # It is not looked at whether that is JSON (js-sdk issue 596).
            return json_response(200, msgspec.Raw(body))
        return json_response(200, {"hash": values["etag"], "key": values["key"]})

    async def ask_name(self, request: Request, policy: Policy, values: Values) -> tuple[str | None, Response]:
        """callbackFetchKey: the key that the application gives the object, None if it fails, and the response.

        Which key the callback shows, and what happens when it fails, is a guess [unv callback-fetch-key].
        """
        outcome = await self._callbacks.post(policy, values)
        if outcome.error:
            return None, _called_back(request, values, outcome)
        try:
            naming = document(outcome.document, _Naming)
            return decode_key(naming.key.encode()), json_response(200, naming.payload)
        except KodoError as error:
            return None, _called_back(request, values, replace(outcome, error=f"{UNEXPECTED}: {error}"))


def _called_back(request: Request, values: Values, outcome: Outcome) -> Response:
    """The application's answer, or 579 with a JSON text that tells what went wrong."""
    if not outcome.error:
        return json_response(200, msgspec.Raw(outcome.document))
    told = {**outcome.told(), "hash": values["etag"], "key": values["key"]}
    return error_response(request, KodoError(579, msgspec.json.encode(told).decode()))


def _redirect(url: str, body: bytes | None) -> Response:
    """303; a URL that has a query already gets a further parameter [unv return-url-with-query]."""
    location = url
    if body is not None:
        location += f"{'&' if '?' in url else '?'}upload_ret={b64url(body)}"
    return Response(303, (("Location", location), ("Cache-Control", "no-store")))
