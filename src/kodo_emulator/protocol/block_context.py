"""The ctx of a resumable upload of version 1: what a block holds so far, signed, opaque to clients (protocol §5.2)."""

import msgspec

from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.entry import b64url, unb64url

_SIGNATURE_BYTES = 20


class BlockContext(msgspec.Struct, frozen=True, array_like=True):
    """A block after one of its chunks. `sha1` is of the first `offset` bytes, of `size_bytes` in all."""

    block: str
    size_bytes: int
    chunks: int
    offset: int
    sha1: bytes


class InvalidContextError(Exception):
    """A ctx that this account never gave."""


def write_context(keys: Keys, context: BlockContext) -> str:
    """The ctx that a client gets."""
    packed = msgspec.msgpack.encode(context)
    return b64url(_signature(keys, packed) + packed)


def read_context(keys: Keys, text: str) -> BlockContext:
    """What a ctx says.

    Raises:
        InvalidContextError.
    """
    try:
        raw = unb64url(text)
        packed = raw[_SIGNATURE_BYTES:]
        if _signature(keys, packed) != raw[:_SIGNATURE_BYTES]:
            raise InvalidContextError
        return msgspec.msgpack.decode(packed, type=BlockContext)
    except (ValueError, msgspec.DecodeError) as error:
        raise InvalidContextError from error


def _signature(keys: Keys, packed: bytes) -> bytes:
    return unb64url(keys.sign(packed).rpartition(":")[2])
