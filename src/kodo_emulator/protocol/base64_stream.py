"""Base64 that arrives in pieces, as `/putb64` takes it (protocol §5.4)."""

import base64
import binascii

from kodo_emulator.errors import KodoError

_NEWLINES = b"\r\n"


class Base64Stream:
    """Decodes standard base64 while it streams by; newlines and missing padding are accepted."""

    def __init__(self) -> None:
        self._rest = b""
        self._ended = False

    def feed(self, data: bytes) -> bytes:
        """What the whole groups so far decode to.

        Raises:
            KodoError: 400, not base64.
        """
        text = self._rest + data.translate(None, _NEWLINES)
        whole = len(text) - len(text) % 4
        self._rest = text[whole:]
        return self._decode(text[:whole])

    def finish(self) -> bytes:
        """What the last, unpadded group decodes to.

        Raises:
            KodoError: 400, not base64.
        """
        return self._decode(self._rest + b"=" * (-len(self._rest) % 4))

    def _decode(self, text: bytes) -> bytes:
        if text and self._ended:
            raise KodoError(400, "invalid base64 content")
        self._ended = self._ended or text.endswith(b"=")
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise KodoError(400, "invalid base64 content") from error
