"""The up host, form upload (protocol §5.1). Other ways of uploading are in the other `up_*.py`."""

from contextlib import suppress
from dataclasses import replace

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Request, Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.protocol.metadata import check_header_value, is_metadata, without_prefix
from kodo_emulator.protocol.policy import read_policy
from kodo_emulator.protocol.stored_headers import HEADERS, stored_headers
from kodo_emulator.store.interface import Store
from kodo_emulator.uploads.arrival import Arrival
from kodo_emulator.uploads.authorization import refuse_query
from kodo_emulator.uploads.creation import Creation
from kodo_emulator.uploads.finished import CUSTOM_PREFIX, Finished, Said, custom_variables
from kodo_emulator.uploads.form import Form, read_form
from kodo_emulator.uploads.pacing import PacedBody

_KNOWN_FIELDS = frozenset({"token", "key", "crc32", "accept", *HEADERS})


class FormUpload:
    """POST / with a form."""

    def __init__(self, store: Store, keys: Keys, creation: Creation) -> None:
        self._store = store
        self._keys = keys
        self._creation = creation

    def add_routes(self, table: RouteTable) -> None:
        """Add what is answered here."""
        table.add("up", "POST", "/", self.handle)

    async def handle(self, request: Request) -> Response:
        refuse_query(request)
        body = PacedBody(request.body)

        def see(name: str, value: bytes) -> None:
            if name == "token":
                with suppress(KodoError):  # A bad token is refused when the form is complete.
                    body.bits_per_s = read_policy(self._keys, value.decode("utf-8", "replace")).traffic_limit

        with Arrival(self._store.receive()) as arrival:
            form = await read_form(request.headers.get("content-type", ""), body, arrival, see)
            return await self._accept(request, form, arrival)

    async def _accept(self, request: Request, form: Form, arrival: Arrival) -> Response:
        token = form.text("token")
        if not token:
            raise KodoError(401, "token not specified")
        policy = read_policy(self._keys, token)
        if not form.has_file:
            raise KodoError(400, "file is not specified in multipart")  # [unv form-without-file]
        said = _said(form)
        arrival.check_crc32(said.crc32)
        response = await self._creation.create(request, policy, Finished.of_arrival(said, arrival), arrival.seal)
        return _accepted(response, form.text("accept"))


def _said(form: Form) -> Said:
    """What the fields say.

    Raises:
        KodoError: 400, an unknown field or a bad value.
    """
    for name in form.fields:
        if name not in _KNOWN_FIELDS and not name.startswith(CUSTOM_PREFIX) and not is_metadata(name):
            raise KodoError(400, f"unknown form field: {name}")
    key = form.fields.get("key")
    texts = {name: form.text(name) or "" for name in form.fields if name not in {"key", "token"}}
    check_header_value("accept", texts.get("accept", ""))
    return Said(
        key=None if key is None else decode_key(key),
        mime=form.file_mime,
        file_name=form.file_name,
        meta=without_prefix({name: text for name, text in texts.items() if is_metadata(name)}),
        variables=custom_variables(texts),
        headers=stored_headers(texts),
        crc32=texts.get("crc32"),
    )


def _accepted(response: Response, media_type: str | None) -> Response:
    """The response under the content type that the form asks for, as old browsers need it; refusals stay JSON."""
    if not media_type or response.status != 200:
        return response
    kept = tuple(header for header in response.headers if header[0] != "Content-Type")
    return replace(response, headers=(*kept, ("Content-Type", media_type)))
