"""Finding the bucket's hosts, and saying plainly why not."""

import json

import pytest

from kodokeep.errors import BucketUnknown, ClockSkewed, KodoError, SignInRefused, Unreachable
from kodokeep.kodo.bucket import KodoBucket, Tuning
from kodokeep.kodo.retry import Retry
from kodokeep.model.options import Credentials, TransportOptions
from tests.integration.kodo.conftest import NEVER, PUBLIC, World, content, read
from tests.integration.kodo.stub import stub

SECRET = "a-secret-that-must-not-be-shown"


def listed(bucket: KodoBucket) -> int:
    return sum(1 for _ in bucket.listing("nothing/", NEVER))


def test_an_unknown_bucket(world: World) -> None:
    with pytest.raises(BucketUnknown, match=r"127\.0\.0\.1"):
        listed(world.bucket("nobodys"))


def test_an_unknown_access_key(world: World) -> None:
    with pytest.raises(SignInRefused, match=r"127\.0\.0\.1") as caught:
        listed(world.bucket(credentials=Credentials("who", SECRET)))
    assert SECRET not in repr(caught.getrepr(style="native"))


def test_a_wrong_secret_key(world: World) -> None:
    bucket = world.bucket(credentials=Credentials(world.emulator.access_key, SECRET))
    with pytest.raises(SignInRefused) as caught:
        listed(bucket)
    assert SECRET not in str(caught.value) + repr(caught.value)
    assert len(world.requests_of("rsf")) == 1


def test_no_keys_at_all(world: World) -> None:
    with pytest.raises(SignInRefused):
        world.bucket(credentials=Credentials("", ""))


@pytest.mark.parametrize("skew_s", [3600, -3600])
def test_a_clock_that_is_off(world: World, skew_s: int) -> None:
    world.emulator.clock(skew_s)
    with pytest.raises(ClockSkewed):
        listed(world.bucket())


def test_nobody_there() -> None:
    bucket = KodoBucket(
        "b",
        Credentials("ak", "sk"),
        TransportOptions(uc_host="http://127.0.0.1:1"),
        notice=print,
        tuning=Tuning(retry=Retry(longest_wait_s=0)),
    )
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1"):
        listed(bucket)
    assert bucket.requests == 7


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_uc_host_with_and_without_a_scheme(world: World, scheme: str) -> None:
    host = world.emulator.uc.removeprefix("http://")
    assert listed(world.bucket(options=TransportOptions(uc_host=scheme + host, https=False))) == 0


def test_discovery_is_remembered(world: World) -> None:
    bucket = world.bucket()
    for _ in range(3):
        listed(bucket)
    assert len(world.requests_of("uc")) == 1


def test_discovery_is_repeated_when_its_time_is_over(world: World) -> None:
    ticks = iter(range(0, 10_000, 20))
    bucket = world.bucket(tuning=Tuning(now_s=lambda: 1.0 * next(ticks)))
    for _ in range(2):
        with pytest.raises(ClockSkewed):
            listed(bucket)
    assert len(world.requests_of("uc")) == 2


@pytest.mark.parametrize("body", ['{"hosts":[]}', '{"hosts":[{"rs":{"domains":["h"]}}]}', "<html>", "{}"])
def test_an_answer_without_hosts(world: World, body: str) -> None:
    world.emulator.faults([{"host": "uc", "status": 200, "body": body}])
    with pytest.raises(KodoError, match=r"127\.0\.0\.1"):
        listed(world.bucket())


@pytest.mark.parametrize("path", ["^/v3/domains", "^/v2/bucketInfo"])
@pytest.mark.parametrize("status", [400, 403, 404])
def test_keys_with_few_rights_can_still_download(world: World, path: str, status: int) -> None:
    world.put("object", content(10))
    world.emulator.faults([{"host": "uc", "path": path, "status": status}])
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    assert read(world.fetch_one(bucket, remote)) == content(10)


@pytest.mark.parametrize("path", ["^/v3/domains", "^/v2/bucketInfo"])
@pytest.mark.parametrize(("status", "error"), [(401, SignInRefused), (631, BucketUnknown), (503, Unreachable)])
def test_what_concerns_everything_is_an_error(world: World, path: str, status: int, error: type[KodoError]) -> None:
    world.put("object", content(10))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "uc", "path": path, "status": status}])
    with pytest.raises(error):
        world.fetch_one(bucket, remote)


UNUSABLE = [
    '[{"domain": "a", "freeze_types": [1]}]',
    '[{"domain": "a", "apiscope": 1}]',
    '[{"domain": ".wild.example"}]',
    '[{"domain": ""}]',
    "null",
]


@pytest.mark.parametrize("body", UNUSABLE)
def test_domains_that_serve_nothing_are_passed_over(world: World, body: str) -> None:
    world.put("object", content(10))
    world.emulator.faults([{"host": "uc", "path": "^/v3/domains", "status": 200, "body": body}])
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    assert read(world.fetch_one(bucket, remote)) == content(10)
    assert len(world.requests_of("io_src")) == 1


def without_origin(host: str) -> str:
    """The answer of a private cloud that knows no io_src."""
    return json.dumps({"hosts": [{"ttl": 60, "rs": {"domains": [host]}, "rsf": {"domains": [host]}}]})


def test_neither_domain_nor_origin(world: World) -> None:
    world.put("object", content(10))
    (remote,) = world.entries()
    host = world.emulator.uc.removeprefix("http://")
    services = without_origin(host)
    world.emulator.faults(
        [
            {"host": "uc", "path": "^/v4/query", "status": 200, "body": services},
            {"host": "uc", "path": "^/v3/domains", "status": 200, "body": "[]"},
        ]
    )
    with pytest.raises(KodoError, match="no domain"):
        world.fetch_one(world.bucket(), remote)


def test_a_private_cloud_without_an_origin_still_settles_doubts(world: World) -> None:
    world.put("object", content(10))
    (remote,) = world.entries()
    host = world.emulator.uc.removeprefix("http://")
    services = without_origin(host)
    world.emulator.faults(
        [
            {"host": "uc", "path": "^/v4/query", "status": 200, "body": services},
            {"host": "io", "nth": 1, "alter_at": 1},
        ]
    )
    assert read(world.fetch_one(world.bucket(), remote)) == content(10)
    assert not world.notices


@pytest.mark.parametrize("status", [200, 401, 403, 404])
def test_an_answer_that_is_not_kodos_is_not_believed(status: int) -> None:
    with stub(status, b'{"hosts":[]}', reqid=None) as uc:
        bucket = KodoBucket(
            PUBLIC,
            Credentials("ak", "sk"),
            TransportOptions(uc_host=uc),
            notice=print,
            tuning=Tuning(retry=Retry(longest_wait_s=0)),
        )
        with pytest.raises(Unreachable, match="X-Reqid"):
            listed(bucket)
