import msgspec
import pytest

from kodokeep.kodo import wire
from kodokeep.kodo.transport import parsed_headers, status
from kodokeep.model.entry import RemoteEntry

FULL = b"""{"fsize": 7, "hash": "F", "putTime": 17954761593324864, "mimeType": "a/b", "type": 2, "status": 1,
"restoreStatus": 1, "md5": "%s", "x-qn-meta": {"b": "2", "a": 1}, "parts": [3, 4], "expiration": 99, "unknown": {}}"""


def test_every_field_finds_its_place() -> None:
    fields = wire.decode_object.decode(FULL % (b"AB" * 16))
    assert wire.remote_entry("k", fields) == RemoteEntry(
        "k", 7, "F", 1795476159332486400, "a/b", 2, 1, 1, "ab" * 16, (("a", "1"), ("b", "2")), (3, 4), 99
    )


@pytest.mark.parametrize("md5", [b"", b"xyz", b"g" * 32])
def test_an_md5_that_is_none_is_left_out(md5: bytes) -> None:
    assert wire.remote_entry("k", wire.decode_object.decode(FULL % md5)).md5 is None


@pytest.mark.parametrize(
    "impossible",
    [
        b'"fsize": -1',
        b'"fsize": 9223372036854775808',
        b'"fsize": 1, "putTime": 92233720368547759',
        b'"fsize": 1, "putTime": -1',
    ],
)
def test_sizes_and_times_that_cannot_be_are_a_broken_answer(impossible: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        wire.decode_object.decode(b"{%s}" % impossible)


def test_headers_are_those_of_the_last_answer() -> None:
    lines = [b"HTTP/1.1 200 Connection established\r\n", b"Via: proxy\r\n", b"\r\n"]
    lines += [b"HTTP/1.1 631\r\n", b"X-Reqid:  a \r\n", b'ETag: "b:c"\r\n', b"\r\n"]
    assert status(lines) == 631
    assert parsed_headers(lines) == {"x-reqid": "a", "etag": '"b:c"'}
    assert status([]) == 0
