"""Downloads: a bucket's domain, its origin host io_src, and getfile of private clouds (protocol §6).

What is looked at, in this order; the first that refuses answers:

1. the bucket: 404 once it is dropped;
2. OPTIONS, which asks about CORS rules only: a browser sends no token with it;
3. the referer list: 403;
4. the timestamp signature, on the domain only: 403;
5. the token, on io_src, in private and in protected buckets: 401;
6. the key: 400 if it cannot be one; then the object, else an index page, else the mirror, else 404 (`errno-404`);
7. a disabled object without a token, which a public bucket has not asked for yet: 403;
8. an archived object that is not thawed: 403;
9. operations on the content, which the emulator has none of: 501;
10. conditions (304), then the range (206, 416).

So nobody learns without a token what a private bucket holds. Every answer carries the headers of the CORS rules.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import unquote_to_bytes

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.describe import FROZEN_KINDS, is_frozen
from kodo_emulator.hosts.io_access import Access, Gate, read_access
from kodo_emulator.hosts.io_content import serve, whole
from kodo_emulator.hosts.io_headers import object_headers
from kodo_emulator.net.http1 import Delivery, Headers, Request, Response, split_path
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.cors import preflight_headers, shared_headers
from kodo_emulator.protocol.download_query import read_query
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.protocol.replies import error_response, json_response
from kodo_emulator.protocol.traffic import BYTE_BITS
from kodo_emulator.store.existing import existing_bucket
from kodo_emulator.store.interface import Bucket, Store, StoredObject

Pull = Callable[[str, str], Awaitable[StoredObject | None]]

ERROR_PAGE_KEY = "errno-404"
INDEX_PAGES = ("index.html", "index.htm")


class Reader:
    """Answers requests for keys, wherever the bucket and the key were named.

    `pull` fetches a key (bucket, key) from the bucket's mirror and keeps it; None where the mirror has no such key.
    """

    def __init__(self, store: Store, keys: Keys, clock: Clock, pull: Pull | None) -> None:
        self.store = store
        self._gate = Gate(keys)
        self._clock = clock
        self._pull = pull

    async def answer(self, request: Request, access: Access, raw_key: bytes) -> Response:
        """The answer to GET, HEAD or OPTIONS; `raw_key` is decoded once and never normalised (protocol §6.1)."""
        origin = request.headers.get("origin")
        if request.method == "OPTIONS":
            return _preflight(request, access, origin)
        shared = shared_headers(access.cors, origin)
        try:
            return await self._read(request, access, raw_key, shared)
        except KodoError as error:
            return _with_headers(error_response(request, error), shared)

    async def _read(self, request: Request, access: Access, raw_key: bytes, shared: Headers) -> Response:
        if access.is_guarded:
            self._gate.check(access, request, self._clock.seconds())
        key = decode_key(unquote_to_bytes(raw_key))
        stored = self._find(request, access, key) or await self._replacement(request, access, key)
        if stored is None:
            return self._not_found(request, access, shared)
        if stored.status and not access.must_sign:
            self._gate.check_disabled(request, self._clock.seconds())
        if stored.kind in FROZEN_KINDS and is_frozen(stored, self._clock.storage_seconds()):
            raise KodoError(403, "file is archived: restore it first")  # [unv frozen-download-text]
        query = read_query(request.query)
        if query.processing is not None:
            raise KodoError(501, f"not supported by this emulator: {query.processing}")
        headers = object_headers(stored, access.cache_control, query.attachment, shared)
        response = serve(request, stored, headers, self.store.open)
        if query.traffic_bits_per_s is None:
            return response
        return replace(response, delivery=Delivery(bytes_per_s=query.traffic_bits_per_s // BYTE_BITS))

    def _find(self, request: Request, access: Access, key: str) -> StoredObject | None:
        if request.serve_previous and (previous := self.store.find_previous(access.bucket.name, key)):
            return previous
        return self.store.find(access.bucket.name, key)

    async def _replacement(self, request: Request, access: Access, key: str) -> StoredObject | None:
        """What stands in for a missing object: the index page of its level, else what the mirror has under its key.

        An object whose key ends with a slash wins over an index page [unv index-page-or-marker], both win over the
        mirror [unv index-page-or-mirror], and a HEAD pulls as a GET does [unv mirror-head].
        """
        if access.has_index_pages and (not key or key.endswith("/")):
            for page in INDEX_PAGES:
                if stored := self._find(request, access, key + page):
                    return stored
        if access.has_mirror and self._pull and await self._pull(access.bucket.name, key):
            return self.store.find(access.bucket.name, key)
        return None

    def _not_found(self, request: Request, access: Access, shared: Headers) -> Response:
        """404, with the content of the bucket's error page if it has one that may be read [unv error-page-closed]."""
        page = self.store.find(access.bucket.name, ERROR_PAGE_KEY)
        if page is None or page.status or is_frozen(page, self._clock.storage_seconds()):
            return _with_headers(json_response(404, {"error": "Document not found"}), shared)
        return whole(request, 404, page, (("Content-Type", page.mime), *shared), self.store.open)


class Download:
    """One domain of one bucket. `origin` is io_src: every request there must be signed."""

    def __init__(
        self, bucket: str, store: Store, keys: Keys, clock: Clock, *, origin: bool, pull: Pull | None = None
    ) -> None:
        self._name = bucket
        self._origin = origin
        self._reader = Reader(store, keys, clock, pull)
        self._access: Access | None = None

    async def handle(self, request: Request) -> Response:
        """The path is the key, behind exactly one slash (protocol §6.1)."""
        bucket = self._reader.store.bucket(self._name)
        if bucket is None:
            raise KodoError(404, "no such domain")
        return await self._reader.answer(request, self._current(bucket), request.path.removeprefix(b"/"))

    def _current(self, bucket: Bucket) -> Access:
        """The bucket's settings, worked out anew only when they changed: a bucket is a value."""
        if self._access is None or self._access.bucket is not bucket:
            self._access = read_access(bucket, signed_only=self._origin, timestamps=not self._origin)
        return self._access


class GetFile:
    """`/getfile/<AK>/<bucket>/<key>` on the io host, which private clouds have instead of domains (protocol §6.1).

    Public buckets are read without a token here, private ones with one (qshell's comment on the URL; the Java SDK's
    DownloadPrivateCloudUrl signs if it is given keys).
    """

    def __init__(self, store: Store, keys: Keys, clock: Clock, pull: Pull | None = None) -> None:
        self._access_key = keys.access_key
        self._reader = Reader(store, keys, clock, pull)

    def add_routes(self, table: RouteTable) -> None:
        """Add what is answered here."""
        table.add("io", "GET HEAD OPTIONS", "/getfile/…", self.handle)

    async def handle(self, request: Request) -> Response:
        """Whatever follows the bucket and its slash is the key, slashes and all."""
        _, _, account, bucket_name, raw_key = (*request.path.split(b"/", 4), b"", b"")[:5]
        account_name, name = split_path(b"/" + account + b"/" + bucket_name)
        if account_name != self._access_key:
            raise KodoError(612, "app/accesskey is not found")  # [unv getfile-unknown]
        bucket = existing_bucket(self._reader.store, name)  # [unv getfile-unknown]
        access = read_access(bucket, signed_only=False, timestamps=False)
        return await self._reader.answer(request, access, raw_key)


def _preflight(request: Request, access: Access, origin: str | None) -> Response:
    method = request.headers.get("access-control-request-method")
    if not origin or not method:
        raise KodoError(405, "method not allowed: OPTIONS")
    wanted = request.headers.get("access-control-request-headers", "")
    return Response(200, preflight_headers(access.cors, origin, method, wanted))


def _with_headers(response: Response, headers: Headers) -> Response:
    return replace(response, headers=(*response.headers, *headers))
