"""A response on its way to the socket: back-pressure, and the damage that faults ask for."""

import asyncio
import os
import socket
import struct
from io import FileIO

from kodo_emulator.net.http1 import CHUNK_BYTES, PLAIN, FileSlice, Response, Stream, pieces
from kodo_emulator.net.request_body import wake

_RESET = struct.pack("ii", 1, 0)
_SLOW_PIECES_PER_S = 20
_TURN_BYTES = 4 * 1024 * 1024


class Sender:
    """The sending half of a connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.set_write_buffer_limits(high=0)  # Paused means that the socket is full: then nothing is queued here.
        self._drained: asyncio.Future[None] | None = None
        self.sent_bytes = 0

    @property
    def is_blocked(self) -> bool:
        """Whether the client takes nothing more at the moment."""
        return self._drained is not None

    def pause(self) -> None:
        self._drained = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        wake(self._drained)
        self._drained = None

    async def send(self, head: bytes, response: Response, *, head_only: bool) -> None:
        """Send a response; `sent_bytes` counts the bytes of its body, even when the client leaves.

        Raises:
            ConnectionError: the client left.
        """
        self.sent_bytes = 0
        delivery = response.delivery
        if delivery.reset_at == 0:
            self._reset()
        elif head_only:
            self._transport.write(head)
        elif isinstance(response.body, bytes) and not (delivery.bytes_per_s or delivery.chunked or delivery.reset_at):
            self._transport.write(head + _altered(response.body, 0, delivery.alter_at))
            self.sent_bytes = len(response.body)
            await self._drain()
        elif isinstance(response.body, FileSlice) and isinstance(response.body.file, FileIO) and delivery is PLAIN:
            self._transport.write(head)
            await self._send_file(response.body.file, response.body.offset, response.body.length)
        else:
            self._transport.write(head)
            await self._send_pieces(response)

    async def _send_file(self, file: FileIO, offset: int, length: int) -> None:
        """Let the system copy the file into the socket; what the socket has no room for waits in the transport."""
        target = self._transport.get_extra_info("socket").fileno()
        while self.sent_bytes < length:
            await self._drain()
            position, left = offset + self.sent_bytes, length - self.sent_bytes
            try:
                sent = os.sendfile(target, file.fileno(), position, min(left, _TURN_BYTES))
            except BlockingIOError:
                piece = os.pread(file.fileno(), min(left, CHUNK_BYTES), position)
                self._transport.write(piece)
                sent = len(piece)
            if sent == 0:
                raise ConnectionResetError  # The file was cut meanwhile; the client must not wait for the rest.
            self.sent_bytes += sent
            if self.sent_bytes < length:
                await asyncio.sleep(0)  # A client that takes everything at once must not keep others waiting.
        await self._drain()

    async def _send_pieces(self, response: Response) -> None:
        delivery = response.delivery
        rate = delivery.bytes_per_s
        piece_bytes = CHUNK_BYTES if rate is None else min(max(rate // _SLOW_PIECES_PER_S, 1), CHUNK_BYTES)
        for whole in pieces(response.body, piece_bytes):
            if rate is not None:
                await asyncio.sleep(len(whole) / rate)
            piece = whole if delivery.reset_at is None else whole[: delivery.reset_at - self.sent_bytes]
            piece = _altered(piece, self.sent_bytes, delivery.alter_at)
            if piece:  # An empty chunk would end the body.
                self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece) if response.is_chunked else piece)
            self.sent_bytes += len(piece)
            await self._drain()
            if self.sent_bytes == delivery.reset_at:
                break
            if isinstance(response.body, Stream):
                await asyncio.sleep(0)  # A client that takes everything at once must not keep others waiting.
        if response.is_chunked:
            self._transport.write(b"0\r\n\r\n")
        if delivery.reset_at is not None:
            self._reset()

    async def _drain(self) -> None:
        if self._drained:
            await self._drained
        if self._transport.is_closing():
            raise ConnectionResetError

    def _reset(self) -> None:
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()


def _altered(piece: bytes, offset: int, alter_at: int | None) -> bytes:
    if alter_at is None or not offset <= alter_at < offset + len(piece):
        return piece
    changed = bytearray(piece)
    changed[alter_at - offset] ^= 0xFF
    return bytes(changed)
