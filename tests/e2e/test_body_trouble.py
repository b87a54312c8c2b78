"""Bodies that come wrong: never placed, fetched from the origin, resumed where they broke (rule 17)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.kit import World

MIB = 1024 * 1024
OLD, NEW = b"the good old content", b"the new content"

WRONG_BODIES: dict[str, dict[str, Any]] = {
    "altered": {"alter_at": 3},
    "short": {"short_length": 5},
    "empty": {"short_length": 0},
    "stale": {"stale": True},
    "an error page": {"status": 200, "body": "<html>domain suspended</html>"},
    "an error as JSON": {"json_error_200": True},
    "slimmed": {"gzip": True},
    "cut": {"truncate_at": 5},
    "reset": {"reset_at": 5},
    "forbidden": {"status": 403},
    "missing": {"status": 404},
    "moved": {"status": 302, "headers": {"Location": "/elsewhere"}},
    "failing": {"status": 500},
}


@pytest.fixture
def overwritten(world: World) -> World:
    """A backed-up object that changed in the bucket."""
    world.put_many({"object": OLD, "other": b"other"})
    world.run()
    world.put("object", NEW)
    return world


@pytest.mark.parametrize("fault", WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_a_domain_that_gives_wrong_bytes_is_made_good_by_the_origin(overwritten: World, fault: dict[str, Any]) -> None:
    overwritten.emulator.faults([{"host": "io", **fault}])
    result = overwritten.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 1, "downloaded": 1, "archived": 1})
    assert "io_src" in {line["host"] for line in result.downloads()}
    overwritten.check_settled()


@pytest.mark.parametrize("fault", WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_if_the_origin_is_wrong_as_well_the_good_old_file_stays(overwritten: World, fault: dict[str, Any]) -> None:
    overwritten.emulator.faults([{"host": host, **fault} for host in ("io", "io_src")])
    result = overwritten.run()
    assert (result.exit, result.actions) == (3, {("replace", "object", "failed")})
    assert "object" in result.stderr
    assert overwritten.tree() == {"object": OLD, "other": b"other"}
    assert overwritten.history() == {}
    overwritten.emulator.clear_faults()
    assert overwritten.run().exit == 0
    overwritten.check_settled()


@pytest.mark.parametrize("at", [0, 1, MIB, 2 * MIB + 4321, 3 * MIB - 1])
@pytest.mark.parametrize("way", ["reset_at", "truncate_at"])
def test_a_large_body_that_breaks_off_goes_on_by_range(world: World, way: str, at: int) -> None:
    world.put("large", bytes(range(256)) * (3 * MIB // 256))
    world.emulator.faults([{"host": "io", "nth": 1, way: at}])
    result = world.run()
    assert result.exit == 0
    world.check_settled()
    ranges = [line["range"] for line in result.downloads()]
    assert ranges[0] is None
    if at >= MIB and way == "truncate_at":
        assert ranges[1:] == [f"bytes={at}-"]


def test_a_large_body_is_resumed_by_the_next_run(world: World) -> None:
    world.put("large", bytes(range(256)) * (3 * MIB // 256))
    dead = [{"host": host, "status": 599} for host in ("io", "io_src")]
    world.emulator.faults(
        [{"host": "io", "nth": 1, "truncate_at": 2 * MIB}, dead[0] | {"nth": list(range(2, 99))}, dead[1]]
    )
    assert world.run().exit == 3
    assert len(world.temps()) == 1
    world.emulator.clear_faults()
    result = world.run()
    assert (result.exit, [line["range"] for line in result.downloads()]) == (0, [f"bytes={2 * MIB}-"])
    assert result.summary["bytes_downloaded"] == MIB
    world.check_settled()


def test_a_partial_file_of_an_older_content_is_not_resumed(world: World) -> None:
    world.put("large", b"a" * (3 * MIB))
    dead = [{"host": host, "status": 599} for host in ("io", "io_src")]
    world.emulator.faults(
        [{"host": "io", "nth": 1, "truncate_at": 2 * MIB}, dead[0] | {"nth": list(range(2, 99))}, dead[1]]
    )
    assert world.run().exit == 3
    world.emulator.clear_faults()
    world.put("large", b"b" * (3 * MIB))
    result = world.run()
    assert (result.exit, [line["range"] for line in result.downloads()]) == (0, [None])
    world.check_settled()


def test_a_200_to_a_range_starts_the_file_again(world: World) -> None:
    """peers: appending a whole body to half a file."""
    world.put("large", bytes(range(256)) * (3 * MIB // 256))
    world.emulator.faults([{"host": "io", "nth": 1, "truncate_at": 2 * MIB}, {"host": "io", "ignore_range": True}])
    assert world.run().exit == 0
    world.check_settled()


def test_an_expired_signature_is_made_again(make_world: Callable[..., World]) -> None:
    world = make_world(private=True)
    world.put("a", b"1")
    world.emulator.faults([{"host": "io", "nth": 1, "status": 401}])
    result = world.run()
    assert (result.exit, [line["status"] for line in result.downloads()]) == (0, [401, 200])


@pytest.mark.parametrize("status", [429, 503, 571, 573])
def test_throttling_slows_the_run_down_and_loses_nothing(world: World, status: int) -> None:
    world.put_many({str(number): b"x%d" % number for number in range(30)})
    world.emulator.faults([{"host": "io", "times": 5, "status": status}])
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 30})
    assert "throttled" in result.notices
    world.check_settled()


def test_an_object_that_goes_away_meanwhile_is_no_failure(world: World) -> None:
    """Rule 17: the listing showed it, the stat does not."""
    world.put_many({"a": b"1", "b": b"2"})
    world.emulator.faults([{"host": host, "path": "^b$", "status": 404} for host in ("io", "io_src")]
                          + [{"host": "rs", "path": "b$", "status": 612}])  # fmt: skip
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 1, "stale": 1})
    assert world.tree() == {"a": b"1"}


def test_what_failed_is_tried_first_next_time(world: World) -> None:
    world.configure(transfers=1)
    world.put("z", b"last by name")
    world.emulator.faults([{"host": host, "path": "^z$", "status": 404} for host in ("io", "io_src")])
    assert world.run().exit == 3
    world.emulator.clear_faults()
    world.put_many({f"a{number}": b"1" for number in range(5)})
    assert world.run().downloads()[0]["target"] == "/z"
    world.check_settled()


def test_one_failing_object_costs_the_others_nothing(world: World) -> None:
    """peers: one vanished source file must not suppress the deletes of a whole run."""
    world.put_many({"a": b"1", "b": b"2", "gone": b"3"})
    world.run()
    world.put_many({"a": b"1!", "b": b"2!"})
    world.delete("gone")
    world.emulator.faults([{"host": host, "path": "^a$", "status": 404} for host in ("io", "io_src")])
    result = world.run()
    assert (result.exit, result.counts()) == (3, {"downloaded": 1, "deleted": 1, "failed": 1, "archived": 2})
    assert world.tree() == {"a": b"1", "b": b"2!"}
