"""The up host, resumable uploads of version 1: blocks of 4 MiB, sent in chunks (protocol §5.2).

A block is kept as an upload of its own, whose parts are the chunks; what it holds so far is in the ctx that the client
carries from one request to the next.
"""

import hashlib
from collections.abc import Sequence
from functools import partial

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError, no_such_bucket
from kodo_emulator.net.http1 import Body, Request, Response, read_body, split_path
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.arguments import integer
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.block_context import BlockContext, InvalidContextError, read_context, write_context
from kodo_emulator.protocol.entry import b64url
from kodo_emulator.protocol.etag import BLOCK_BYTES, block_digest, etag_of_blocks
from kodo_emulator.protocol.policy import Policy
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.existing import existing_bucket
from kodo_emulator.store.interface import Part, Store, Upload
from kodo_emulator.uploads.arrival import Arrival
from kodo_emulator.uploads.authorization import header_policy, refuse_query
from kodo_emulator.uploads.creation import Creation, dropped_on_failure
from kodo_emulator.uploads.finished import Finished, Said, read_head
from kodo_emulator.uploads.pacing import PacedBody
from kodo_emulator.uploads.segments import read_said
from kodo_emulator.uploads.unfinished import Unfinished

_MAX_LIST_BYTES = 8 * 1024 * 1024  # Some 60,000 blocks, 240 GiB.
_MAX_FILE_BYTES = 2**48


class BlockUpload:
    """POST /mkblk, /bput and /mkfile."""

    def __init__(self, store: Store, keys: Keys, clock: Clock, creation: Creation) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._creation = creation
        self._blocks = Unfinished(store, clock, "k")

    def add_routes(self, table: RouteTable) -> None:
        """Add what is answered here."""
        table.add("up", "POST", "/mkblk/…", self.make_block)
        table.add("up", "POST", "/bput/…", self.put_chunk)
        table.add("up", "POST", "/mkfile/…", self.make_file)

    async def make_block(self, request: Request) -> Response:
        """A new block and its first chunk."""
        refuse_query(request)
        policy = header_policy(self._keys, request)
        (size,) = _arguments(request, 1)
        size_bytes = integer("blockSize", size, 1, BLOCK_BYTES)
        existing_bucket(self._store, policy.bucket)
        block = self._blocks.begin(policy.bucket, None)
        try:
            return await self._add_chunk(request, policy, BlockContext(block.id, size_bytes, 0, 0, b""))
        except InvalidContextError as error:
            raise no_such_bucket() from error  # It was dropped meanwhile, and the block with it.
        except BaseException:
            self._store.drop_upload(block.id)
            raise

    async def put_chunk(self, request: Request) -> Response:
        """The chunk that follows a ctx."""
        refuse_query(request)
        policy = header_policy(self._keys, request)
        ctx, offset = _arguments(request, 2)
        try:
            context = read_context(self._keys, ctx)
            _check_offset(context, integer("offset", offset, 0, BLOCK_BYTES))
            return await self._add_chunk(request, policy, context)
        except InvalidContextError as error:
            raise KodoError(701, "invalid context") from error

    async def make_file(self, request: Request) -> Response:
        """An object of blocks, which the body names by their last ctxs."""
        refuse_query(request)
        policy = header_policy(self._keys, request)
        _, size, *segments = split_path(request.path)
        size_bytes = integer("fsize", size, 0, _MAX_FILE_BYTES)
        said = read_said(segments, may_have_crc32=False)
        document = await read_body(request.body, _MAX_LIST_BYTES)
        contexts = self._read_list(document)
        self._creation.check_target(policy, said.key)
        bucket = existing_bucket(self._store, policy.bucket)
        make = partial(self._join, request, policy, said, size_bytes, contexts)
        if not contexts:
            return await make()  # Nothing tells an empty file that is made again from a repeated request.
        asked = (bucket.name, bucket.created_s, request.path, hashlib.sha256(document).digest())
        async with self._blocks.turn(context.block for context in contexts):
            return await self._blocks.answer_once(asked, make)

    async def _add_chunk(self, request: Request, policy: Policy, before: BlockContext) -> Response:
        """Receive the chunk after `before` and give the ctx after it.

        The same chunk may come again, as its answer may have been lost; another one may not.

        Raises:
            InvalidContextError: the block does not end there.
        """
        block = self._block(policy, before)
        with Arrival(self._store.receive()) as arrival:
            body = PacedBody(request.body, policy.traffic_limit)
            await _receive_chunk(body, arrival, before.size_bytes - before.offset)
            content = await arrival.seal()
        now_s = int(self._clock.storage_seconds())
        chunk = Part(before.chunks + 1, arrival.size_bytes, arrival.etag, content, now_s)
        with dropped_on_failure(self._store, content):
            async with self._blocks.turn([block.id]):
                self._block(policy, before)  # It may have been made into a file meanwhile.
                kept = self._store.parts(block.id)
                digest = self._digest(kept[: before.chunks], chunk)  # It may fail, so the chunk is kept after that.
                if repeated := kept[before.chunks :]:
                    _check_repeated(repeated[0], chunk)
                else:
                    self._store.put_part(block.id, chunk)
        if repeated:
            self._store.drop_content(content)
        after = BlockContext(block.id, before.size_bytes, chunk.number, before.offset + chunk.size_bytes, digest)
        return self._show(request, block, after, arrival.crc32)

    def _block(self, policy: Policy, context: BlockContext) -> Upload:
        """The block of a ctx, which must still be there and of the bucket that the token is for.

        Raises:
            InvalidContextError.
        """
        block = self._blocks.find(context.block)
        if block is None or block.bucket != policy.bucket:
            raise InvalidContextError
        return block

    def _digest(self, earlier: Sequence[Part], chunk: Part) -> bytes:
        """SHA-1 of a block so far. A block that comes in one piece, as most do, was hashed on arrival."""
        if not earlier:
            return block_digest(chunk.etag)
        hasher = hashlib.sha1(usedforsecurity=False)
        for part in (*earlier, chunk):
            with self._store.open(part.content) as file:
                hasher.update(file.read())
        return hasher.digest()

    def _show(self, request: Request, block: Upload, context: BlockContext, crc32: int) -> Response:
        """`crc32` is that of the chunk: the Go SDK, the one that sends several for a block, compares it with that."""
        host = request.headers.get("host", "").encode("ascii", "replace").decode()
        answer = {
            "ctx": write_context(self._keys, context),
            "checksum": b64url(context.sha1),
            "crc32": crc32,
            "offset": context.offset,
            "host": f"http://{host}",
            "expired_at": self._blocks.expires_s(block),
        }
        return json_response(200, answer)

    def _read_list(self, document: bytes) -> list[BlockContext]:
        """The ctxs of a mkfile.

        Raises:
            KodoError: 701, naming the block that is wrong.
        """
        contexts: list[BlockContext] = []
        for ctx in document.decode("latin-1").split(",") if document else ():
            try:
                contexts.append(read_context(self._keys, ctx.strip()))
            except InvalidContextError as error:
                raise _invalid_block(len(contexts)) from error
        return contexts

    async def _join(
        self, request: Request, policy: Policy, said: Said, size_bytes: int, contexts: Sequence[BlockContext]
    ) -> Response:
        chunks: list[Part] = []
        for number, context in enumerate(contexts):
            chunks += self._chunks(policy, number, context)
        _check_sizes(contexts, size_bytes)
        finished = Finished(
            said,
            size_bytes,
            etag_of_blocks([context.sha1 for context in contexts]),
            read_head(self._store, chunks),
            by_blocks=True,
        )
        response = await self._creation.create(request, policy, finished, lambda: self._store.join(chunks))
        for context in contexts:
            self._store.drop_upload(context.block)
        return response

    def _chunks(self, policy: Policy, number: int, context: BlockContext) -> Sequence[Part]:
        """All chunks of a block, of which `context` must know.

        Raises:
            KodoError: 701.
        """
        try:
            block = self._block(policy, context)
        except InvalidContextError as error:
            raise _invalid_block(number) from error
        chunks = self._store.parts(block.id)
        if len(chunks) != context.chunks:
            raise _invalid_block(number)
        return chunks


async def _receive_chunk(body: Body, arrival: Arrival, room_bytes: int) -> None:
    while data := await body.read():
        arrival.write(data)
        if arrival.size_bytes > room_bytes:
            raise KodoError(400, "chunk too large")
    if arrival.size_bytes == 0:
        raise KodoError(400, "empty chunk")


def _check_offset(context: BlockContext, offset: int) -> None:
    if offset != context.offset:
        raise InvalidContextError  # [unv bput-offset] that a wrong offset is answered as a wrong ctx.


def _check_repeated(kept: Part, chunk: Part) -> None:
    if (kept.size_bytes, kept.etag) != (chunk.size_bytes, chunk.etag):
        raise InvalidContextError


def _check_sizes(contexts: Sequence[BlockContext], size_bytes: int) -> None:
    """All blocks must be complete, and all but the last have 4 MiB [unv mkfile-sizes].

    Raises:
        KodoError: 400, in the words of nodejs-sdk issue 258.
    """
    complete = all(context.offset == context.size_bytes for context in contexts)
    full = all(context.size_bytes == BLOCK_BYTES for context in contexts[:-1])
    if not complete or not full or sum(context.offset for context in contexts) != size_bytes:
        raise KodoError(400, "unexpected file size")


def _invalid_block(number: int) -> KodoError:
    """In the words of js-sdk issue 336."""
    return KodoError(701, f"block {number}: invalid context")


def _arguments(request: Request, count: int) -> list[str]:
    """The path segments after the first.

    Raises:
        KodoError: 400, there are more or fewer.
    """
    segments = split_path(request.path)[1:]
    if len(segments) != count:
        raise KodoError(400, "invalid argument")
    return segments
