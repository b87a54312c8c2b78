"""What the `path` of a fault rule is searched in: the names that a request is about, wherever it carries them.

Paths name keys in base64, batches and forms in their bodies. A body is read only as far as it has to be, and handed on.
"""

import msgspec
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Request, parse_fields, read_body, split_path
from kodo_emulator.net.request_body import BegunBody
from kodo_emulator.protocol.entry import unb64url

BATCH = b"/batch"
_MAX_BATCH_BYTES = 8 * 1024 * 1024
_PEEKED_BYTES = 64 * 1024
_DOWNLOAD_ROLES = frozenset({"io", "io_src"})
_FIELDS = frozenset({"key", "token"})


async def subjects(request: Request) -> list[str]:
    """The key of a download; elsewhere the path, and what its segments, its operations or its form name.

    Raises:
        ConnectionError: the client left.
        KodoError: 413, for a batch that is no batch.
    """
    if request.role in _DOWNLOAD_ROLES:
        return _of_download(request.path)
    found = _of_path(request.path)
    if request.path == BATCH:
        found += await _of_batch(request)
    elif (request.method, request.path) == ("POST", b"/"):
        found += await _of_form(request)
    return found


def of_operation(operation: str) -> list[str]:
    """What one operation of a batch names."""
    return _of_path(operation.partition("?")[0].encode("utf-8", "replace"))


def _of_download(path: bytes) -> list[str]:
    whole = "/".join(_segments(path))
    # Fetches have the same host, and name what they make as rs does.
    return [whole, *_of_path(path)] if path.startswith((b"/fetch/", b"/prefetch/", b"/getfile/")) else [whole]


def _of_path(path: bytes) -> list[str]:
    segments = _segments(path)
    return ["/" + "/".join(segments), *(text for segment in segments if (text := _decoded(segment)))]


def _segments(path: bytes) -> list[str]:
    try:
        return split_path(path)
    except KodoError:
        return []


def _decoded(segment: str) -> str:
    try:
        return unb64url(segment).decode()
    except ValueError:
        return ""


async def _of_batch(request: Request) -> list[str]:
    body = await read_body(request.body, _MAX_BATCH_BYTES)
    request.body = BegunBody(body, request.body)
    try:
        operations = [value for name, value in parse_fields(body) if name == "op"]
    except KodoError:
        return []
    return [text for operation in operations for text in of_operation(operation)]


async def _of_form(request: Request) -> list[str]:
    """The key of a form upload: its field, else what the token's scope names."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    peek = _FormPeek(options.get("boundary", ""))
    beginning = b""
    while not peek.is_over and len(beginning) < _PEEKED_BYTES and (data := await request.body.read()):
        beginning += data
        peek.feed(data)
    request.body = BegunBody(beginning, request.body)
    return [key] if (key := peek.key()) else []


class _FormPeek:
    """The key and the token of a form that begins to arrive."""

    def __init__(self, boundary: str) -> None:
        self._parser = PushMultipartParser(boundary) if boundary else None
        self._fields: dict[str, bytes] = {}
        self._name = ""
        self.is_over = not boundary

    def feed(self, data: bytes) -> None:
        assert self._parser is not None
        try:
            for event in self._parser.parse(data):
                self._take(event)
        except (MultipartError, UnicodeDecodeError):
            self.is_over = True  # The handler will say what is wrong.
        self.is_over = self.is_over or self._parser.closed

    def key(self) -> str:
        if "key" in self._fields:
            return self._fields["key"].decode("utf-8", "replace")
        policy = self._fields.get("token", b"").decode("utf-8", "replace").rpartition(":")[2]
        try:
            scope = msgspec.json.decode(unb64url(policy), type=_Scope).scope
        except (ValueError, msgspec.DecodeError):
            return ""
        return scope.partition(":")[2]

    def _take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        match event:
            case MultipartSegment():
                self._name = event.name or ""
            case None:
                self.is_over = self.is_over or self._name == "key"
            case _ if self._name in _FIELDS:
                self._fields[self._name] = self._fields.get(self._name, b"") + bytes(event)


class _Scope(msgspec.Struct):
    scope: str
