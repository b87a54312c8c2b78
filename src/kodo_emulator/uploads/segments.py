"""What a client says of its content in path segments: `/key/<b64>/mimeType/<b64>/x:v/<b64>…` (protocol §5.2, §5.4)."""

from collections.abc import Sequence

from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.entry import decode_argument, decode_key, unb64url
from kodo_emulator.protocol.metadata import is_metadata, without_prefix
from kodo_emulator.uploads.finished import CUSTOM_PREFIX, Said, custom_variables

_MAX_DIGITS = 18


def read_said(segments: Sequence[str], *, may_have_crc32: bool) -> Said:
    """Names and values that take turns, in any order.

    Raises:
        KodoError: 400, a value is missing or is not base64, or a name is unknown.
    """
    if len(segments) % 2:
        raise KodoError(400, "invalid argument")
    given = dict(zip(segments[::2], segments[1::2], strict=True))
    key = given.pop("key", None)
    mime = given.pop("mimeType", None)
    file_name = given.pop("fname", None)
    crc32 = given.pop("crc32", None) if may_have_crc32 else None
    for name in given:
        if not (name.startswith(CUSTOM_PREFIX) or is_metadata(name)):
            raise KodoError(400, f"unknown argument: {name}")
    texts = {name: decode_argument(value) for name, value in given.items()}
    return Said(
        key=None if key is None else _key(key),
        mime=decode_argument(mime) or None if mime is not None else None,
        file_name=decode_argument(file_name) or None if file_name is not None else None,
        meta=without_prefix({name: text for name, text in texts.items() if is_metadata(name)}),
        variables=custom_variables(texts),
        crc32=crc32,
    )


def read_number(text: str, least: int, most: int) -> int:
    """A decimal number within bounds.

    Raises:
        KodoError: 400.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS and least <= int(text) <= most):
        raise KodoError(400, "invalid argument")
    return int(text)


def _key(segment: str) -> str:
    try:
        return decode_key(unb64url(segment))
    except ValueError as error:
        raise KodoError(400, "invalid argument") from error
