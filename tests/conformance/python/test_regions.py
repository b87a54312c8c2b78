"""Ways to tell the SDK where the servers are (protocol §1.6), and what it makes of the discovery answer."""

import json
from pathlib import Path
from typing import Any

import pytest
import qiniu
import qiniu.config
from qiniu import BucketManager
from qiniu.http import regions_provider
from qiniu.http.endpoint import Endpoint
from qiniu.http.region import Region, ServiceName
from qiniu.http.regions_provider import CachedRegionsProvider, QueryRegionsProvider
from qiniu.region import LegacyRegion
from qiniu.services.processing.pfop import PersistentFop

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PUBLIC
from tests.conformance.python.helpers import refusal, upload
from tests.emulator_process import Emulator


@pytest.fixture
def host(emulator: Emulator) -> str:
    return emulator.uc.removeprefix("http://")


@pytest.fixture
def auth(emulator: Emulator) -> qiniu.Auth:
    """An account, without the SDK being told of any host."""
    return qiniu.Auth(emulator.access_key, emulator.secret_key)


def works(auth: qiniu.Auth, manager: BucketManager, emulator: Emulator, **upload_settings: Any) -> None:
    """Every host is found: up, rs and rsf; and uc where it was given."""
    emulator.clear_log()
    ret, info = qiniu.put_data(auth.upload_token(PUBLIC), "k", b"hello", **upload_settings)
    assert info.status_code == 200, info
    assert manager.stat(PUBLIC, ret["key"])[0]["fsize"] == 5
    assert [item["key"] for item in manager.list(PUBLIC)[0]["items"]] == ["k"]


@sdk_calls(
    answered=[
        qiniu.set_default,
        qiniu.config.get_default,
        qiniu.config.is_customized_default,
    ]
)
def test_one_setting_is_enough(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    qiniu.set_default(default_uc_host=emulator.uc, connection_timeout=10)
    assert qiniu.config.get_default("default_query_region_host") == emulator.uc
    assert qiniu.config.is_customized_default("default_uc_host")
    works(sdk, manager, emulator)
    discoveries = [line for line in emulator.log() if line["target"].startswith("/v4/query")]
    assert len(discoveries) == 1, "what was learned for the upload serves the rest"


@sdk_calls(answered=[BucketManager.buckets])
def test_another_host_is_asked_when_the_first_does_not_answer(auth: qiniu.Auth, host: str) -> None:
    region = Region(services={ServiceName.UC: [Endpoint.from_host(name) for name in ("127.0.0.1:1", host)]})
    assert PUBLIC in BucketManager(auth, regions=[region]).buckets()[0]


def endpoints(host: str, *names: ServiceName) -> dict[ServiceName, list[Endpoint]]:
    return {name: [Endpoint(host, "http")] for name in names}


def test_given_regions(auth: qiniu.Auth, host: str, emulator: Emulator) -> None:
    region = Region("z0", services=endpoints(host, *ServiceName))
    manager = BucketManager(auth, regions=[region])
    works(auth, manager, emulator, regions=[region])
    assert PUBLIC in manager.buckets()[0]
    assert not any("/query" in line["target"] for line in emulator.log())


def test_a_given_place_to_ask(auth: qiniu.Auth, host: str, emulator: Emulator) -> None:
    manager = BucketManager(auth, query_regions_endpoints=[Endpoint.from_host(f"http://{host}")])
    upload_region = Region("z0", services=endpoints(host, ServiceName.UP))
    works(auth, manager, emulator, regions=[upload_region])


@pytest.mark.parametrize("zone_class", [qiniu.Zone, qiniu.Region])
def test_a_zone_as_of_old(
    auth: qiniu.Auth, sdk: qiniu.Auth, emulator: Emulator, zone_class: type[LegacyRegion]
) -> None:
    url = emulator.uc
    qiniu.set_default(default_zone=zone_class(up_host=url, rs_host=url, rsf_host=url, io_host=url, api_host=url))
    works(auth, BucketManager(auth), emulator)
    assert not any("/query" in line["target"] for line in emulator.log())


ASKING = [
    LegacyRegion.get_rs_host,
    LegacyRegion.get_rsf_host,
    LegacyRegion.get_api_host,
    LegacyRegion.get_io_host,
]


@sdk_calls(
    answered=[
        *ASKING,
        LegacyRegion.get_up_host,
        LegacyRegion.get_up_host_by_token,
        LegacyRegion.get_up_host_backup_by_token,
        LegacyRegion.get_bucket_hosts,
        LegacyRegion.bucket_hosts,
        LegacyRegion.unmarshal_up_token,
    ]
)
def test_a_zone_finds_its_hosts(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    zone, home = qiniu.Zone(), str(tmp_path)
    access_key, token = emulator.access_key, sdk.upload_token(PUBLIC)
    assert {get(zone, access_key, PUBLIC, home) for get in _looked_up(zone)} == {emulator.uc}
    first, second = zone.get_up_host(access_key, PUBLIC, home)
    assert (first, zone.get_up_host_by_token(token, home)) == (emulator.uc, emulator.uc)
    assert second == zone.get_up_host_backup_by_token(token, home) != first
    assert zone.get_bucket_hosts(access_key, PUBLIC, home)["ioHosts"] == [emulator.uc]
    assert zone.unmarshal_up_token(token) == (access_key, PUBLIC)
    hosts = json.loads(zone.bucket_hosts(access_key, PUBLIC))["hosts"]
    assert hosts[0]["rs"]["domains"] == [emulator.uc.removeprefix("http://")]


def _looked_up(zone: LegacyRegion) -> list[Any]:
    return [getattr(type(zone), get.__name__) for get in ASKING]


@sdk_calls(
    refused=[
        *ASKING,
        LegacyRegion.get_up_host,
        LegacyRegion.get_up_host_by_token,
        LegacyRegion.get_up_host_backup_by_token,
        LegacyRegion.get_bucket_hosts,
        LegacyRegion.bucket_hosts,
        LegacyRegion.unmarshal_up_token,
    ]
)
def test_a_zone_without_a_bucket(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    zone, home = qiniu.Zone(), str(tmp_path)
    token = sdk.upload_token("nowhere")
    for get in [*_looked_up(zone), LegacyRegion.get_up_host, LegacyRegion.get_bucket_hosts]:
        with pytest.raises(RuntimeError, match="631"):
            get(zone, emulator.access_key, "nowhere", home)
    for by_token in (zone.get_up_host_by_token, zone.get_up_host_backup_by_token):
        with pytest.raises(RuntimeError, match="631"):
            by_token(token, home)
    with pytest.raises(RuntimeError, match="631"):
        zone.bucket_hosts(emulator.access_key, "nowhere")
    with pytest.raises(ValueError, match="invalid up_token"):
        zone.unmarshal_up_token("no:token")


@sdk_calls(
    answered=[QueryRegionsProvider.__iter__, Endpoint.get_value],
    refused=[QueryRegionsProvider.__iter__],
)
def test_asking_for_regions(host: str, emulator: Emulator) -> None:
    def ask(access_key: str, bucket: str) -> list[Region]:
        return list(QueryRegionsProvider(access_key, bucket, [Endpoint(host, "http")]))

    [region] = ask(emulator.access_key, PUBLIC)
    assert (region.region_id, region.s3_region_id, region.is_live) == ("z0", "cn-east-1", True)
    assert 1 <= region.ttl <= 60
    for service in (ServiceName.UC, ServiceName.IO, ServiceName.RS, ServiceName.RSF, ServiceName.API):
        assert [endpoint.get_value("http") for endpoint in region.services[service]] == [emulator.uc]
    ups = region.services[ServiceName.UP]
    assert len({endpoint.host for endpoint in ups}) == len(ups) >= 2
    with pytest.raises(RuntimeError, match=r"631.*no such bucket"):
        ask(emulator.access_key, "nowhere")
    with pytest.raises(RuntimeError, match=r"612.*app/accesskey is not found"):
        ask("nobody", PUBLIC)


@sdk_calls(
    answered=[
        regions_provider.get_default_regions_provider,
        CachedRegionsProvider.__iter__,
        CachedRegionsProvider.set_regions,
    ],
    refused=[CachedRegionsProvider.__iter__],
)
def test_regions_are_remembered(host: str, emulator: Emulator, tmp_path: Path) -> None:
    def provider(bucket: str, **settings: Any) -> Any:
        asked = [Endpoint(host, "http")]
        return regions_provider.get_default_regions_provider(asked, emulator.access_key, bucket, **settings)

    path = tmp_path / "cache.jsonl"
    asked = provider(PUBLIC, persist_path=str(path))
    for _ in range(3):
        assert [region.region_id for region in asked] == ["z0"]
    assert len(emulator.log()) == 1
    assert emulator.uc.removeprefix("http://") in path.read_text()
    list(provider(PUBLIC, force_query=True))
    assert len(emulator.log()) == 2
    asked.set_regions([Region("elsewhere")])
    assert [region.region_id for region in asked] == ["elsewhere"]
    with pytest.raises(RuntimeError, match="631"):
        list(provider("nowhere"))


@sdk_calls(
    answered=[Region.from_region_id, Region.merge, Region.clone, Endpoint.from_host, Endpoint.clone, Endpoint.get_value]
)
def test_regions_are_put_together(host: str) -> None:
    public = Region.from_region_id("z1", extended_services={ServiceName.RS: [Endpoint.from_host(f"http://{host}")]})
    assert public.services[ServiceName.UP][0].get_value() == "https://upload-z1.qiniup.com"
    assert public.services[ServiceName.RS] == [Endpoint(host, "http")]
    both = Region.merge(Region("z0", services=endpoints(host, ServiceName.UP)), public.clone())
    assert [endpoint.host for endpoint in both.services[ServiceName.UP]] == [
        host,
        "upload-z1.qiniup.com",
        "up-z1.qiniup.com",
    ]
    assert Endpoint(host).clone() == Endpoint(host)


@sdk_calls(refused=[PersistentFop.execute, PersistentFop.get_status])
def test_processing_is_refused_in_plain_words(sdk: qiniu.Auth, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k")
    qiniu.set_default(default_api_host=emulator.uc)
    fop = PersistentFop(sdk, PUBLIC)
    for answer in (fop.execute("k", ["avthumb/mp4"]), fop.get_status("z0.0123456789")):
        status, text = refusal(answer)
        assert status == 501
        assert text.startswith("not supported by this emulator: ")
