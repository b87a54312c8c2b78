"""Buckets that come and go while the server runs (protocol §1.5)."""

import http.client
import json
import socket
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.asking import domain, form, info, refused
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import TIMEOUT_S, address, fetch
from tests.emulator_process import Emulator, EmulatorError


def origin(emulator: Emulator, bucket: str) -> str:
    answer = fetch(f"{emulator.uc}/v4/query?ak={emulator.access_key}&bucket={bucket}")
    return f"http://{answer.json()['hosts'][0]['io_src']['domains'][0]}"


def test_a_bucket_made_at_run_time_takes_uploads_and_gives_downloads(emulator: Emulator, bucket: str) -> None:
    emulator.put(bucket, "k", b"hello")
    assert fetch(f"{domain(emulator, bucket)}/k").body == b"hello"
    assert fetch(f"{origin(emulator, bucket)}/k").status == 401
    assert emulator.keys(bucket) == ["k"]
    assert domain(emulator, bucket) != origin(emulator, bucket)
    assert emulator.manage("GET", f"/v6/domain/list?tbl={bucket}") == emulator.manage(
        "GET", f"/v2/domains?tbl={bucket}"
    )


def test_a_dropped_bucket_is_gone_with_its_objects_and_ports(emulator: Emulator, bucket: str) -> None:
    emulator.put(bucket, "k", b"hello")
    ports = [address(url)[1] for url in (domain(emulator, bucket), origin(emulator, bucket))]
    client = http.client.HTTPConnection("127.0.0.1", ports[0], timeout=TIMEOUT_S)
    client.request("GET", "/k")
    assert client.getresponse().read() == b"hello"
    emulator.manage("POST", f"/drop/{bucket}")
    assert client.sock.recv(1) == b""
    client.close()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    assert bucket not in emulator.manage("GET", "/buckets")
    for method, target in (
        ("GET", f"/v2/domains?tbl={bucket}"),
        ("GET", f"/list?bucket={bucket}"),
        ("POST", f"/drop/{bucket}"),
        ("POST", f"/maxAge?bucket={bucket}&maxAge=1"),
    ):
        assert refused(emulator, method, target) == (631, "no such bucket")
    with pytest.raises(EmulatorError, match="631"):
        emulator.put(bucket, "k", b"hello")


def test_the_name_of_a_dropped_bucket_can_be_used_again(emulator: Emulator, bucket: str) -> None:
    emulator.put(bucket, "old", b"hello")
    emulator.manage("POST", f"/maxAge?bucket={bucket}&maxAge=5")
    for _ in range(3):
        emulator.manage("POST", f"/drop/{bucket}")
        emulator.manage("POST", f"/mkbucketv3/{bucket}/region/z2/private/true")
    assert emulator.keys(bucket) == []
    described = info(emulator, bucket)
    assert (described["private"], described["region"], described["max_age"]) == (1, "z2", 31_536_000)
    assert fetch(f"{domain(emulator, bucket)}/old").status == 401
    emulator.put(bucket, "new", b"again")
    assert emulator.keys(bucket) == ["new"]


def test_an_upload_that_was_begun_before_its_bucket_was_dropped_ends_nowhere(emulator: Emulator, bucket: str) -> None:
    headers = {"Authorization": f"UpToken {emulator.upload_token(bucket, 'k')}"}
    base = f"/buckets/{bucket}/objects/aw==/uploads"
    upload = emulator.call("POST", base, b"", headers)["uploadId"]
    emulator.call("PUT", f"{base}/{upload}/1", b"part", headers)
    emulator.manage("POST", f"/drop/{bucket}")
    emulator.manage("POST", f"/mkbucketv3/{bucket}")
    with pytest.raises(EmulatorError, match="no such uploadId"):
        emulator.call("PUT", f"{base}/{upload}/2", b"part", headers)
    assert emulator.keys(bucket) == []


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        (f"/mkbucketv3/{PUBLIC}", (614, "bucket exists")),
        ("/mkbucketv3/ab", (400, "the specified bucket is not valid")),
        (f"/mkbucketv3/{'a' * 64}", (400, "the specified bucket is not valid")),
        ("/mkbucketv3/-abc", (400, "the specified bucket is not valid")),
        ("/mkbucketv3/abc-", (400, "the specified bucket is not valid")),
        ("/mkbucketv3/Abc", (400, "the specified bucket is not valid")),
        ("/mkbucketv3/a_c", (400, "the specified bucket is not valid")),
        ("/mkbucketv3/a.c", (400, "the specified bucket is not valid")),
        ("/mkbucketv3/abc%0A", (400, "the specified bucket is not valid")),
        ("/mkbucketv3/%E6%96%87%E4%BB%B6", (400, "the specified bucket is not valid")),
        ("/mkbucketv3/", (400, "the specified bucket is not valid")),
        ("/mkbucketv3/abc/region/mars", (400, "invalid region: mars")),
        ("/mkbucketv3/abc/region/", (400, "invalid region: ")),
        ("/mkbucketv3/abc/region", (400, "invalid argument: region")),
        ("/mkbucketv3/abc/private/perhaps", (400, "invalid argument: private")),
        ("/mkbucketv3/abc/colour/red", (400, "unknown argument: colour")),
        ("/mkbucketv3/abc/region/z0/region/z1", (400, "invalid argument: region")),
        ("/mkbucketv3/abc?line=1", (400, "unknown parameter: line")),
        ("/drop/nowhere", (631, "no such bucket")),
        ("/drop/", (631, "no such bucket")),
        (f"/drop/{PUBLIC}/all", (400, "unknown argument: all")),
        (f"/private?bucket={PUBLIC}", (400, "missing parameter: private")),
        (f"/private?bucket={PUBLIC}&private=2", (400, "invalid argument: private")),
        ("/private?bucket=nowhere&private=1", (631, "no such bucket")),
        ("/private?private=1", (400, "missing parameter: bucket")),
    ],
)
def test_what_cannot_be_done_to_buckets(emulator: Emulator, path: str, refusal: tuple[int, str]) -> None:
    assert refused(emulator, "POST", path) == refusal
    assert emulator.manage("GET", "/buckets") == [PRIVATE, PUBLIC]


@pytest.mark.parametrize("path", ["/mkbucketv3/abc", f"/drop/{PUBLIC}", f"/private?bucket={PUBLIC}&private=1"])
def test_buckets_are_changed_by_signed_posts_only(emulator: Emulator, path: str) -> None:
    assert fetch(f"{emulator.uc}{path}", method="POST").status == 401
    assert refused(emulator, "GET", path)[0] == 405
    assert emulator.manage("GET", "/buckets") == [PRIVATE, PUBLIC]


def test_private_takes_effect_at_once(emulator: Emulator, bucket: str) -> None:
    """The Python and Node SDKs ask in the query string, the Go SDK in a form."""
    emulator.put(bucket, "k", b"hello")
    url = f"{domain(emulator, bucket)}/k"
    for private, status in ((1, 401), (0, 200)):
        emulator.manage("POST", f"/private?bucket={bucket}&private={private}")
        assert (fetch(url).status, info(emulator, bucket)["private"]) == (status, private)
        emulator.manage("POST", "/private", form(bucket=bucket, private=1 - private))
        assert info(emulator, bucket)["private"] == 1 - private


def test_names_of_the_shortest_and_longest_kind(emulator: Emulator) -> None:
    for name in ("0-0", "a" * 63):
        emulator.manage("POST", f"/mkbucketv3/{name}")
        assert name in emulator.manage("GET", "/buckets")
        emulator.manage("POST", f"/drop/{name}")


def test_totals_are_listed_for_all_buckets(emulator: Emulator, bucket: str) -> None:
    emulator.manage("POST", f"/drop/{bucket}")
    emulator.manage("POST", f"/mkbucketv3/{bucket}/region/na0")
    by_name = {entry["tbl"]: entry for entry in emulator.manage("POST", "/v3/buckets")}
    assert set(by_name) == {PUBLIC, PRIVATE, bucket}
    assert (by_name[bucket]["region"], by_name[bucket]["file_num"], by_name[bucket]["storage_size"]) == ("na0", 0, 0)
    assert [entry["tbl"] for entry in emulator.manage("GET", "/v3/buckets?region=na0&shared=rd")] == [bucket]
    assert emulator.manage("POST", "/v3/buckets?region=as0") == []
    infos = {entry["name"]: entry["info"] for entry in emulator.manage("POST", "/v2/bucketInfos?region=&fs=true")}
    assert infos[bucket] == {**info(emulator, bucket), "file_num": 0, "storage_size": 0}
    assert emulator.manage("POST", "/v2/bucketInfos?region=na0&fs=false") == [
        {"name": bucket, "info": info(emulator, bucket)}
    ]
    assert refused(emulator, "POST", "/v2/bucketInfos?fs=perhaps")[0] == 400


def pages(emulator: Emulator, **parameters: object) -> list[list[dict[str, Any]]]:
    """All pages of the paged list of buckets."""
    found, marker = [], ""
    while True:
        query = "&".join(f"{name}={value}" for name, value in {**parameters, "marker": marker}.items())
        page = emulator.manage("GET", f"/buckets?apiVersion=v4&{query}")
        found.append(page["buckets"])
        if not page["is_truncated"]:
            assert page["next_marker"] == ""
            return found
        marker = page["next_marker"]


def test_pages_of_buckets(emulator: Emulator, bucket: str) -> None:
    assert [[entry["name"] for entry in page] for page in pages(emulator, limit=2)] == [[bucket, PRIVATE], [PUBLIC]]
    assert [[entry["name"] for entry in page] for page in pages(emulator, limit=3)] == [[bucket, PRIVATE, PUBLIC]]
    assert pages(emulator, region="as0") == [[]]
    assert emulator.manage("GET", "/buckets?region=z0&shared=rd") == [bucket, PRIVATE, PUBLIC]
    assert emulator.manage("GET", "/buckets?region=z1") == []
    for limit in ("0", "101", "x", "-1", "1.0", "9" * 30):
        assert refused(emulator, "GET", f"/buckets?apiVersion=v4&limit={limit}") == (400, "invalid argument: limit")


def test_a_missing_bucket_has_no_info(emulator: Emulator) -> None:
    """The one call where clients are told 612."""
    assert refused(emulator, "POST", "/v2/bucketInfo?bucket=nowhere")[0] == 612
    assert refused(emulator, "POST", "/v2/bucketInfo") == (400, "missing parameter: bucket")


def test_buckets_and_settings_survive_a_restart(tmp_path: Path) -> None:
    with Emulator("From.the_command-line", data=tmp_path) as emulator:
        emulator.manage("POST", "/mkbucketv3/kept/region/z2/private/1")
        emulator.manage("POST", "/mkbucketv3/dropped")
        emulator.put("kept", "k", b"hello")
        emulator.manage("POST", "/rules/add", form(bucket="kept", name="r", prefix="p", delete_after_days=3))
        emulator.manage("POST", "/corsRules/set/kept", b'[{"allowed_origin": ["*"], "allowed_method": ["GET"]}]')
        emulator.manage("POST", "/referAntiLeech?bucket=kept&mode=2&pattern=a.example")
        emulator.manage("POST", "/drop/dropped")
        before = [info(emulator, "kept"), domain(emulator, "kept")]
        rules = [emulator.manage("GET", path) for path in ("/rules/get?bucket=kept", "/corsRules/get/kept")]
    with Emulator(data=tmp_path) as emulator:
        assert emulator.manage("GET", "/buckets") == ["From.the_command-line", "kept"]
        assert [info(emulator, "kept"), domain(emulator, "kept")] == before
        assert [emulator.manage("GET", path) for path in ("/rules/get?bucket=kept", "/corsRules/get/kept")] == rules
        assert fetch(emulator.url("kept", "k")).body == b"hello"
        assert set(emulator.facts["buckets"]) == {"From.the_command-line", "kept"}


def make(emulator: Emulator, name: str) -> tuple[int, Any]:
    try:
        return 200, emulator.manage("POST", f"/mkbucketv3/{name}")
    except EmulatorError as error:
        return error.status, json.loads(error.body)


def test_there_is_an_end_to_buckets() -> None:
    """At the quota, or at the ports that the system gives; either way there is room again after a drop."""
    with Emulator() as emulator:
        made = []
        status = 200
        while status == 200:
            name = f"many-{len(made)}"
            status, body = make(emulator, name)
            made += [name] if status == 200 else []
        assert (status, list(body)) == (630, ["error"])
        assert len(made) <= 1000
        assert sorted(made) == emulator.manage("GET", "/buckets")
        assert fetch(f"{domain(emulator, made[-1])}/k").status == 404
        emulator.manage("POST", f"/drop/{made[0]}")
        emulator.manage("POST", f"/mkbucketv3/{made[0]}")
        assert refused(emulator, "POST", "/mkbucketv3/one-more")[0] == 630


def test_many_make_and_drop_one_name_at_once(emulator: Emulator) -> None:
    """Whoever comes first wins, and nobody ever sees half a bucket."""
    seen: Counter[int] = Counter()

    def hammer() -> None:
        for _ in range(15):
            for method, target in (
                ("POST", "/mkbucketv3/contested"),
                ("GET", "/v2/domains?tbl=contested"),
                ("GET", "/buckets"),
                ("POST", "/v2/bucketInfos"),
                ("POST", "/drop/contested"),
            ):
                seen[fetch_signed(emulator, method, target)] += 1

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= {200, 614, 631}
    assert emulator.manage("GET", "/buckets") == [PRIVATE, PUBLIC]
    emulator.manage("POST", "/mkbucketv3/contested")
    emulator.put("contested", "k", b"hello")
    assert fetch(f"{domain(emulator, 'contested')}/k").body == b"hello"
    emulator.manage("POST", "/drop/contested")


def fetch_signed(emulator: Emulator, method: str, target: str) -> int:
    """A signed call on a connection of its own."""
    host = emulator.uc.removeprefix("http://")
    signature = emulator.sign(f"{method} {target}\nHost: {host}\n\n".encode())
    return fetch(f"{emulator.uc}{target}", method=method, headers={"Authorization": f"Qiniu {signature}"}).status
