"""How the Go SDK, qshell and the Java SDK list a bucket, by pages and as a stream."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.emulator.clients import Answer, GoSdk, JavaSdk, qshell
from tests.emulator.conftest import PUBLIC
from tests.emulator_process import Emulator, b64url

_KEYS = ["a b/1", "a b/2", "a b/3", "c"]


@pytest.fixture
def filled(emulator: Emulator) -> Emulator:
    emulator.put_many(PUBLIC, dict.fromkeys(_KEYS, b"hello"))
    return emulator


def lines(answer: Answer) -> list[dict[str, Any]]:
    """The documents of a streamed list."""
    assert answer.status == 200, answer.body
    return [json.loads(line) for line in answer.body.splitlines()]


def test_go_lists_by_post_with_nothing_in_the_body(filled: Emulator) -> None:
    """Go SDK, storage/bucket_list.go, recorded, and `qshell listbucket2 --api-version v1`: POST, all in the query."""
    for client in (GoSdk(filled), qshell(filled)):
        found = []
        marker = ""
        while True:
            query = {"bucket": PUBLIC, "limit": 2, **({"marker": marker} if marker else {}), "needparts": "false"}
            answer = client.manage("POST", f"/list?{urlencode(query)}")
            page = answer.json()
            found += [item["key"] for item in page["items"]]
            marker = page.get("marker", "")
            if not marker:
                break
        assert found == _KEYS


def test_go_lists_by_get(filled: Emulator) -> None:
    """Go SDK, storagev2/apis/get_objects, recorded: GET, the query in alphabetical order; Java SDK, `listV1`: GET."""
    target = f"/list?bucket={PUBLIC}&delimiter=%2F&limit=10&prefix=a+b"
    for answer in (GoSdk(filled).manage("GET", target), JavaSdk(filled).get(target)):
        page = answer.json()
        assert page["commonPrefixes"] == ["a b/"]
        assert page["items"] == []
        assert not page.get("marker")


def test_an_item_has_what_go_wants_of_it(filled: Emulator) -> None:
    """Go SDK, objects/lister.go: an md5 that is not hexadecimal fails the whole list; numbers are integers."""
    page = GoSdk(filled).manage("GET", f"/list?bucket={PUBLIC}&needparts=true").json()
    for item in page["items"]:
        assert (item["fsize"], item["hash"]) == (5, "Fqr0xh3cxeii2r7eDztILNmuqUNN")
        assert isinstance(item["putTime"], int)
        assert item["mimeType"]
        assert len(bytes.fromhex(item["md5"])) == 16


def test_nothing_is_an_empty_list(filled: Emulator) -> None:
    """Go SDK and Java SDK: `items` is there even when there are none (protocol §3.1)."""
    for answer in (
        GoSdk(filled).manage("POST", f"/list?bucket={PUBLIC}&limit=1&needparts=false&prefix=none"),
        JavaSdk(filled).get(f"/list?bucket={PUBLIC}&prefix=none&limit=1"),
    ):
        assert answer.json()["items"] == []


def test_refusals_of_a_list(filled: Emulator) -> None:
    """qshell, storage/bucket/list.go, stops at `no such bucket`, and tries again for ever at what it does not know."""
    answer = qshell(filled).manage("POST", "/list?bucket=no-such-bucket&limit=2&needparts=false")
    assert (answer.status, answer.error()) == (631, "no such bucket")
    answer = qshell(filled).manage("POST", f"/list?bucket={PUBLIC}&limit=2&marker=bad&needparts=false")
    assert answer.status == 640


def test_qshell_reads_the_stream_of_the_whole_bucket(filled: Emulator) -> None:
    """qshell, bucket/internal/list/list_v2.go: POST without a limit; more follows while the last marker is a text."""
    found = lines(qshell(filled).manage("POST", f"/v2/list?bucket={PUBLIC}"))
    assert [line["item"]["key"] for line in found if line["item"]] == _KEYS
    assert found[-1]["marker"] == ""


def test_qshell_resumes_the_stream(filled: Emulator) -> None:
    """qshell, storage/bucket/list.go: after a failure it goes on from the marker of the last line that it read."""
    first = lines(qshell(filled).manage("POST", f"/v2/list?bucket={PUBLIC}&prefix=a+b%2F"))[0]
    target = f"/v2/list?{urlencode({'bucket': PUBLIC, 'marker': first['marker'], 'prefix': 'a b/'})}"
    assert [line["item"]["key"] for line in lines(qshell(filled).manage("POST", target)) if line["item"]] == _KEYS[1:3]
    made_up = b64url(json.dumps({"c": 0, "k": "b"}, separators=(",", ":")).encode())
    target = f"/v2/list?{urlencode({'bucket': PUBLIC, 'marker': made_up})}"
    assert [line["item"]["key"] for line in lines(qshell(filled).manage("POST", target)) if line["item"]] == ["c"]


def test_java_wants_every_member_in_every_line(filled: Emulator) -> None:
    """Java SDK, `listFilesV2`: `item` is null where there is none but never absent; dir and marker are texts."""
    found = lines(JavaSdk(filled).post(f"/v2/list?bucket={PUBLIC}&limit=10&delimiter=%2F"))
    for line in found:
        assert {"item", "dir", "marker"} <= set(line)
        assert isinstance(line["dir"], str)
        assert isinstance(line["marker"], str)
    assert [line["dir"] for line in found if line["dir"]] == ["a b/"]
    assert [line["item"]["key"] for line in found if line["item"]] == ["c"]


def test_go_reads_the_stream_by_get(filled: Emulator) -> None:
    """Go SDK, storagev2/apis/get_objects_v2: GET, and what it asks for is a page."""
    found = lines(GoSdk(filled).manage("GET", f"/v2/list?bucket={PUBLIC}&limit=2"))
    assert [line["item"]["key"] for line in found if line["item"]] == _KEYS[:2]
    assert found[-1]["marker"]
