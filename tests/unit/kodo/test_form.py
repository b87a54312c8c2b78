"""A form, read by a parser that nobody here wrote."""

from hypothesis import given
from hypothesis import strategies as st
from multipart import PushMultipartParser, parse_options_header

from kodokeep.kodo.form import FormWriter


def parsed(writer: FormWriter, body: bytes) -> list[tuple[str, str | None, str | None, bytes]]:
    """Name, file name, content type and value of each part."""
    _, options = parse_options_header(writer.content_type)
    parts: list[tuple[str, str | None, str | None, bytes]] = []
    with PushMultipartParser(options["boundary"]) as parser:
        value = bytearray()
        for event in parser.parse(body):
            if event is None:
                parts[-1] = (*parts[-1][:3], bytes(value))
            elif isinstance(event, bytes | bytearray):
                value += event
            else:
                value = bytearray()
                parts.append((event.name, event.filename, event.header("Content-Type"), b""))
    return parts


@given(st.text(), st.text("abcXYZ-_!", min_size=1), st.text(), st.binary())
def test_everything_comes_out_as_it_went_in(key: str, name: str, value: str, data: bytes) -> None:
    writer = FormWriter()
    body = writer.form([("key", key), (f"x-qn-meta-{name}", value)], "text/plain; charset=utf-8", data)
    assert parsed(writer, body) == [
        ("key", None, None, key.encode()),
        (f"x-qn-meta-{name}", None, None, value.encode()),
        ("file", "file", "text/plain; charset=utf-8", data),
    ]


def test_a_content_that_looks_like_a_form_ends_nothing() -> None:
    inner = FormWriter()
    data = inner.form([("key", "evil")], "a/b", b"x")
    writer = FormWriter()
    body = writer.form([("key", "good")], "a/b", data)
    assert [part[3] for part in parsed(writer, body)] == [b"good", data]


def test_a_name_cannot_add_a_header() -> None:
    writer = FormWriter()
    parts = parsed(writer, writer.form([('a"\r\nX-Evil: 1\r\n\r\n', "v")], "a/b", b""))
    assert len(parts) == 2
    assert parts[0][3] == b"v"
