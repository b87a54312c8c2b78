"""What a client says of its content in path segments: `/key/<b64>/mimeType/<b64>/x:v/<b64>…` (protocol §5.2, §5.4)."""

from collections.abc import Sequence

from kodo_emulator.protocol.arguments import encoded_text, named_segments
from kodo_emulator.protocol.entry import decode_key_segment
from kodo_emulator.protocol.metadata import is_metadata, without_prefix
from kodo_emulator.uploads.finished import CUSTOM_PREFIX, Said, custom_variables

_NAMES = ("key", "mimeType", "fname")


def read_said(segments: Sequence[str], *, may_have_crc32: bool) -> Said:
    """Names and values that take turns, in any order.

    Raises:
        KodoError: 400, a value is missing or is not base64, or a name is unknown or comes twice.
    """
    names = (*_NAMES, "crc32") if may_have_crc32 else _NAMES
    given = named_segments(segments, names, also=_is_open)
    key, crc32 = given.pop("key", None), given.pop("crc32", None)
    texts = {name: encoded_text(name, value) for name, value in given.items()}
    return Said(
        key=None if key is None else decode_key_segment(key),
        mime=texts.get("mimeType") or None,
        file_name=texts.get("fname") or None,
        meta=without_prefix({name: text for name, text in texts.items() if is_metadata(name)}),
        variables=custom_variables(texts),
        crc32=crc32,
    )


def _is_open(name: str) -> bool:
    """Whether the client may make up the name."""
    return name.startswith(CUSTOM_PREFIX) or is_metadata(name)
