"""Forms: a multipart/form-data body, built in memory (protocol §5.1). Pure."""

import secrets
from collections.abc import Iterable

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class FormWriter:
    """Writes forms that are all delimited alike, by what nobody can have put into a file."""

    def __init__(self) -> None:
        boundary = f"kodokeep-{secrets.token_hex(16)}"
        self.content_type = f"multipart/form-data; boundary={boundary}"
        """Goes into the request's header."""
        self._field = f'--{boundary}\r\nContent-Disposition: form-data; name="'
        self._tail = f"\r\n--{boundary}--\r\n".encode("ascii")

    def form(self, fields: Iterable[tuple[str, str]], mime: str, data: bytes) -> bytes:
        """The fields, then `data` as the file, of this mime type."""
        lines = [f'{self._field}{name.translate(_ESCAPES)}"\r\n\r\n{value}\r\n' for name, value in fields]
        lines.append(f'{self._field}file"; filename="file"\r\nContent-Type: {mime}\r\n\r\n')
        return b"".join(("".join(lines).encode(), data, self._tail))
