"""Objects whose bytes the cloud gets itself, from other servers: fetch, prefetch, mirrors (protocol §4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from kodo_emulator.errors import KodoError
from kodo_emulator.net.outgoing import Outgoing, Reply, UnreachableError
from kodo_emulator.protocol.metadata import check_header_value
from kodo_emulator.store.interface import Bucket, Store, StoredObject
from kodo_emulator.uploads.arrival import Arrival
from kodo_emulator.uploads.creation import Creation
from kodo_emulator.uploads.finished import Finished, Said

_UNREACHABLE = 502  # What the cloud itself says of a source that does not answer.


@dataclass(frozen=True, slots=True)
class Order:
    """What to get and where to put it: `urls` are tried one after the other; key None means the hash of the content.

    `host` replaces the Host header. `replaces`: an object that is there already gives way. `check` may refuse a content
    that has arrived, with a KodoError.
    """

    urls: Sequence[str]
    bucket: Bucket
    key: str | None
    host: str = ""
    kind: int = 0
    user_agent: str = ""
    replaces: bool = True
    check: Callable[[Arrival], None] | None = None


class Puller:
    """Gets contents and puts objects, which replace those of the same key."""

    def __init__(self, store: Store, outgoing: Outgoing, creation: Creation) -> None:
        self._store = store
        self._outgoing = outgoing
        self._creation = creation

    async def pull(self, order: Order) -> StoredObject:
        """The object that the first source with an acceptable answer gave.

        Raises:
            KodoError: 404 when every source says so, 478 for other failures (SPEC, DOC prefetch 2023-03), what `check`
                raises; 403, 614, 631, which no other source could change.
        """
        refusals: list[KodoError] = []
        for url in order.urls:
            with Arrival(self._store.receive()) as arrival:
                try:
                    reply = await self._get(url, arrival, order)
                    if order.check:
                        order.check(arrival)
                except KodoError as error:
                    refusals.append(error)
                    continue
                return await self._create(url, reply, arrival, order)
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
            urls=[f"{source.rstrip('/')}/{_path(key)}" for source in sources],
            bucket=bucket,
            key=key,
            host=bucket.settings.mirror_host,
            user_agent=f"{bucket.region}-qiniu-imgstg-spider-1.0",  # DOC 3966 (2025-02)
        )
        return await self.pull(order)

    async def _create(self, url: str, reply: Reply, arrival: Arrival, order: Order) -> StoredObject:
        said = Said(key=order.key, mime=_mime(reply), file_name=_file_name(url))
        finished = Finished.of_arrival(said, arrival)
        return await self._creation.create_without_token(
            order.bucket, finished, arrival.seal, kind=order.kind, replaces=order.replaces
        )

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


def _path(key: str) -> str:
    """A key as a path that no client tidies up: `..` would lead elsewhere."""
    segments = quote(key).split("/")
    return "/".join(segment.replace(".", "%2E") if segment in {".", ".."} else segment for segment in segments)


def _mime(reply: Reply) -> str | None:
    """What the source says, if it can be believed; else the name in the URL decides [unv fetched-mime]."""
    mime = reply.headers.get("content-type")
    try:
        check_header_value("mimeType", mime or "")
    except KodoError:
        return None
    return mime


def _file_name(url: str) -> str:
    return unquote(url.partition("?")[0]).rpartition("/")[2]
