"""Uploads that go wrong, each way that real hosts were seen to do it."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kodokeep.errors import BucketUnknown, ClockSkewed, KodoError, SignInRefused, Unreachable
from kodokeep.kodo.bucket import Tuning
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.transport import Patience
from kodokeep.model.event import NoticeKind
from kodokeep.model.options import Credentials
from kodokeep.model.outcome import OutcomeKind
from kodokeep.model.qetag import v1
from kodokeep.ports import UploadRequest
from tests.integration.kodo.conftest import PRIVATE, PUBLIC, World, content
from tests.integration.kodo.uploading import MIB, SMALL, Files, calls_up, done, held, refused, up_calls, uploaded

SIZES = [1000, 3 * MIB]

BREAKS: list[dict[str, Any]] = [
    {"reset_at": 0},
    {"reset_request_at": 500},
    {"status": 502},
    {"status": 599},
    {"status": 996},
    {"html_200": True},
    {"json_error_200": True},
    {"truncate_at": 5},
    {"anonymous": True},
    {"status": 200, "body": "{}"},
    {"token_expired": True},
    {"status": 406, "body": '{"error":"crc32 mismatch"}'},
]


@pytest.mark.parametrize("nth", [1, 2, 3, 5])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fault", BREAKS, ids=str)
def test_what_goes_wrong_once_does_no_harm(world: World, fault: dict[str, Any], size: int, nth: int) -> None:
    """The calls of a large file: init, three parts, complete."""
    files = Files(world)
    world.emulator.faults([{"host": "up", "nth": nth, **fault}])
    done(files.one(files.bucket(), files.request("object", content(size))))
    assert held(world, world.prefix + "object") == content(size)


@pytest.mark.parametrize("status", [400, 403, 413, 501, 502, 579, 599, 608, 616])
@pytest.mark.parametrize("size", SIZES)
def test_an_error_that_stays_fails_one_file(world: World, status: int, size: int) -> None:
    files = Files(world)
    bad = {"host": "up", "path": "spoilt", "status": status, "body": '{"error":"because"}'}
    world.emulator.faults([bad])
    requests = [files.request("spoilt", content(size)), files.request("good", content(size), seq=1)]
    first, second = uploaded(files.bucket(), requests)
    assert refused(first).kind is OutcomeKind.FAILED
    assert str(status) in refused(first).detail
    assert "127.0.0.1" in refused(first).detail or "localhost" in refused(first).detail
    done(second)
    assert held(world, world.prefix + "good") == content(size)
    assert all(source.closed for source in files.sources)


@pytest.mark.parametrize("size", SIZES)
def test_failures_are_tried_once_more_at_the_end(world: World, size: int) -> None:
    files = Files(world)
    world.emulator.faults([{"host": "up", "status": 502, "times": 3}])
    done(files.one(files.bucket(attempts=2), files.request("object", content(size))))
    assert held(world, world.prefix + "object") == content(size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ({"status": 401, "body": '{"error":"bad token"}'}, SignInRefused, "refused"),
        ({"token_expired": True}, ClockSkewed, "out of date"),
        ({"status": 403, "body": '{"error":"request time too skewed"}'}, ClockSkewed, "clock"),
        ({"status": 631, "body": '{"error":"no such bucket"}'}, BucketUnknown, "no such bucket"),
        ({"status": 419, "body": '{"error":"account is frozen"}'}, KodoError, "the account is frozen"),
        ({"status": 630, "body": '{"error":"quota"}'}, KodoError, "the bucket is full"),
        ({"status": 400, "body": '{"error":"incorrect region, please use z1h1"}'}, KodoError, "another region"),
    ],
)
def test_what_concerns_every_file_ends_all(
    world: World, fault: dict[str, Any], error: type[KodoError], words: str, size: int
) -> None:
    files = Files(world)
    world.emulator.faults([{"host": "up", **fault}])
    requests = [files.request(f"{number}", content(size), seq=number) for number in range(5)]
    with pytest.raises(error, match=words):
        uploaded(files.bucket(), requests)
    assert all(source.closed for source in files.sources)
    assert len(calls_up(world)) <= 2 * len(requests)


def test_a_full_bucket_ends_all_after_what_fits(world: World) -> None:
    world.emulator.reset()
    world.emulator.manage("POST", f"/setbucketquota/{PRIVATE}/size/-1/count/3")
    files = Files(world)
    requests = [files.request(f"{number}", content(100), seq=number) for number in range(9)]
    finished = []
    try:
        with pytest.raises(KodoError, match="the bucket is full"):
            finished += list(files.bucket(name=PRIVATE).upload(iter(requests), threading.Event()))
    finally:
        world.emulator.manage("POST", f"/setbucketquota/{PRIVATE}/size/-1/count/-1")
    assert len(world.emulator.keys(PRIVATE)) == 3


@pytest.mark.parametrize("size", SIZES)
def test_a_wrong_secret_key(world: World, size: int) -> None:
    files = Files(world)
    bucket = files.bucket(credentials=Credentials(world.emulator.access_key, "a-secret-that-must-not-be-shown"))
    with pytest.raises(SignInRefused) as caught:
        uploaded(bucket, [files.request("object", content(size))])
    assert "must-not" not in repr(caught.getrepr(style="native"))


def test_an_unknown_bucket(world: World) -> None:
    files = Files(world)
    with pytest.raises(BucketUnknown):
        uploaded(files.bucket(name="nobodys"), [files.request("object", b"x")])
    assert files.sources[0].closed


@pytest.mark.parametrize("size", SIZES)
def test_a_clock_that_is_off_by_a_day(world: World, size: int) -> None:
    files = Files(world)
    world.emulator.clock(86_400)
    with pytest.raises(ClockSkewed):
        uploaded(files.bucket(), [files.request("object", content(size))])


def test_no_answer_for_many_files_ends_all(world: World) -> None:
    files = Files(world)
    world.emulator.faults([{"host": "up", "reset_at": 0, "status": 502}])
    requests = (files.request(f"{number:03}", b"x", seq=number) for number in range(300))
    with pytest.raises(Unreachable, match="100 objects in a row got no answer"):
        uploaded(files.bucket(attempts=2), requests)
    assert len(files.sources) < 300
    assert all(source.closed for source in files.sources)


@pytest.mark.parametrize("size", SIZES)
def test_the_next_host_is_asked(world: World, size: int) -> None:
    real = world.emulator.uc.removeprefix("http://")
    hosts = {"domains": [real]}
    region = {"ttl": 60, "rs": hosts, "rsf": hosts, "io_src": hosts, "up": {"domains": ["127.0.0.1:1", real]}}
    answer = json.dumps({"hosts": [region]})
    world.emulator.faults([{"host": "uc", "path": "^/v4/query", "status": 200, "body": answer}])
    files = Files(world)
    bucket = files.bucket()
    for result in uploaded(bucket, [files.request(f"{n}", content(size), seq=n) for n in range(20)]):
        done(result)
    assert bucket.requests <= len(calls_up(world)) + len(world.requests_of("rs")) + 1 + 20


def test_no_upload_host(world: World) -> None:
    hosts = {"domains": ["h"]}
    answer = json.dumps({"hosts": [{"rs": hosts, "rsf": hosts}]})
    world.emulator.faults([{"host": "uc", "path": "^/v4/query", "status": 200, "body": answer}])
    files = Files(world)
    with pytest.raises(KodoError, match="names no upload host"):
        uploaded(files.bucket(), [files.request("object", b"x")])
    assert files.sources[0].closed


@pytest.mark.parametrize("status", [429, 503, 571, 573])
def test_throttled_files_arrive_with_fewer_at_once(world: World, status: int) -> None:
    files = Files(world)
    world.emulator.faults([{"host": "up", "status": status, "times": 60}])
    requests = (files.request(f"{number:03}", content(100, number), seq=number) for number in range(200))
    for result in uploaded(files.bucket(), requests):
        done(result)
    assert {notice.kind for notice in world.notices} == {NoticeKind.THROTTLED}
    assert min(int(notice.detail.split()[0]) for notice in world.notices) <= 4


@pytest.mark.parametrize("size", SIZES)
def test_an_answer_that_names_another_hash_is_checked_by_a_look(world: World, size: int) -> None:
    """The object is as it should be, only its answer is not."""
    files = Files(world)
    world.emulator.faults([{"host": "up", "method": "POST", "nth": 1 if size < MIB else 2, "alter_at": 12}])
    done(files.one(files.bucket(), files.request("object", content(size))))
    assert held(world, world.prefix + "object") == content(size)
    assert up_calls(world, "POST") == (1 if size < MIB else 2)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("always", [False, True])
def test_a_bucket_that_makes_something_else_of_it(world: World, size: int, always: bool) -> None:
    """The answer to the call that makes the object names other bytes, and these are what the key then holds."""
    other = world.put("other", b"damaged")
    key = world.prefix + "object"
    answer = json.dumps({"hash": v1(b"damaged"), "key": key, "fsize": 7})
    commit = {"host": "up", "method": "POST", "path": "object$" if size < MIB else "/uploads/u[0-9a-f]+$"}
    world.emulator.faults([{**commit, "status": 200, "body": answer, **({} if always else {"times": 1})}])
    files = Files(world)
    world.emulator.clear_log()

    def before_read(offset: int) -> None:
        if size < MIB or offset == 2 * MIB:  # the key is looked at before a large file is read
            world.emulator.copy(PUBLIC, other, key)

    result = files.one(files.bucket(), files.request("object", content(size), before_read=before_read))
    if always:
        assert refused(result).kind is OutcomeKind.FAILED
        assert "other bytes than were sent" in refused(result).detail
    else:
        done(result)
        assert held(world, key) == content(size)
        assert up_calls(world, "POST") == (2 if size < MIB else 4)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("over", [False, True])
def test_a_bad_network_costs_time_only(world: World, seed: int, over: bool) -> None:
    sizes = {f"{number:02}": 3 * MIB if number % 8 == 0 else 10 * number for number in range(40)}
    if over:
        for name in sizes:
            world.put(name, b"old", metadata={"Kept": name})
    seen = {entry.key: entry for entry in world.entries()}
    bad: list[dict[str, Any]] = [
        {"reset_at": 0},
        {"status": 502},
        {"reset_request_at": 400},
        {"html_200": True},
        {"status": 573},
    ]
    rules = [
        {"host": host, "probability": 0.06, "seed": seed + n, **fault}
        for n, fault in enumerate(bad)
        for host in ("up", "rs")
    ]
    files = Files(world)
    requests = [
        files.request(name, content(size, size + 1), seq=seq, replaces=seen.get(world.prefix + name))
        for seq, (name, size) in enumerate(sizes.items())
    ]
    world.emulator.faults(rules)
    results = uploaded(files.bucket(attempts=20), requests)
    world.emulator.disconnect()
    world.emulator.clear_faults()
    assert len([done(result) for result in results]) == len(sizes)
    for name, size in sizes.items():
        assert held(world, world.prefix + name) == content(size, size + 1)
        assert ("Kept" in world.emulator.stat(PUBLIC, world.prefix + name)["x-qn-meta"]) is over


def test_joining_many_parts_may_take_longer_than_a_stall(world: World) -> None:
    files = Files(world)
    world.emulator.faults([{"host": "up", "path": "/uploads/u[0-9a-f]+$", "delay_s": 3}])
    tuning = Tuning(retry=Retry(longest_wait_s=0), patience=Patience(1, 1, join_s=60), limits=SMALL)
    done(files.one(world.bucket(tuning=tuning), files.request("object", content(3 * MIB))))
    assert up_calls(world, "POST") == 2


def test_requests_that_fail_to_come_end_all(world: World) -> None:
    files = Files(world)

    def requests() -> Iterator[UploadRequest]:
        yield files.request("first", b"x")
        raise ValueError("nothing more")

    with pytest.raises(ValueError, match="nothing more"):
        uploaded(files.bucket(), requests())
    assert files.sources[0].closed


def test_none_comes_while_nothing_finishes(world: World) -> None:
    files = Files(world)
    world.emulator.faults([{"host": "up", "delay_s": 1}])
    results = list(files.bucket().upload([files.request("object", b"x")], threading.Event()))
    assert results.count(None) >= 2


def test_keys_of_the_bucket_are_as_they_were(world: World) -> None:
    """Whatever fails, an object that is there stays as it is."""
    key = world.put("object", b"old")
    before = world.emulator.stat(PUBLIC, key)
    (replaces,) = world.entries()
    files = Files(world)
    world.emulator.faults([{"host": "up", "status": 400, "body": '{"error":"no"}'}])
    for size in SIZES:
        refused(files.one(files.bucket(), files.request("object", content(size), replaces=replaces)))
    assert world.emulator.stat(PUBLIC, key) == before
