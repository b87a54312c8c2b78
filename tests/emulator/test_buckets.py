"""Buckets that come and go while the server runs (protocol §1.5)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.asking import domain, everything, form, info, origin, refused, set_everything
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError


def test_a_bucket_made_at_run_time_takes_uploads_and_gives_downloads(emulator: Emulator, bucket: str) -> None:
    emulator.put(bucket, "k", b"hello")
    assert fetch(f"{domain(emulator, bucket)}/k").body == b"hello"
    assert fetch(f"{origin(emulator, bucket)}/k").status == 401
    assert emulator.keys(bucket) == ["k"]
    assert domain(emulator, bucket) != origin(emulator, bucket)
    assert emulator.manage("GET", f"/v6/domain/list?tbl={bucket}") == emulator.manage(
        "GET", f"/v2/domains?tbl={bucket}"
    )


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
        set_everything(emulator, "kept")
        emulator.manage("POST", "/drop/dropped")
        before = [info(emulator, "kept"), domain(emulator, "kept"), *everything(emulator, "kept")]
    with Emulator(data=tmp_path) as emulator:
        assert emulator.manage("GET", "/buckets") == ["From.the_command-line", "kept"]
        assert [info(emulator, "kept"), domain(emulator, "kept"), *everything(emulator, "kept")] == before
        assert set(emulator.facts["buckets"]) == {"From.the_command-line", "kept"}
        assert emulator.keys("kept") == ["k"]
        assert fetch(emulator.url("kept", "k", origin=True), headers={"Referer": "http://a.example"}).body == b"hello"


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
