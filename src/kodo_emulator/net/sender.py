"""A response on its way to the socket: back-pressure, and the damage that faults ask for."""

import asyncio
import fcntl
import os
import socket
import struct
import termios
from io import FileIO

from kodo_emulator.net.http1 import CHUNK_BYTES, PLAIN, Delivery, FileSlice, Response, Stream, pieces
from kodo_emulator.net.request_body import wake

_RESET = struct.pack("ii", 1, 0)
_INT = struct.Struct("i")
_SLOW_PIECES_PER_S = 20
_TURN_BYTES = 4 * 1024 * 1024
_WAITING_BYTES = 16 * 1024


class Sender:
    """The sending half of a connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        # Paused means that the socket is full; else nothing is queued here that a reset would destroy.
        transport.set_write_buffer_limits(high=0)
        self._drained: asyncio.Future[None] | None = None
        self._waiting_bytes = 0
        self.sent_bytes = 0

    @property
    def is_blocked(self) -> bool:
        """Whether the client takes nothing more at the moment."""
        return self._drained is not None

    def took_bytes(self) -> bool:
        """Whether what waits for the client, here and in the system, changed since this was asked last."""
        before = self._waiting_bytes
        self._waiting_bytes = self._transport.get_write_buffer_size() + self._queued_bytes() if self._drained else 0
        return before != self._waiting_bytes

    def pause(self) -> None:
        self._drained = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        wake(self._drained)
        self._drained = None

    async def send(self, head: bytes, response: Response, *, chunked: bool, head_only: bool) -> bool:
        """Send a response; `sent_bytes` counts the bytes of its body, even when the client leaves.

        Gives whether all that the head promised was sent, so that another response may follow.

        Raises:
            ConnectionError: the client left, or the connection was reset.
        """
        self.sent_bytes = 0
        delivery = response.delivery
        if delivery.reset_at == 0:
            self.reset()
            raise ConnectionResetError
        if head_only:
            self.write(head)
            await self._drain()
            return True
        if isinstance(response.body, bytes) and not chunked and _is_quick(response):
            self.write(head + _altered(response.body, 0, delivery.alter_at))
            self.sent_bytes = len(response.body)
            await self._drain()
            return self.sent_bytes == response.length
        self.write(head)
        if isinstance(response.body, FileSlice) and isinstance(response.body.file, FileIO) and delivery is PLAIN:
            return await self._send_file(response.body.file, response.body.offset, response.body.length)
        return await self._send_pieces(response, chunked=chunked)

    def write(self, data: bytes) -> None:
        """Write without waiting.

        Raises:
            ConnectionError: the client left.
        """
        if self._transport.is_closing():
            raise ConnectionResetError
        self._transport.write(data)

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        if opened := self._transport.get_extra_info("socket"):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    def _queued_bytes(self) -> int:
        """What the system has not got rid of: it may hold megabytes, and asks for more only when many are gone."""
        opened = self._transport.get_extra_info("socket")
        if opened is None:
            return 0
        count = fcntl.ioctl(opened.fileno(), termios.TIOCOUTQ, bytes(_INT.size))
        return int(_INT.unpack(count)[0])

    async def _send_file(self, file: FileIO, offset: int, length: int) -> bool:
        """Let the system copy the file into the socket. When that is full, a little waits in the transport for room."""
        target = self._transport.get_extra_info("socket").fileno()
        while self.sent_bytes < length:
            await self._drain()
            position, left = offset + self.sent_bytes, length - self.sent_bytes
            try:
                sent = os.sendfile(target, file.fileno(), position, min(left, _TURN_BYTES))
            except BlockingIOError:
                piece = os.pread(file.fileno(), min(left, _WAITING_BYTES), position)
                self.write(piece)
                sent = len(piece)
            if sent == 0:
                raise ConnectionResetError  # The file was cut meanwhile; the client must not wait for the rest.
            self.sent_bytes += sent
            if self.sent_bytes < length:
                await asyncio.sleep(0)  # A client that takes everything at once must not keep others waiting.
        await self._drain()
        return True

    async def _send_pieces(self, response: Response, *, chunked: bool) -> bool:
        delivery = response.delivery
        rate = delivery.bytes_per_s
        piece_bytes = CHUNK_BYTES if rate is None else min(max(rate // _SLOW_PIECES_PER_S, 1), CHUNK_BYTES)
        for whole in pieces(response.body, piece_bytes):
            if rate is not None:
                await asyncio.sleep(len(whole) / rate)
            piece = whole[: _left(delivery, self.sent_bytes)]
            altered = _altered(piece, self.sent_bytes, delivery.alter_at)
            if piece:  # An empty chunk would be the last one.
                self.write(b"%x\r\n%b\r\n" % (len(piece), altered) if chunked else altered)
            self.sent_bytes += len(piece)
            await self._drain()
            if _left(delivery, self.sent_bytes) == 0:
                break
            if isinstance(response.body, Stream):
                await asyncio.sleep(0)  # A client that takes everything at once must not keep others waiting.
        if delivery.reset_at is not None and self.sent_bytes != delivery.cut_at:
            self.reset()
            raise ConnectionResetError
        if chunked and self.sent_bytes != delivery.cut_at:
            self.write(b"0\r\n\r\n")
            return True
        return not chunked and self.sent_bytes == response.length

    async def _drain(self) -> None:
        if self._drained:
            await self._drained
        if self._transport.is_closing():
            raise ConnectionResetError


def _is_quick(response: Response) -> bool:
    """Whether a body may go out in one piece."""
    delivery = response.delivery
    undamaged = delivery.bytes_per_s is None and delivery.reset_at is None and delivery.cut_at is None
    return undamaged and response.body_length <= CHUNK_BYTES


def _left(delivery: Delivery, sent_bytes: int) -> int | None:
    """How many bytes may still be sent; None: all."""
    ends = [end for end in (delivery.reset_at, delivery.cut_at) if end is not None]
    return max(min(ends) - sent_bytes, 0) if ends else None


def _altered(piece: bytes, offset: int, alter_at: int | None) -> bytes:
    if alter_at is None or not offset <= alter_at < offset + len(piece):
        return piece
    changed = bytearray(piece)
    changed[alter_at - offset] ^= 0xFF
    return bytes(changed)
