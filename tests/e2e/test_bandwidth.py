"""Limits on bandwidth, as a person sets them and sees them work.

No run can be faster than its limit, however fast or slow the machine is: that is all that is said of time.
"""

import random

import pytest

from tests.e2e.kit import Result, World

KIB = 1024
BURST_S = 0.2


def contents(count: int, size: int) -> dict[str, bytes]:
    return {f"{number:03}": random.Random(number).randbytes(size) for number in range(count)}


def took_s(result: Result) -> float:
    took: float = result.summary["seconds"]
    return took


def test_a_backup_keeps_to_the_limit_and_its_last_line_is_right(world: World) -> None:
    world.put_many(contents(10, 30 * KIB))
    world.configure(bandwidth="200K")
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 10})
    assert result.summary["bytes_downloaded"] == 300 * KIB
    assert took_s(result) >= (300 - 60) / 200 - BURST_S
    world.check_settled()


def test_both_ways_share_the_limit(world: World) -> None:
    world.put_many(contents(5, 30 * KIB))
    world.configure(bandwidth="200K", mode="sync")
    for name, data in contents(5, 30 * KIB).items():
        world.write(f"up-{name}", data)
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 5, "uploaded": 5})
    assert took_s(result) >= (300 - 60) / 200 - BURST_S
    assert world.remote() == world.tree()


def test_the_option_holds_once_instead_of_the_config(world: World) -> None:
    world.put_many(contents(1, 8192 * KIB))
    world.configure(bandwidth="10K")
    assert world.run("--bandwidth", "off").exit == 0  # else it would take a quarter of an hour
    world.check_settled()
    world.configure()
    world.put_many(contents(10, 30 * KIB))
    result = world.run("--bandwidth", "00:00-12:00 200K, 12:00-24:00 0.2M")
    assert result.exit == 0
    assert took_s(result) >= (300 - 60) / 205 - BURST_S
    world.check_settled()


def test_applying_a_plan_takes_the_option_too(world: World) -> None:
    world.put_many(contents(1, 8192 * KIB))
    world.configure(bandwidth="10K")
    plan = world.root / "plan"
    assert world.tell("plan", "-o", str(plan)).exit == 0
    assert world.tell("apply", "--bandwidth", "off", str(plan)).exit == 0
    world.check_settled()


@pytest.mark.parametrize("command", [["run"], ["apply", "plan"]])
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("fast", "a speed in bytes a second such as 10M"),
        ("1", "speeds of at least 10K a second, or off for no limit"),
        ("10M, 08:00-20:00 2M", "10M at the end: it holds at all other times"),
    ],
)
def test_what_cannot_be_read_is_told_before_anything_happens(
    world: World, command: list[str], written: str, expected: str
) -> None:
    result = world.tell(*command, "--bandwidth", written)
    assert result.exit == 2
    assert f"--bandwidth': {written}: expected {expected}" in " ".join(result.stderr.split())
    assert not result.requests
