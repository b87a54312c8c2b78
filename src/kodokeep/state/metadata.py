"""An object's own metadata as a text column: JSON pairs in their order, empty if there are none."""

import msgspec

Metadata = tuple[tuple[str, str], ...]

_DECODER = msgspec.json.Decoder(Metadata)


def metadata_text(metadata: Metadata) -> str:
    """The column's value. Most objects have none, and then nothing is decoded while millions of rows are read."""
    return msgspec.json.encode(metadata).decode() if metadata else ""


def metadata_of(text: str) -> Metadata:
    """The value behind the column."""
    return _DECODER.decode(text) if text else ()
