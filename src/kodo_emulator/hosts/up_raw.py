"""The up host, a content as the whole body of a request: /put and /putb64 (protocol §5.4)."""

from collections.abc import AsyncIterator, Callable

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Body, Request, Response, split_path
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.arguments import integer
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.base64_stream import Base64Stream
from kodo_emulator.store.interface import Store
from kodo_emulator.uploads.arrival import Arrival
from kodo_emulator.uploads.authorization import header_policy, refuse_query
from kodo_emulator.uploads.creation import Creation
from kodo_emulator.uploads.finished import Finished
from kodo_emulator.uploads.pacing import PacedBody
from kodo_emulator.uploads.segments import read_said

_MAX_BYTES = 1024 * 1024 * 1024  # [unv raw-upload-size]
_UNKNOWN_SIZE = "-1"  # [unv raw-upload-unknown-size]


class RawUpload:
    """POST /put/<fsize>… and /putb64/<fsize>…"""

    def __init__(self, store: Store, keys: Keys, creation: Creation) -> None:
        self._store = store
        self._keys = keys
        self._creation = creation

    def add_routes(self, table: RouteTable) -> None:
        """Add what is answered here."""
        table.add("up", "POST", "/put/…", self.put)
        table.add("up", "POST", "/putb64/…", self.put_base64)

    async def put(self, request: Request) -> Response:
        """The body as it is."""
        return await self._take(request, _pieces)

    async def put_base64(self, request: Request) -> Response:
        """The body in base64; the size in the path is that of the content."""
        return await self._take(request, _decoded_pieces)

    async def _take(self, request: Request, pieces: Callable[[Body], AsyncIterator[bytes]]) -> Response:
        refuse_query(request)
        policy = header_policy(self._keys, request)
        _, size, *segments = split_path(request.path)
        wanted_bytes = None if size == _UNKNOWN_SIZE else integer("fsize", size, 0, _MAX_BYTES)
        said = read_said(segments, may_have_crc32=True)
        self._creation.check_target(policy, said.key)
        most_bytes = _MAX_BYTES if wanted_bytes is None else wanted_bytes
        with Arrival(self._store.receive()) as arrival:
            async for data in pieces(PacedBody(request.body, policy.traffic_limit)):
                arrival.write(data)
                if arrival.size_bytes > most_bytes:
                    break
            if arrival.size_bytes > most_bytes or wanted_bytes not in {None, arrival.size_bytes}:
                raise KodoError(400, "unexpected file size")
            arrival.check_crc32(said.crc32)
            return await self._creation.create(request, policy, Finished.of_arrival(said, arrival), arrival.seal)


async def _pieces(body: Body) -> AsyncIterator[bytes]:
    while data := await body.read():
        yield data


async def _decoded_pieces(body: Body) -> AsyncIterator[bytes]:
    stream = Base64Stream()
    while data := await body.read():
        yield stream.feed(data)
    yield stream.finish()
