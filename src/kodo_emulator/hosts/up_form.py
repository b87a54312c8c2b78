"""The up host, form upload (protocol §5.1). Resumable uploads are in `up_v2.py`."""

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Request, Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.protocol.metadata import is_metadata, without_prefix
from kodo_emulator.protocol.policy import read_policy
from kodo_emulator.store.interface import Store
from kodo_emulator.uploads.arrival import Arrival
from kodo_emulator.uploads.creation import Creation, Finished
from kodo_emulator.uploads.form import Form, read_form

_KNOWN_FIELDS = frozenset({"token", "key", "crc32"})
_CUSTOM_VARIABLE = "x:"


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
        if request.query:
            raise KodoError(400, f"unknown parameter: {request.query.decode('utf-8', 'backslashreplace')}")
        arrival = Arrival(self._store.receive())
        try:
            form = await read_form(request, arrival)
            return await self._accept(form, arrival)
        except BaseException:
            arrival.discard()
            raise

    async def _accept(self, form: Form, arrival: Arrival) -> Response:
        token = form.text("token")
        if not token:
            raise KodoError(401, "token not specified")
        policy = read_policy(self._keys, token)
        if not form.has_file:
            raise KodoError(400, "file is not specified in multipart")  # [unv form-without-file]
        _check_fields(form)
        _check_crc32(form, arrival)
        key = form.fields.get("key")
        finished = Finished(
            key=None if key is None else decode_key(key),
            size_bytes=arrival.size_bytes,
            hash=arrival.etag,
            md5=arrival.md5,
            file_name=form.file_name,
            client_mime=form.file_mime,
            meta=without_prefix({name: form.text(name) or "" for name in form.fields if is_metadata(name)}),
        )
        self._creation.check(policy, finished)
        content = await arrival.seal()
        return self._creation.create(policy, finished, content)


def _check_fields(form: Form) -> None:
    for name in form.fields:
        if name not in _KNOWN_FIELDS and not name.startswith(_CUSTOM_VARIABLE) and not is_metadata(name):
            raise KodoError(400, f"unknown form field: {name}")


def _check_crc32(form: Form, arrival: Arrival) -> None:
    text = form.text("crc32")
    if text is None:
        return
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise KodoError(400, "invalid crc32")
    if int(text) != arrival.crc32:
        raise KodoError(406, "crc32 mismatch")  # [unv crc32-mismatch-text]
