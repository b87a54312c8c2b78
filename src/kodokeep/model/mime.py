"""The mime type that a new object gets, guessed from its key alone, the same on every machine."""

import mimetypes

UNKNOWN = "application/octet-stream"

_TYPES = mimetypes.MimeTypes()  # Python's own table, not the system's


def mime_of(key: str) -> str:
    """The type that goes with the key's extension."""
    name = key.rpartition("/")[2]
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    return _TYPES.types_map[True].get(f".{extension}", UNKNOWN)
