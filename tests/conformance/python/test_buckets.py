"""Buckets: making, listing and looking at them, and who may read them."""

import pytest
import qiniu
from qiniu import BucketManager

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PRIVATE, PUBLIC
from tests.conformance.python.helpers import DONE, domain, download, outcome, refusal, upload
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator


@sdk_calls(answered=[BucketManager.buckets], refused=[BucketManager.buckets])
def test_names(manager: BucketManager, forger: BucketManager) -> None:
    names, info = manager.buckets()
    assert info.status_code == 200
    assert {PUBLIC, PRIVATE} <= set(names)
    assert refusal(forger.buckets()) == (401, "bad token")


@sdk_calls(answered=[BucketManager.mkbucketv3], refused=[BucketManager.mkbucketv3])
def test_a_new_bucket_works_at_once(sdk: qiniu.Auth, manager: BucketManager) -> None:
    assert outcome(manager.mkbucketv3("brand-new", "z0")) == DONE
    assert "brand-new" in manager.buckets()[0]
    upload(sdk, "brand-new", "k", b"content")
    assert manager.list("brand-new")[0]["items"][0]["key"] == "k"
    assert fetch(f"{domain(manager, 'brand-new')}/k").body == b"content"
    assert refusal(manager.mkbucketv3("brand-new", "z0")) == (614, "bucket exists")


@sdk_calls(answered=[BucketManager.stat], refused=[BucketManager.stat])
def test_a_bucket_that_is_dropped_is_gone_for_those_who_know_it(
    sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator, bucket: str
) -> None:
    """The SDK cannot drop one."""
    upload(sdk, bucket, "k")
    assert manager.stat(bucket, "k")[1].status_code == 200
    emulator.manage("POST", f"/drop/{bucket}")
    assert refusal(manager.stat(bucket, "k")) == (631, "no such bucket")


@sdk_calls(refused=[BucketManager.mkbucketv3, BucketManager.change_bucket_permission])
def test_a_wrong_secret_changes_no_bucket(manager: BucketManager, forger: BucketManager) -> None:
    assert refusal(forger.mkbucketv3("forged", "z0")) == (401, "bad token")
    assert refusal(forger.change_bucket_permission(PUBLIC, "1")) == (401, "bad token")
    assert "forged" not in manager.buckets()[0]
    assert manager.bucket_info(PUBLIC)[0]["private"] == 0


@pytest.mark.parametrize("name", ["ab", "Upper", "under_score", "-edge", "a" * 64])
@sdk_calls(refused=[BucketManager.mkbucketv3])
def test_names_that_a_bucket_cannot_have(manager: BucketManager, name: str) -> None:
    assert refusal(manager.mkbucketv3(name, "z0")) == (400, "the specified bucket is not valid")
    assert name not in manager.buckets()[0]


@sdk_calls(refused=[BucketManager.mkbucketv3])
def test_a_region_that_is_not_there(manager: BucketManager) -> None:
    assert refusal(manager.mkbucketv3("far-away", "moon-1"))[0] == 400
    assert "far-away" not in manager.buckets()[0]


@sdk_calls(answered=[BucketManager.list_bucket], refused=[BucketManager.list_bucket])
def test_buckets_of_a_region(sdk: qiniu.Auth, manager: BucketManager, forger: BucketManager, bucket: str) -> None:
    upload(sdk, bucket, "a", b"12345")
    upload(sdk, bucket, "b", b"67")
    listed, info = manager.list_bucket("z0")
    assert info.status_code == 200
    found = {each["tbl"]: each for each in listed}
    assert {PUBLIC, PRIVATE, bucket} <= found.keys()
    assert (found[bucket]["region"], found[bucket]["file_num"], found[bucket]["storage_size"]) == ("z0", 2, 7)
    assert manager.list_bucket("na0")[0] == []
    assert refusal(forger.list_bucket("z0")) == (401, "bad token")


@sdk_calls(answered=[BucketManager.bucket_info], refused=[BucketManager.bucket_info])
def test_bucket_info(manager: BucketManager) -> None:
    info, response = manager.bucket_info(PRIVATE)
    assert response.status_code == 200
    assert (info["private"], info["region"], info["max_age"], info["anti_leech_mode"]) == (1, "z0", 31_536_000, 0)
    assert manager.bucket_info(PUBLIC)[0]["private"] == 0
    assert refusal(manager.bucket_info("nowhere"))[0] in {612, 631}


@sdk_calls(
    answered=[BucketManager.list_domains, BucketManager.bucket_domain],
    refused=[BucketManager.list_domains, BucketManager.bucket_domain],
)
def test_domains(manager: BucketManager, emulator: Emulator) -> None:
    bare = emulator.domain(PUBLIC).removeprefix("http://")
    assert manager.list_domains(PUBLIC)[0] == manager.bucket_domain(PUBLIC)[0] == [bare]
    assert refusal(manager.list_domains("nowhere")) == (631, "no such bucket")
    assert refusal(manager.bucket_domain("nowhere")) == (631, "no such bucket")


@sdk_calls(answered=[BucketManager.change_bucket_permission], refused=[BucketManager.change_bucket_permission])
def test_a_bucket_turns_private_and_public(sdk: qiniu.Auth, manager: BucketManager, bucket: str) -> None:
    upload(sdk, bucket, "k", b"content")
    base = domain(manager, bucket)
    assert fetch(f"{base}/k").status == 200
    assert outcome(manager.change_bucket_permission(bucket, "1")) == DONE
    assert fetch(f"{base}/k").status == 401
    assert download(sdk, base, "k").body == b"content"
    assert manager.bucket_info(bucket)[0]["private"] == 1
    assert outcome(manager.change_bucket_permission(bucket, "0")) == DONE
    assert fetch(f"{base}/k").status == 200
    assert refusal(manager.change_bucket_permission(bucket, "2"))[0] == 400
    assert refusal(manager.change_bucket_permission("nowhere", "1")) == (631, "no such bucket")


@sdk_calls(refused=[BucketManager.stat, BucketManager.list])
def test_a_bucket_that_is_not_there_is_not_discovered(manager: BucketManager) -> None:
    with pytest.raises(RuntimeError, match="HTTP Status Code 631"):
        manager.stat("nowhere", "k")
    with pytest.raises(RuntimeError, match="no such bucket"):
        manager.list("nowhere")


@sdk_calls(refused=[BucketManager.buckets, BucketManager.stat])
def test_an_account_that_is_not_there(sdk: qiniu.Auth) -> None:
    stranger = BucketManager(qiniu.Auth("not-an-access-key", "secret"))
    assert refusal(stranger.buckets())[0] == 401
    with pytest.raises(RuntimeError, match=r"612.*app/accesskey is not found"):
        stranger.stat(PUBLIC, "k")
