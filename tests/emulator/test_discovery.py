"""Which hosts serve a bucket: what each client asks, and what it reads (protocol §1.2 - §1.4)."""

from typing import Any

import pytest

from tests.emulator.asking import refused
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import Answer, fetch
from tests.emulator_process import Emulator

SERVICES = ("up", "rs", "rsf", "api", "uc", "io")


def query(emulator: Emulator, path: str, bucket: str) -> Answer:
    return fetch(f"{emulator.uc}{path}?ak={emulator.access_key}&bucket={bucket}")


def hosts(emulator: Emulator, path: str, bucket: str) -> dict[str, Any]:
    regions: list[dict[str, Any]] = query(emulator, path, bucket).json()["hosts"]
    assert len(regions) == 1
    return regions[0]


def test_every_service_has_bare_hosts_that_answer(emulator: Emulator) -> None:
    region = hosts(emulator, "/v4/query", PRIVATE)
    for service in SERVICES:
        for host in region[service]["domains"]:
            assert fetch(f"http://{host}/nowhere").status == 404
    assert region["up"]["acc_domains"] == []
    assert region["io_src"]["domains"] == [emulator.io_src(PRIVATE).removeprefix("http://")]
    assert region["s3"]["region_alias"] == "cn-east-1"
    assert 1 <= region["ttl"] <= 60


def test_two_upload_hosts_differ_and_both_take_uploads(emulator: Emulator) -> None:
    first, second = hosts(emulator, "/v4/query", PUBLIC)["up"]["domains"]
    assert first != second
    token = emulator.upload_token(PUBLIC, "k")
    for host in (first, second):
        body = f'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n{token}\r\n'.encode()
        body += b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
        body += (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n%b\r\n--b--\r\n' % host.encode()
        )
        sent = fetch(
            f"http://{host}/", method="POST", body=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
        assert (sent.status, fetch(f"{emulator.domain(PUBLIC)}/k").body) == (200, host.encode())


def test_the_older_query_has_what_go_and_qshell_read(emulator: Emulator) -> None:
    answer = query(emulator, "/v2/query", PUBLIC).json()
    main = [emulator.uc.removeprefix("http://")]
    assert [answer[service]["acc"]["main"] for service in ("rs", "rsf", "api", "uc")] == [main] * 4
    assert answer["io"]["src"]["main"] == main
    assert answer["io_src"]["src"]["main"] == [emulator.io_src(PUBLIC).removeprefix("http://")]
    for kind in ("acc", "src"):
        assert [answer["up"][kind]["main"], answer["up"][f"old_{kind}"]["main"]] == [main, main]
        assert answer["up"][kind]["backup"] != main
    assert (answer["region"], answer["s3"]["region_alias"]) == ("z0", "cn-east-1")


@pytest.mark.parametrize("path", ["/v2/query", "/v3/query", "/v4/query"])
def test_what_cannot_be_found_has_the_codes_that_clients_expect(emulator: Emulator, path: str) -> None:
    unknown = query(emulator, path, "nowhere")
    assert (unknown.status, unknown.error()) == (631, "no such bucket")
    stranger = fetch(f"{emulator.uc}{path}?ak=who&bucket={PUBLIC}")
    assert stranger.status == 612
    assert "app/accesskey is not found" in stranger.error()
    for lacking in (f"bucket={PUBLIC}", f"ak={emulator.access_key}", ""):
        assert fetch(f"{emulator.uc}{path}?{lacking}").status == 400
    assert fetch(f"{emulator.uc}{path}", method="POST").status == 405


def test_a_bucket_is_served_by_the_same_hosts_in_every_region(emulator: Emulator) -> None:
    regions = emulator.manage("GET", "/regions")["regions"]
    assert {region["id"] for region in regions} >= {"z0", "cn-east-2", "z1", "z2", "na0", "as0"}
    assert all(region["description"] for region in regions)
    aliases = set()
    for region in regions:
        emulator.manage("POST", f"/mkbucketv3/in-{region['id']}/region/{region['id']}")
        found = hosts(emulator, "/v4/query", f"in-{region['id']}")
        assert found["region"] == region["id"]
        assert found["rs"]["domains"] == [emulator.uc.removeprefix("http://")]
        aliases.add(found["s3"]["region_alias"])
        assert query(emulator, "/v2/query", f"in-{region['id']}").json()["region"] == region["id"]
        emulator.manage("POST", f"/drop/in-{region['id']}")
    assert len(aliases) == len(regions)


def test_regions_want_a_signature(emulator: Emulator) -> None:
    assert fetch(f"{emulator.uc}/regions").status == 401
    assert refused(emulator, "GET", "/regions?all=1") == (400, "unknown parameter: all")
