"""The response headers that an upload stores with its object: cacheControl and the like (protocol §5.1)."""

from collections.abc import Mapping

from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.metadata import check_header_value

HEADERS = {
    "cacheControl": "Cache-Control",
    "contentLanguage": "Content-Language",
    "contentEncoding": "Content-Encoding",
    "contentDisposition": "Content-Disposition",
    "expires": "Expires",
}

_MAX_TOTAL_BYTES = 1024


def stored_headers(fields: Mapping[str, str | None]) -> dict[str, str]:
    """Response headers from the fields that name them; others are not looked at, empty ones say nothing.

    Raises:
        KodoError: 400, a value that is no header, or too many bytes [unv stored-header-limit].
    """
    headers = {header: value for field, header in HEADERS.items() if (value := fields.get(field))}
    for name, value in headers.items():
        check_header_value(name, value)
    if sum(len(value.encode()) for value in headers.values()) > _MAX_TOTAL_BYTES:
        raise KodoError(400, "response headers too large")
    return headers
