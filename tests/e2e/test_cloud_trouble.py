"""Trouble with the cloud: a clear message, the right exit code, nothing lost (rules 15, 17)."""

from typing import Any

import pytest

from kodokeep.kodo import listing
from tests.e2e.kit import World

CONTENTS = {f"k{number}": f"content {number}".encode() for number in range(8)}


@pytest.fixture
def backed_up(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world after its first backup, whose listing has several pages; the bucket moved on since."""
    monkeypatch.setattr(listing, "PAGE_LIMIT", 3)
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    world.put("new", b"new")
    return world


def check_unharmed(world: World) -> None:
    """Nothing left the tree, and once the trouble is over the next run does everything."""
    tree = world.tree()
    assert tree.items() >= CONTENTS.items()
    assert world.history() == {}
    world.emulator.clear_faults()
    world.emulator.clock(0)
    assert world.run().exit == 0
    world.check_settled()


def test_wrong_keys(backed_up: World) -> None:
    result = backed_up.run(env=backed_up.env | {"QINIU_SECRET_KEY": "wrong"})
    assert result.exit == 6
    assert "secret key is refused" in result.stderr
    assert "401" in result.stderr
    check_unharmed(backed_up)


def test_an_unknown_bucket(world: World) -> None:
    world.bucket = "no-such-bucket"
    world.configure()
    result = world.run()
    assert result.exit == 2
    assert "no such bucket" in result.stderr


def test_a_clock_that_is_off(backed_up: World) -> None:
    backed_up.emulator.clock(3600)
    result = backed_up.run()
    assert result.exit == 6
    assert "clock is off" in result.stderr
    check_unharmed(backed_up)


def test_a_host_that_does_not_answer(backed_up: World) -> None:
    config = backed_up.config.read_text()
    backed_up.config.write_text(config.replace(backed_up.emulator.uc, "http://127.0.0.1:9"))
    result = backed_up.run()
    assert (result.exit, result.guards) == (4, {"identity"}) or result.exit == 6
    backed_up.config.write_text(config)
    check_unharmed(backed_up)


def test_a_first_run_against_nobody_names_the_host(world: World) -> None:
    world.config.write_text(world.config.read_text().replace(world.emulator.uc, "http://127.0.0.1:9"))
    result = world.run()
    assert result.exit == 6
    assert "127.0.0.1:9" in result.stderr


BROKEN_LISTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "an error at page 3": ({"nth": list(range(3, 100)), "status": 599}, "599"),
    "a JSON error under 200": ({"json_error_200": True}, "listing"),
    "a JSON error under 200 at page 2": ({"nth": list(range(2, 100)), "json_error_200": True}, "listing"),
    "a web page under 200": ({"status": 200, "body": "<html>log in</html>"}, "127.0.0.1"),
    "half a page": ({"nth": list(range(2, 100)), "truncate_at": 60}, "127.0.0.1"),
    "a marker that does not advance": ({"nth": 2, "list_stuck_marker": True}, "marker"),
    "a key twice": ({"nth": 1, "list_duplicate": True}, "twice"),
    "a refused marker": ({"nth": 2, "status": 640}, "marker"),
}


@pytest.mark.parametrize(("fault", "word"), BROKEN_LISTINGS.values(), ids=BROKEN_LISTINGS)
def test_a_listing_that_breaks_ends_the_run_without_deletions(
    backed_up: World, fault: dict[str, Any], word: str
) -> None:
    backed_up.emulator.faults([{"host": "rsf", **fault}])
    result = backed_up.run(whole_listing=False)
    assert result.exit == 6
    assert word in result.stderr
    assert result.actions == set()
    assert backed_up.tree() == CONTENTS
    check_unharmed(backed_up)


def test_empty_pages_with_a_marker_are_not_the_end(backed_up: World) -> None:
    """peers: a driver that stops there deletes the rest."""
    backed_up.emulator.faults([{"host": "rsf", "nth": [1, 2, 4], "list_empty_page": True}])
    result = backed_up.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 8, "downloaded": 1})
    assert backed_up.tree() == backed_up.objects


def test_a_listing_out_of_order_is_sorted_with_a_warning(backed_up: World) -> None:
    """Rule 15."""
    backed_up.emulator.faults([{"host": "rsf", "list_disorder": True}])
    result = backed_up.run()
    assert (result.exit, result.notices, result.counts()) == (
        0,
        {"unordered-listing"},
        {"unchanged": 8, "downloaded": 1},
    )
    assert "out of order" in result.stderr
    backed_up.check_settled()


def test_a_key_twice_in_a_listing_out_of_order_is_found_all_the_same(backed_up: World) -> None:
    backed_up.emulator.faults([{"host": "rsf", "list_disorder": True, "list_duplicate": True}])
    result = backed_up.run(whole_listing=False)
    assert (result.exit, result.actions) == (6, set())
    check_unharmed(backed_up)


def test_a_listing_that_is_cut_short_without_a_sign_meets_the_guard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers: a proxy that drops the marker makes the rest of the bucket look deleted."""
    monkeypatch.setattr(listing, "PAGE_LIMIT", 10)
    world.put_many({f"{number:02}": b"x%d" % number for number in range(40)})
    world.run()
    tree = world.tree()
    world.emulator.faults([{"host": "rsf", "list_cut": True}])
    result = world.run(whole_listing=False)
    assert (result.exit, result.guards, result.counts()) == (4, {"share"}, {"unchanged": 10, "held": 30})
    assert world.tree() == tree
    world.emulator.clear_faults()
    assert world.run().counts() == {"unchanged": 40}


def test_a_passing_error_is_nobodys_business(backed_up: World) -> None:
    backed_up.emulator.faults([{"host": host, "times": 2, "status": 502} for host in ("uc", "rsf", "io")])
    result = backed_up.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 8, "downloaded": 1})
    assert "502" not in result.stderr
