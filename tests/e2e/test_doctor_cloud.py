"""The doctor and a cloud that refuses, is elsewhere, or holds what cannot be read."""

import pytest

from tests.e2e.diagnosis import doctor
from tests.e2e.kit import World

ACCOUNT = "account"


def test_no_keys_are_told_once_and_the_rest_is_looked_at(world: World) -> None:
    found = doctor(world, env={"QINIU_ACCESS_KEY": ""})
    assert found.level("keys", ACCOUNT) == "failed"
    assert "QINIU_ACCESS_KEY" in found.told("keys", ACCOUNT)
    assert found.failed == {"keys"}
    assert found.level("cloud") == "warning"
    assert {"folder", "state", "identity", "disk space"} <= {each["check"] for each in found.findings}


def test_keys_that_kodo_refuses(world: World) -> None:
    found = doctor(world, env=world.env | {"QINIU_SECRET_KEY": "another"})
    assert found.failed == {"sign-in", "privacy"}
    assert "refused" in found.told("sign-in", ACCOUNT)
    assert found.level("clock", ACCOUNT) == found.level("hosts") == "ok"
    assert "another" not in found.result.stdout + found.result.stderr


@pytest.mark.parametrize(("skew_s", "level", "told"), [(600, "warning", "10 min"), (-7200, "failed", "2 h 00 min")])
def test_a_clock_that_is_off(world: World, skew_s: int, level: str, told: str) -> None:
    world.put("a", b"x")
    world.emulator.clock(skew_s)
    found = doctor(world)
    assert found.level("clock", ACCOUNT) == level
    assert told in found.told("clock", ACCOUNT)
    assert ("behind" if skew_s > 0 else "ahead of") in found.told("clock", ACCOUNT)
    assert "timedatectl" in found.told("clock", ACCOUNT)
    assert found.level("sign-in", ACCOUNT) == ("ok" if level == "warning" else "warning")


def test_nobody_answers(world: World) -> None:
    text = world.config.read_text().replace(world.emulator.uc, "http://127.0.0.1:1")
    world.config.write_text(text)
    found = doctor(world)
    assert {"clock", "sign-in", "region"} <= found.failed
    assert "no answer from 127.0.0.1:1" in found.told("region")
    assert found.level("cloud") == "warning"
    assert found.level("folder") == "ok"


def test_a_bucket_that_is_not_there(world: World) -> None:
    world.configure(bucket="nobodys-bucket")
    found = doctor(world)
    assert found.failed == {"region"}
    assert "no such bucket" in found.told("region")


def test_a_service_without_a_host_that_answers(world: World) -> None:
    world.put("a", b"x")
    world.emulator.faults([{"host": "io_src", "reset_at": 0}])
    found = doctor(world, "--quick")
    assert {"hosts", "origin"} <= found.failed
    assert "io_src: no answer" in found.told("hosts")
    assert "the others answer: uc" in found.told("hosts")


def test_a_private_bucket(make_world: object) -> None:
    world: World = make_world(private=True)  # type: ignore[operator]
    world.put("a", b"x" * 100)
    found = doctor(world)
    assert "private" in found.told("privacy")
    assert found.level("domain") == found.level("origin") == "ok"


def test_keys_that_may_not_read_the_buckets_settings(world: World) -> None:
    world.put("a", b"x" * 100)
    world.emulator.faults([{"path": "^/v2/bucketInfo", "status": 403, "body": '{"error":"access denied"}'}])
    found = doctor(world)
    assert found.level("privacy") == "warning"
    assert found.level("domain") == "ok"


def test_objects_that_no_run_can_read(world: World) -> None:
    world.put("a", b"x" * 100)
    for number in range(3):
        world.put(f"frozen-{number}", b"x")
        world.emulator.chtype(world.bucket, f"frozen-{number}", 3)
    world.put("off", b"x")
    world.emulator.status(world.bucket, "off", disabled=True)
    found = doctor(world)
    assert "3 of 5 objects" in found.told("archived")
    assert "archived = thaw in [bucket:photos]" in found.told("archived")
    assert "1 of 5 objects" in found.told("disabled")
    assert found.level("domain") == "ok", "tried with the one that can be read"


def test_archived_objects_are_fine_for_who_has_them_thawed(world: World) -> None:
    world.put("frozen", b"x")
    world.emulator.chtype(world.bucket, "frozen", 2)
    world.configure(archived="thaw")
    found = doctor(world)
    assert found.level("archived") == "ok"
    assert "no object was fetched" in found.told("domain")


def test_a_bucket_with_nothing_below_the_prefix(world: World) -> None:
    world.put("a", b"x")
    world.configure(prefix="2026/")
    found = doctor(world)
    assert found.level("objects") == "warning"
    assert "2026/" in found.told("objects")
    assert found.level("domain") == "ok"


def test_a_listing_that_breaks_off_does_not_end_the_visit(world: World) -> None:
    world.put("a", b"x")
    world.emulator.faults([{"host": "rsf", "json_error_200": True}])
    found = doctor(world)
    assert {"objects", "plan"} <= found.failed
    assert found.level("domain") == found.level("state") == "ok"
