"""The up host, resumable uploads of version 2: init, parts, complete, abort, list parts (protocol §5.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Body, Request, Response, parse_fields, read_body, split_path
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.arguments import document, integer
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.entry import decode_key_segment
from kodo_emulator.protocol.etag import etag_of_parts
from kodo_emulator.protocol.metadata import is_metadata, without_prefix
from kodo_emulator.protocol.policy import Policy
from kodo_emulator.protocol.replies import empty_response, json_response
from kodo_emulator.protocol.stored_headers import stored_headers
from kodo_emulator.store.existing import existing_bucket
from kodo_emulator.store.interface import Part, Store, Upload
from kodo_emulator.uploads.arrival import Arrival
from kodo_emulator.uploads.authorization import header_policy, refuse_query
from kodo_emulator.uploads.creation import Creation, dropped_on_failure
from kodo_emulator.uploads.finished import Finished, Said, custom_variables, read_head
from kodo_emulator.uploads.pacing import PacedBody
from kodo_emulator.uploads.unfinished import Unfinished

MIN_PART_BYTES = 1024 * 1024
MAX_PART_BYTES = 1024 * 1024 * 1024
MAX_PARTS = 10_000

_MAX_LISTED = 1000
_MAX_COMPLETE_BYTES = 4 * 1024 * 1024
_NO_KEY = "~"


@dataclass(frozen=True, slots=True)
class _Place:
    """What the path of a request names: `/buckets/<bucket>/objects/<key>/uploads[/<id>[/<number>]]`."""

    bucket: str
    key: str | None
    upload_id: str | None
    number: str | None


class _NamedPart(msgspec.Struct):
    number: int = msgspec.field(name="partNumber")
    etag: str


class _Completion(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    parts: list[_NamedPart]
    fname: str | None = None
    mime_type: str | None = None
    metadata: dict[str, str] | None = None
    meta_data: dict[str, str] | None = None  # The Java SDK spells it so.
    custom_vars: dict[str, str] | None = None
    cache_control: str | None = None
    content_language: str | None = None
    content_encoding: str | None = None
    content_disposition: str | None = None
    expires: str | None = None


class ResumableUpload:
    """All requests below /buckets/."""

    def __init__(self, store: Store, keys: Keys, clock: Clock, creation: Creation) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._creation = creation
        self._uploads = Unfinished(store, clock, "u")

    def add_routes(self, table: RouteTable) -> None:
        """Add what is answered here."""
        table.add("up", "GET POST PUT DELETE", "/buckets/…", self.handle)

    async def handle(self, request: Request) -> Response:
        place = _read_place(request.path)
        if request.method != "GET":
            refuse_query(request)
        policy = self._authorised(request, place)
        match (request.method, place.upload_id, place.number):
            case ("POST", None, None):
                await read_body(request.body, _MAX_COMPLETE_BYTES)
                return self._init(policy, place)
            case ("PUT", str(), str()):
                return await self._put_part(request, policy, place)
            case ("POST", str(), None):
                return await self._complete(request, policy, place)
            case ("DELETE", str(), None):
                return await self._abort(place)
            case ("GET", str(), None):
                return self._list_parts(request, self._upload(place))
            case _:
                raise KodoError(405, f"method not allowed: {request.method}")

    def _authorised(self, request: Request, place: _Place) -> Policy:
        policy = header_policy(self._keys, request)
        if policy.bucket != place.bucket:
            raise KodoError(403, "bucket doesn't match scope")  # [unv wrong-bucket-in-token]
        return policy

    def _init(self, policy: Policy, place: _Place) -> Response:
        self._creation.check_target(policy, place.key)
        upload = self._uploads.begin(place.bucket, place.key)
        return json_response(200, {"uploadId": upload.id, "expireAt": self._uploads.expires_s(upload)})

    async def _put_part(self, request: Request, policy: Policy, place: _Place) -> Response:
        upload = self._upload(place)
        number = integer("partNumber", place.number or "", 1, MAX_PARTS)
        with Arrival(self._store.receive()) as arrival:
            body = PacedBody(request.body, policy.traffic_limit)
            await _receive_part(body, request.headers.get("content-md5"), arrival)
            content = await arrival.seal()
        part = Part(number, arrival.size_bytes, arrival.etag, content, int(self._clock.storage_seconds()))
        with dropped_on_failure(self._store, content):
            async with self._uploads.turn([upload.id]):
                self._upload(place)  # It may have been completed or aborted meanwhile.
                self._store.put_part(upload.id, part)
        return json_response(200, {"etag": part.etag, "md5": arrival.md5})

    async def _complete(self, request: Request, policy: Policy, place: _Place) -> Response:
        self._creation.check_target(policy, place.key)
        body = await read_body(request.body, _MAX_COMPLETE_BYTES)
        async with self._uploads.turn([place.upload_id or ""]):
            asked = (existing_bucket(self._store, place.bucket).created_s, place)
            return await self._uploads.answer_once(asked, partial(self._create, request, policy, place, body))

    async def _create(self, request: Request, policy: Policy, place: _Place, body: bytes) -> Response:
        upload = self._upload(place)
        completion = document(body, _Completion)
        parts = _chosen_parts(completion.parts, self._store.parts(upload.id))
        sizes = tuple(part.size_bytes for part in parts)
        finished = Finished(
            _said(upload, completion),
            sum(sizes),
            etag_of_parts(sizes, [part.etag for part in parts]),
            read_head(self._store, parts),
            parts=sizes,
        )
        response = await self._creation.create(request, policy, finished, lambda: self._store.join(parts))
        self._store.drop_upload(upload.id)
        return response

    async def _abort(self, place: _Place) -> Response:
        async with self._uploads.turn([place.upload_id or ""]):
            self._store.drop_upload(self._upload(place).id)
        return empty_response()

    def _list_parts(self, request: Request, upload: Upload) -> Response:
        limit, marker = _MAX_LISTED, 0
        for name, value in parse_fields(request.query):
            match name:
                case "max-parts":
                    limit = integer(name, value, 1, _MAX_LISTED)
                case "part-number-marker" | "part-number_marker":
                    marker = integer(name, value or "0", 0, MAX_PARTS)
                case _:
                    raise KodoError(400, f"unknown parameter: {name}")
        left = [part for part in self._store.parts(upload.id) if part.number > marker]
        page = left[:limit]
        listed = [
            {"size": part.size_bytes, "etag": part.etag, "partNumber": part.number, "putTime": part.put_time_s}
            for part in page
        ]
        answer = {
            "uploadId": upload.id,
            "expireAt": self._uploads.expires_s(upload),
            "partNumberMarker": page[-1].number if len(left) > limit else 0,
            "parts": listed,
        }
        return json_response(200, answer)

    def _upload(self, place: _Place) -> Upload:
        """The upload that the path names.

        Raises:
            KodoError: 612, with the text that clients look for.
        """
        upload = self._uploads.find(place.upload_id or "")
        if upload is None or (upload.bucket, upload.key) != (place.bucket, place.key):
            raise KodoError(612, "no such uploadId")
        return upload


async def _receive_part(body: Body, wanted_md5: str | None, arrival: Arrival) -> None:
    while data := await body.read():
        arrival.write(data)
        if arrival.size_bytes > MAX_PART_BYTES:
            raise KodoError(400, "part too large")
    if wanted_md5 is not None and wanted_md5 != arrival.md5:
        raise KodoError(400, "content md5 mismatch")  # [unv part-md5-mismatch]


def _read_place(path: bytes) -> _Place:
    match split_path(path):
        case ["buckets", bucket, "objects", key, "uploads", *rest] if len(rest) <= 2:
            upload_id, number = [*rest, None, None][:2]
            return _Place(bucket, _read_key(key), upload_id, number)
        case _:
            raise KodoError(404, f"no such route in this emulator: {path.decode('utf-8', 'backslashreplace')}")


def _read_key(segment: str) -> str | None:
    return None if segment == _NO_KEY else decode_key_segment(segment)


def _chosen_parts(named: Sequence[_NamedPart], kept: Sequence[Part]) -> list[Part]:
    """The parts that a complete names, which must be kept, ascending and large enough.

    Raises:
        KodoError: 400.
    """
    by_number = {part.number: part for part in kept}
    chosen: list[Part] = []
    for name in named:
        part = by_number.get(name.number)
        if part is None or part.etag != name.etag:
            raise KodoError(400, f"invalid part: {name.number}")
        if chosen and chosen[-1].number >= part.number:
            raise KodoError(400, "parts must be in ascending order")
        if chosen and chosen[-1].size_bytes < MIN_PART_BYTES:
            raise KodoError(400, f"part too small: {chosen[-1].number}")
        chosen.append(part)
    if not chosen:
        raise KodoError(400, "no parts")
    return chosen


def _said(upload: Upload, completion: _Completion) -> Said:
    metadata = completion.metadata or completion.meta_data or {}
    for name in metadata:
        if not is_metadata(name):
            raise KodoError(400, f"invalid metadata name: {name}")
    headers = {
        "cacheControl": completion.cache_control,
        "contentLanguage": completion.content_language,
        "contentEncoding": completion.content_encoding,
        "contentDisposition": completion.content_disposition,
        "expires": completion.expires,
    }
    return Said(
        key=upload.key,
        mime=completion.mime_type,
        file_name=completion.fname,
        meta=without_prefix(metadata),
        variables=custom_variables(completion.custom_vars or {}),
        headers=stored_headers(headers),
    )
