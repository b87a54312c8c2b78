"""Every bucket method of the official Python SDK, with good and bad input."""

import pytest
import qiniu
from qiniu.http.endpoint import Endpoint
from qiniu.http.region import Region, ServiceName

from tests.emulator.asking import domain
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator


@pytest.fixture
def manager(sdk: qiniu.Auth) -> qiniu.BucketManager:
    return qiniu.BucketManager(sdk)


def test_a_bucket_from_its_making_to_a_download(
    sdk: qiniu.Auth, manager: qiniu.BucketManager, emulator: Emulator
) -> None:
    """The SDK discovers the hosts of a bucket that it has just made. It cannot drop one."""
    assert manager.mkbucketv3("sdk-made", "z1")[1].status_code == 200
    try:
        _, info = qiniu.put_data(sdk.upload_token("sdk-made", "k"), "k", b"hello")
        assert info.status_code == 200
        assert manager.stat("sdk-made", "k")[0]["fsize"] == 5
        domains, _ = manager.bucket_domain("sdk-made")
        assert fetch(f"http://{domains[0]}/k").body == b"hello"
        assert [bucket["tbl"] for bucket in manager.list_bucket("z1")[0]] == ["sdk-made"]
        assert manager.mkbucketv3("sdk-made", "z1")[1].status_code == 614
    finally:
        emulator.manage("POST", "/drop/sdk-made")
    assert manager.stat("sdk-made", "k")[1].status_code == 631


@pytest.mark.parametrize(("name", "region"), [("No", "z0"), ("a", "z0"), ("legal", "mars"), ("le/gal", "z0")])
def test_buckets_that_cannot_be_made(manager: qiniu.BucketManager, name: str, region: str) -> None:
    ret, info = manager.mkbucketv3(name, region)
    assert (ret, info.status_code) == (None, 400)
    assert set(manager.buckets()[0]) == {PUBLIC, PRIVATE}


def test_lists_of_buckets(manager: qiniu.BucketManager, bucket: str) -> None:
    assert manager.buckets()[0] == sorted([PUBLIC, PRIVATE, bucket])
    listed, info = manager.list_bucket("z0")
    assert info.status_code == 200
    assert {entry["tbl"] for entry in listed} == {PUBLIC, PRIVATE, bucket}
    assert manager.list_bucket("na0")[0] == []


def test_info_and_permission(manager: qiniu.BucketManager, emulator: Emulator, bucket: str) -> None:
    emulator.put(bucket, "k", b"hello")
    for private in ("1", "0"):
        assert manager.change_bucket_permission(bucket, private)[1].status_code == 200
        described, _ = manager.bucket_info(bucket)
        assert (described["private"], described["protected"]) == (int(private), 0)
    assert fetch(f"{domain(emulator, bucket)}/k").status == 200
    assert manager.change_bucket_permission(bucket, "2")[1].status_code == 400
    assert manager.change_bucket_permission("nowhere", "1")[1].status_code == 631
    assert manager.bucket_info("nowhere")[1].status_code == 612


def test_domains(manager: qiniu.BucketManager, bucket: str) -> None:
    assert manager.list_domains(bucket)[0] == manager.bucket_domain(bucket)[0]
    assert manager.list_domains("nowhere")[1].status_code == 631


def test_another_uc_host_is_asked_when_the_first_does_not_answer(sdk: qiniu.Auth, emulator: Emulator) -> None:
    hosts = ["127.0.0.1:1", emulator.uc.removeprefix("http://")]
    region = Region(services={ServiceName.UC: [Endpoint.from_host(host) for host in hosts]})
    manager = qiniu.BucketManager(sdk, regions=[region])
    assert PUBLIC in manager.buckets()[0]


def test_a_wrong_key_is_refused(sdk: qiniu.Auth) -> None:
    stranger = qiniu.BucketManager(qiniu.Auth(sdk.get_access_key(), "wrong"))
    assert stranger.mkbucketv3("sdk-made", "z0")[1].status_code == 401
    assert stranger.change_bucket_permission(PUBLIC, "1")[1].status_code == 401
