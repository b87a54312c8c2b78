"""Objects whose bytes the cloud gets itself, from other servers: fetch, prefetch, mirrors (protocol §4)."""

import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError, file_exists, no_such_bucket
from kodo_emulator.net.outgoing import Outgoing, Reply, UnreachableError
from kodo_emulator.protocol.metadata import check_header_value
from kodo_emulator.protocol.policy import DEFAULT_MIME
from kodo_emulator.store.interface import Bucket, Store, StoredObject
from kodo_emulator.uploads.arrival import Arrival

_UNREACHABLE = 502  # What the cloud itself says of a source that does not answer.


@dataclass(frozen=True, slots=True)
class Order:
    """What to get and where to put it: `urls` are tried one after the other; key None means the hash of the content.

    `host` replaces the Host header. `replaces`: an object that is there already gives way. `check` may refuse a content
    that has arrived, with a KodoError.
    """

    urls: Sequence[str]
    bucket: str
    key: str | None
    host: str = ""
    kind: int = 0
    user_agent: str = ""
    replaces: bool = True
    check: Callable[[Arrival], None] | None = None


class Puller:
    """Gets contents and puts objects, which replace those of the same key."""

    def __init__(self, store: Store, clock: Clock, outgoing: Outgoing) -> None:
        self._store = store
        self._clock = clock
        self._outgoing = outgoing

    async def pull(self, order: Order) -> StoredObject:
        """The object that the first source with an answer gave.

        Raises:
            KodoError: 404 when every source says so, 478 for other failures (SPEC, DOC prefetch 2023-03), 631.
        """
        refusals: list[KodoError] = []
        for url in order.urls:
            try:
                return await self._pull_from(url, order)
            except KodoError as error:
                refusals.append(error)
        worst = next((error for error in refusals if error.status != 404), None)
        raise worst or refusals[-1]

    async def pull_mirror(self, bucket: Bucket, key: str) -> StoredObject:
        """The object that the bucket's mirror has under `key`: for prefetch, and for downloads of missing keys.

        Raises:
            KodoError: as `pull`; 478 also when the bucket has no mirror [unv prefetch-without-mirror].
        """
        sources = bucket.settings.mirror_sources
        if not sources:
            raise KodoError(478, "no mirror source is set")
        order = Order(
            urls=[f"{source.rstrip('/')}/{quote(key)}" for source in sources],
            bucket=bucket.name,
            key=key,
            host=bucket.settings.mirror_host,
            user_agent=f"{bucket.region}-qiniu-imgstg-spider-1.0",  # DOC 3966 (2025-02)
        )
        return await self.pull(order)

    async def _pull_from(self, url: str, order: Order) -> StoredObject:
        arrival = Arrival(self._store.receive())
        try:
            reply = await self._get(url, arrival, order)
            if order.check:
                order.check(arrival)
            content = await arrival.seal()
            return self._put(order, arrival, content, _mime(reply, url))
        except BaseException:
            arrival.discard()
            raise

    async def _get(self, url: str, arrival: Arrival, order: Order) -> Reply:
        wanted = {"Host": order.host, "User-Agent": order.user_agent}
        headers = {name: value for name, value in wanted.items() if value}
        try:
            reply = await self._outgoing.get(url, arrival.write, headers)
        except UnreachableError as error:
            raise KodoError(478, f"httpGet url failed: E{_UNREACHABLE} {error}") from error
        if reply.status == 404:
            raise KodoError(404, "httpGet url failed and meet 404")
        if reply.status != 200:
            raise KodoError(478, f"httpGet url failed: E{reply.status}")
        return reply

    def _put(self, order: Order, arrival: Arrival, content: str, mime: str) -> StoredObject:
        if self._store.bucket(order.bucket) is None:
            raise no_such_bucket()
        key = arrival.etag if order.key is None else order.key
        if not order.replaces and self._store.find(order.bucket, key) is not None:
            raise file_exists()
        now = self._clock.ticks()
        stored = StoredObject(
            key=key,
            content=content,
            size_bytes=arrival.size_bytes,
            hash=arrival.etag,
            mime=mime,
            put_time=now,
            last_modify=now,
            kind=order.kind,
        )
        self._store.put(order.bucket, stored)
        return stored


def _mime(reply: Reply, url: str) -> str:
    """What the source says, else what its name suggests [unv fetched-mime]."""
    mime = reply.headers.get("content-type") or mimetypes.guess_type(url.partition("?")[0])[0] or DEFAULT_MIME
    try:
        check_header_value("mimeType", mime)
    except KodoError:
        return DEFAULT_MIME
    return mime
