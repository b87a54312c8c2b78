"""/v2/list: a listing as a stream of lines."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.conftest import PUBLIC
from tests.emulator.polite import signed
from tests.emulator.wire import address
from tests.emulator_process import Emulator, EmulatorError, entry

KEYS = ["", "/", "a", "a/", "a/1", "a/2", "a//x", "a0", "b/c/d", "b/c/e", "b/f", "ba", "中/文", "中1", "\U0010ffff/x"]
MANY = 4_000


def lines(emulator: Emulator, method: str = "GET", bucket: str = PUBLIC, **parameters: object) -> list[dict[str, Any]]:
    target = "/v2/list?" + urlencode({"bucket": bucket, **parameters})
    text = raw(emulator, method, target).decode()
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def raw(emulator: Emulator, method: str, target: str) -> bytes:
    status, _, body = signed(emulator, method, target)
    if status != 200:
        raise EmulatorError(status, body)
    return body


def names(found: list[dict[str, Any]]) -> list[str]:
    return [line["dir"] or line["item"]["key"] for line in found]


@pytest.fixture
def filled(emulator: Emulator) -> Emulator:
    emulator.put_many(PUBLIC, dict.fromkeys(KEYS, b"x"))
    return emulator


def test_every_line_goes_on_after_itself(filled: Emulator) -> None:
    found = lines(filled, delimiter="/")
    assert names(found) == ["", "/", "a", "a/", "a0", "b/", "ba", "中/", "中1", "\U0010ffff/"]
    assert [line["item"] is None for line in found] == [bool(line["dir"]) for line in found]
    assert found[-1]["marker"] == ""
    for position, line in enumerate(found[:-1]):
        assert lines(filled, delimiter="/", marker=line["marker"]) == found[position + 1 :]


def test_an_item_looks_as_in_a_page(filled: Emulator) -> None:
    filled.put(PUBLIC, "k", bytes(2_000_000), parts=[1_500_000, 500_000], metadata={"a": "b"})
    for more in ({}, {"needparts": "true"}):
        page = filled.page(PUBLIC, prefix="k", **more)
        assert [line["item"] for line in lines(filled, "POST", prefix="k", **more)] == page["items"]


def test_limits(filled: Emulator) -> None:
    for limit in ("", "0", "15", "1000000000000"):
        found = lines(filled, limit=limit)
        assert (names(found), found[-1]["marker"]) == (sorted(KEYS), "")
    found = lines(filled, limit=14)
    assert len(found) == 14
    assert names(lines(filled, marker=found[-1]["marker"])) == ["\U0010ffff/x"]
    assert lines(filled, prefix="nothing") == []


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"limit": "-1"}, 400),
        ({"limit": "x"}, 400),
        ({"limit": "1" * 20}, 400),
        ({"needparts": "perhaps"}, 400),
        ({"surprise": "1"}, 400),
        ({"marker": "!"}, 640),
        ({"bucket": "nowhere"}, 631),
        ({"bucket": ""}, 400),
    ],
)
def test_refusals_come_before_the_stream(emulator: Emulator, parameters: dict[str, str], status: int) -> None:
    with pytest.raises(EmulatorError) as caught:
        lines(emulator, **parameters)
    assert caught.value.status == status


@given(
    prefix=st.one_of(st.just(""), st.sampled_from(KEYS), st.text(st.sampled_from("ab/1中\U0010ffff"), max_size=3)),
    delimiter=st.sampled_from(["", "/", "a", "//", "\U0010ffff"]),
    limit=st.integers(1, 6),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_a_stream_is_all_pages_together(filled: Emulator, prefix: str, delimiter: str, limit: int) -> None:
    found: list[str] = []
    markers: list[str] = [""]
    while True:
        page = filled.page(PUBLIC, prefix=prefix, delimiter=delimiter, limit=limit, marker=markers[-1])
        found += sorted([item["key"] for item in page["items"]] + page.get("commonPrefixes", []))
        if not page.get("marker"):
            break
        markers.append(page["marker"])
    assert names(lines(filled, prefix=prefix, delimiter=delimiter)) == found
    for position, marker in enumerate(markers):
        shorter = lines(filled, prefix=prefix, delimiter=delimiter, limit=limit, marker=marker)
        assert names(shorter) == found[position * limit :][:limit]


@pytest.fixture(scope="module")
def many() -> Iterator[Emulator]:
    """A bucket whose listing no buffer between the two ends holds."""
    with Emulator("many") as emulator:
        emulator.put("many", "k", b"x", metadata={"long": "m" * 1000})
        for start in range(0, MANY, 1000):
            copies = [entry("many", f"{number:05}".ljust(750, "k")) for number in range(start, start + 1000)]
            body = urlencode([("op", f"/copy/{entry('many', 'k')}/{copy}") for copy in copies]).encode()
            emulator.manage("POST", "/batch", body)
        yield emulator


def test_others_are_served_meanwhile_and_leaving_ends_it(many: Emulator) -> None:
    many.clear_log()
    target = "/v2/list?bucket=many"
    headers = {"Host": many.uc.removeprefix("http://"), **many.signed("POST", target)}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(address(many.uc))
        client.sendall(f"POST {target} HTTP/1.1\r\n{head}Content-Length: 0\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        many.stat("many", "k")
        assert [line["host"] for line in many.log()] == ["rs"]  # The stream is not over.
    while len(many.log()) == 1:
        pass
    left = many.log()[1]
    assert (left["target"], left["sent"] < MANY * 2000) == (target, True)


def test_a_long_stream_is_complete(many: Emulator) -> None:
    found = lines(many, bucket="many")
    assert len(json.dumps(found)) > MANY * 2000
    assert (len(found), names(found)) == (MANY + 1, sorted(names(found)))
