"""Names on the wire: URL-safe base64, keys and EncodedEntryURI (protocol §0, §7). No requests, no objects."""

import base64
import binascii
from dataclasses import dataclass

from kodo_emulator.errors import KodoError

MAX_KEY_BYTES = 750


@dataclass(frozen=True, slots=True)
class Entry:
    """What an EncodedEntryURI names; `key` is None when it held no colon."""

    bucket: str
    key: str | None

    def named_key(self) -> str:
        """The key of an operation that needs one.

        Raises:
            KodoError: 400, no key was given.
        """
        if self.key is None:
            raise KodoError(400, "invalid argument")
        return self.key


def b64url(data: bytes) -> str:
    """URL-safe base64 with its padding."""
    return base64.urlsafe_b64encode(data).decode("ascii")


def unb64url(text: str) -> bytes:
    """The bytes that `text` encodes; missing padding is accepted.

    Raises:
        ValueError: `text` is not URL-safe base64.
    """
    raw = text.encode("ascii")
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def decode_key(raw: bytes) -> str:
    """The key that `raw` spells; any UTF-8 of 0 to 750 bytes is legal (protocol §7).

    Raises:
        KodoError: 400, not UTF-8 or too long.
    """
    if len(raw) > MAX_KEY_BYTES:
        raise KodoError(400, "key too long")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise KodoError(400, "key must be utf8 encoding") from error


def decode_key_segment(segment: str) -> str:
    """The key in a base64 path segment.

    Raises:
        KodoError: 400, not base64 or an illegal key.
    """
    try:
        raw = unb64url(segment)
    except ValueError as error:
        raise KodoError(400, "invalid argument: key") from error
    return decode_key(raw)


def decode_entry(segment: str) -> Entry:
    """The bucket and key of an EncodedEntryURI.

    Raises:
        KodoError: 400, a malformed entry or an illegal key.
    """
    try:
        raw = unb64url(segment)
        bucket_raw, colon, key_raw = raw.partition(b":")
        bucket = bucket_raw.decode()
    except ValueError as error:
        raise KodoError(400, "invalid argument") from error
    if not bucket:
        raise KodoError(400, "invalid argument")
    return Entry(bucket, decode_key(key_raw) if colon else None)
