"""Reading a multipart/form-data upload as it arrives (protocol §5.1). What the fields mean is in `hosts/up_form.py`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Body

_FILE = "file"
_MAX_FIELD_BYTES = 64 * 1024
_MAX_PARTS = 256


class Sink(Protocol):
    """Where the file's bytes go."""

    def write(self, data: bytes) -> None: ...


@dataclass(slots=True)
class Form:
    """The fields of a form but its file, whose bytes went to a sink."""

    fields: dict[str, bytes] = field(default_factory=dict)
    has_file: bool = False
    file_name: str | None = None
    file_mime: str | None = None

    def text(self, name: str) -> str | None:
        """A field as text.

        Raises:
            KodoError: 400, it is not UTF-8.
        """
        raw = self.fields.get(name)
        try:
            return None if raw is None else raw.decode()
        except UnicodeDecodeError as error:
            raise KodoError(400, f"{name} must be utf8 encoding") from error


async def read_form(content_type: str, body: Body, sink: Sink, seen: Callable[[str, bytes], None]) -> Form:
    """Read the whole form; fields may follow the file. `seen` is told of each field when it is complete.

    Raises:
        KodoError: 400, this is no form that could be read.
    """
    media_type, options = parse_options_header(content_type)
    if media_type != "multipart/form-data" or not options.get("boundary"):
        raise KodoError(400, "multipart/form-data expected")
    form = Form()
    try:
        with PushMultipartParser(options["boundary"], max_segment_count=_MAX_PARTS) as parser:
            reader = _FormReader(form, sink, seen)
            while not parser.closed and (data := await body.read()):
                for event in parser.parse(data):
                    reader.take(event)
    except (MultipartError, UnicodeError) as error:
        raise KodoError(400, f"malformed form: {error}") from error
    return form


class _FormReader:
    """Sorts the parser's events into fields and file."""

    def __init__(self, form: Form, sink: Sink, seen: Callable[[str, bytes], None]) -> None:
        self._form = form
        self._sink = sink
        self._seen = seen
        self._name = ""
        self._value = bytearray()

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        match event:
            case MultipartSegment():
                self._begin(event)
            case None:
                if self._name != _FILE:
                    self._form.fields[self._name] = bytes(self._value)
                    self._seen(self._name, bytes(self._value))
            case _ if self._name == _FILE:
                self._sink.write(bytes(event))
            case _:
                self._value += event
                if len(self._value) > _MAX_FIELD_BYTES:
                    raise KodoError(400, f"form field too large: {self._name}")

    def _begin(self, segment: MultipartSegment) -> None:
        self._name = segment.name or ""
        self._value.clear()
        if self._name == _FILE:
            if self._form.has_file:
                raise KodoError(400, "more than one file")
            self._form.has_file = True
            self._form.file_name = segment.filename
            self._form.file_mime = segment.header("Content-Type") or None  # Whole, with its charset.
