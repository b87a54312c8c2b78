"""What the Go SDK, qshell and the Java SDK need of discovery and of the lists of buckets and domains."""

import re
from datetime import datetime
from typing import Any

import pytest

from tests.emulator.clients import GoSdk, JavaSdk, qshell
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator_process import Emulator

# What Go's time.RFC3339 accepts: seconds, a fraction or none, and a zone that is never left out.
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def query(version: int, emulator: Emulator, bucket: str = PUBLIC, key: str = "") -> str:
    return f"/v{version}/query?ak={key or emulator.access_key}&bucket={bucket}"


def source(emulator: Emulator) -> str:
    return emulator.io_src(PUBLIC).removeprefix("http://")


def main(service: dict[str, Any], *kinds: str) -> str:
    """The first host as the clients look for it: `acc` or `src`, then `main`."""
    host: str = next(service[kind]["main"][0] for kind in kinds if kind in service)
    return host


def test_go_v4_query(emulator: Emulator) -> None:
    """Go SDK, storagev2/apis/query_bucket_v4: lists named `domains` for each service; protocol §1.2, §1.4."""
    answer = GoSdk(emulator).ask(query(4, emulator))
    assert answer.status == 200
    (region,) = answer.json()["hosts"]
    assert region["region"] == "z0"
    assert isinstance(region["ttl"], int)
    assert 1 <= region["ttl"] <= 60
    bare = emulator.uc.removeprefix("http://")
    for service in ("io", "rs", "rsf", "api", "uc"):
        assert region[service]["domains"][0] == bare
    assert region["up"]["domains"][0] == bare
    assert len(set(region["up"]["domains"])) >= 2
    assert region["io_src"]["domains"] == [source(emulator)]
    assert region["s3"]["region_alias"] == "cn-east-1"


def test_go_and_qshell_v2_query(emulator: Emulator) -> None:
    """Go SDK, storage/region_uc_v2.go, and qshell: `.main[0]` of rs.acc, rsf.acc, api.acc, io.src, io_src.src."""
    for client in (GoSdk(emulator), qshell(emulator)):
        found = client.ask(query(2, emulator)).json()
        bare = client.host
        for service in ("rs", "rsf", "api"):
            assert found[service]["acc"]["main"][0] == bare
        assert found["io"]["src"]["main"][0] == bare
        assert found["io_src"]["src"]["main"][0] == source(emulator)
        for kind in ("acc", "src"):
            assert found["up"][kind]["main"][0] == bare
            assert isinstance(found["up"][kind]["backup"], list)
        assert found["up"]["old_src"]["main"]
        assert 1 <= found["ttl"] <= 60


def test_go_regions(emulator: Emulator) -> None:
    """Go SDK, storagev2/region/all.go `singleRegion`: hosts as in /v4/query and a ttl, signed, before each pfop."""
    client = GoSdk(emulator)
    regions = client.manage("GET", "/regions").json()["regions"]
    assert "z0" in {region["id"] for region in regions}
    for region in regions:
        assert isinstance(region.get("ttl"), int)
        for service in ("up", "io", "rs", "rsf", "api", "uc"):
            assert region[service]["domains"][0] == client.host


def test_go_pfop_is_refused(emulator: Emulator) -> None:
    """Go SDK, media/apis/api_pfop.go: a form on the api host; the answer says that it is the emulator who cannot."""
    answer = GoSdk(emulator).manage("POST", "/pfop", b"bucket=public&fops=avthumb%2Fmp4&key=a.mp4")
    assert answer.status == 501
    assert answer.json()["error"].startswith("not supported by this emulator")


def test_java_v3_query(emulator: Emulator) -> None:
    """Java SDK, storage/AutoRegion.java: a list of regions whose services have `src` and `acc`, each with `main`."""
    client = JavaSdk(emulator)
    answer = client.ask(query(3, emulator))
    assert answer.headers["content-type"].partition(";")[0] == "application/json"  # Else its jsonToObject gives null.
    (region,) = answer.json()["hosts"]
    assert region["region"] == "z0"
    assert 1 <= region["ttl"] <= 60
    for service in ("io", "rs", "rsf", "api", "uc"):
        assert main(region[service], "src", "acc") == client.host
    assert main(region["io_src"], "src", "acc") == source(emulator)
    assert region["up"]["src"]["main"][0] == client.host
    assert region["up"]["acc"]["main"][0] == client.host


def test_java_v2_query_of_an_upload_token(emulator: Emulator) -> None:
    """Java SDK, storage/ApiQueryRegion.java: `/v2/query` on the host of uc; it reads up.acc, up.src and io.src."""
    found = JavaSdk(emulator).ask(query(2, emulator)).json()
    assert {*found["up"]["acc"], *found["up"]["src"]} >= {"main", "backup"}
    assert found["io"]["src"]["main"]


@pytest.mark.parametrize("version", [2, 3, 4])
def test_discovery_refuses_with_the_texts_that_clients_look_for(emulator: Emulator, version: int) -> None:
    """qshell, iqshell/storage/bucket/list.go and region.go, match on these texts; protocol §1.2."""
    for client in (GoSdk(emulator), JavaSdk(emulator)):
        stranger = client.ask(query(version, emulator, key="stranger"))
        assert stranger.status == 612
        assert "app/accesskey is not found" in stranger.error()
        nowhere = client.ask(query(version, emulator, bucket="no-such-bucket"))
        assert nowhere.status == 631
        assert "no such bucket" in nowhere.error()
        assert nowhere.headers["x-reqid"]


def test_go_lists_buckets_by_pages(emulator: Emulator) -> None:
    """Go SDK, storage/buckets_v4.go, and `qshell buckets`: ctime is parsed as RFC 3339, or everything fails."""
    found = {}
    target = "/buckets?apiVersion=v4&limit=1"
    while target:
        page = GoSdk(emulator).manage("GET", target).json()
        found |= {bucket["name"]: bucket for bucket in page["buckets"]}
        more = page["is_truncated"]
        target = f"/buckets?apiVersion=v4&limit=1&marker={page['next_marker']}" if more else ""
    assert found[PUBLIC]["private"] is False
    assert found[PRIVATE]["private"] is True
    for bucket in found.values():
        assert RFC3339.fullmatch(bucket["ctime"])
        datetime.fromisoformat(bucket["ctime"])


def test_buckets_by_name(emulator: Emulator) -> None:
    """Go SDK, `Buckets`: GET with `shared`. Java SDK, `buckets`: POST to the rs host, which is the same here."""
    for shared in ("rd", "rw"):
        assert {PUBLIC, PRIVATE} <= set(GoSdk(emulator).manage("GET", f"/buckets?shared={shared}").json())
    assert {PUBLIC, PRIVATE} <= set(JavaSdk(emulator).post("/buckets").json())


def test_bucket_info_has_a_ctime_that_go_can_parse(emulator: Emulator) -> None:
    """Go SDK, storage/uc.go `GetBucketInfo`: POST with an empty body; ctime absent or RFC 3339."""
    for client in (GoSdk(emulator), qshell(emulator)):
        info = client.manage("POST", f"/v2/bucketInfo?bucket={PRIVATE}").json()
        assert info["private"] == 1
        assert RFC3339.fullmatch(info["ctime"])
    assert JavaSdk(emulator).post(f"/v2/bucketInfo?bucket={PRIVATE}").json()["private"] == 1


def test_domains_have_integer_times(emulator: Emulator) -> None:
    """Go SDK and qshell, bucket/domain.go: GET /v3/domains, ctime and utime are integers, the domain is bare."""
    for client in (GoSdk(emulator), qshell(emulator)):
        (domain, *_) = client.manage("GET", f"/v3/domains?tbl={PUBLIC}").json()
        assert f"http://{domain['domain']}" == emulator.domain(PUBLIC)
        assert domain["tbl"] == PUBLIC
        for member in ("uid", "ctime", "utime"):
            assert isinstance(domain[member], int)
        assert domain["refresh"] in {True, False}
    bare = emulator.domain(PUBLIC).removeprefix("http://")
    assert GoSdk(emulator).manage("GET", f"/v2/domains?tbl={PUBLIC}").json() == [bare]
    assert JavaSdk(emulator).get(f"/v2/domains?tbl={PUBLIC}").json() == [bare]
