"""Listings: order, markers, prefixes, delimiters (protocol §3)."""

import json

import pytest

from tests.contract.cloud import Cloud, marker_of
from tests.contract.conftest import Ask

NAMES = ["a", "a/", "a/1", "a/2", "a0", "b/1", "b/2", "c", "文件", "\uff01", "\U0001f600"]


@pytest.fixture(scope="module")
def listed(cloud: Cloud) -> str:
    for name in NAMES:
        cloud.put(f"listing/{name}", name.encode())
    return "listing/"


def test_keys_ascend(cloud: Cloud, listed: str, ask: Ask) -> None:
    found = [item["key"].removeprefix(cloud.key(listed)) for item in cloud.list(prefix=listed).json()["items"]]
    orders = {
        "that of UTF-8": sorted(NAMES, key=str.encode),
        "that of UTF-16": sorted(NAMES, key=lambda name: name.encode("utf-16-be")),
    }
    names = [name for name, order in orders.items() if order == found]
    assert names
    ask("list-order", "that of UTF-8", names[0])


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_pages_of_any_length_give_every_key_once(cloud: Cloud, listed: str, limit: int) -> None:
    found, marker = [], ""
    for _ in range(len(NAMES) + 1):
        page = cloud.list(prefix=listed, limit=limit, marker=marker).json()
        found += [item["key"] for item in page["items"]]
        assert len(page["items"]) <= limit
        marker = page.get("marker", "")
        if not marker:
            break
    assert sorted(found) == sorted(map(cloud.key, (listed + name for name in NAMES)))


def test_a_marker_of_our_own_begins_behind_its_key(cloud: Cloud, listed: str) -> None:
    for key in (cloud.key(f"{listed}a/1"), cloud.key(f"{listed}a/1x")):
        page = cloud.list(prefix=listed, marker=marker_of(key), limit=1).json()
        assert page["items"][0]["key"] == cloud.key(f"{listed}a/2")


def test_delimiter(cloud: Cloud, listed: str) -> None:
    page = cloud.list(prefix=listed, delimiter="/").json()
    assert page["commonPrefixes"] == [cloud.key(f"{listed}a/"), cloud.key(f"{listed}b/")]
    assert {item["key"] for item in page["items"]} == {
        cloud.key(listed + name) for name in ("a", "a0", "c", "文件", "\uff01", "\U0001f600")
    }


def test_items_show_what_stat_shows(cloud: Cloud, listed: str) -> None:
    item = cloud.list(prefix=f"{listed}c").json()["items"][0]
    stat = cloud.stat(f"{listed}c")
    for member in ("fsize", "hash", "mimeType", "putTime", "type"):
        assert item[member] == stat[member]


def test_streams(cloud: Cloud, listed: str, ask: Ask) -> None:
    lines = [json.loads(line) for line in cloud.list(path="/v2/list", prefix=listed).body.splitlines()]
    found = [line["item"]["key"] for line in lines if line["item"]]
    assert found == [item["key"] for item in cloud.list(prefix=listed).json()["items"]]
    ask("v2-list-last-marker", "", lines[-1]["marker"])
    ask("v2-list-of-nothing", b"", cloud.list(path="/v2/list", prefix=f"{listed}nothing").body)


def test_limits_out_of_range(cloud: Cloud, ask: Ask) -> None:
    ask("list-limit", [400, 400], [cloud.list(limit=limit).status for limit in (-1, 1001)])


def test_refusals(cloud: Cloud, ask: Ask) -> None:
    answer = cloud.list(marker="!!!")
    assert answer.status == 640
    ask("marker-error-text", "invalid list marker", answer.error())
    nowhere = cloud.manage(f"{cloud.hosts.rsf}/list?bucket=no-such-bucket-kodokeep", method="GET")
    assert nowhere.status == 631
