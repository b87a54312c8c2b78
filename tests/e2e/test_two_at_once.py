"""Two runs at the same time, and runs that a person stops."""

import pytest

from tests.e2e.kit import World
from tests.e2e.process import Program

FOREVER_S = 3000


@pytest.fixture
def holding(world: World) -> World:
    """A world in which the object `slow` never comes."""
    world.put_many({f"quick/{number}": b"x%d" % number for number in range(5)})
    world.put("slow", b"slow")
    world.emulator.faults([{"host": "io", "path": "^slow$", "delay_s": FOREVER_S}])
    return world


def quick_ones_are_in(world: World) -> bool:
    """All others were sent."""
    sent = {line["target"] for line in world.emulator.log() if line["status"] == 200}
    return all(f"/quick/{number}" in sent for number in range(5))


def test_a_second_run_at_the_same_time_is_turned_away(holding: World) -> None:
    with Program(holding) as first:
        first.wait_for("planned")
        second = holding.run()
        assert second.exit == 5
        assert "another run works on this folder" in second.stderr
        (status,) = holding.tell("status", "--json").events
        assert "process" in status["lock_owner"]
    holding.emulator.clear_faults()
    assert holding.run().exit == 0, "the lock of a killed run holds nobody up"
    holding.check_settled()


def test_ctrl_c_once_ends_in_order(world: World) -> None:
    """What finished is committed, and the next run does the rest."""
    world.configure(transfers=1)
    world.put_many({f"{number:02}": b"x%d" % number for number in range(40)})
    world.emulator.faults([{"host": "io", "delay_s": 0.05}])
    with Program(world) as program:
        program.wait_for("planned")
        assert program.wait_until(lambda: len([e for e in world.emulator.log() if e["host"] == "io"]) >= 3)
        program.interrupt()
        assert program.wait() == 130
        assert "press again" in program.stderr
        assert "Traceback" not in program.stderr
    had = world.tree()
    assert 0 < len(had) < 40
    assert had.items() <= world.objects.items()
    world.emulator.clear_faults()
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": len(had), "downloaded": 40 - len(had)})
    world.check_settled()


def test_ctrl_c_twice_ends_at_once_and_harms_nothing(holding: World) -> None:
    with Program(holding) as program:
        program.wait_for("planned")
        assert program.wait_until(lambda: quick_ones_are_in(holding))
        program.interrupt()
        assert program.wait_until(lambda: "press again" in program.stderr)
        program.interrupt_until_over()
        assert program.wait() == 130
        assert "Traceback" not in program.stderr
    holding.emulator.clear_faults()
    assert holding.run().exit == 0
    holding.check_settled()


def test_ctrl_c_once_is_enough_while_the_listing_hangs(world: World) -> None:
    check_ctrl_c_once_is_enough(world, {"host": "rsf"})


def test_ctrl_c_once_is_enough_while_it_hangs_where_to_download_from(world: World) -> None:
    check_ctrl_c_once_is_enough(world, {"host": "uc", "path": "^/v3/domains"})


def test_ctrl_c_once_is_enough_while_an_object_in_doubt_is_asked_about(world: World) -> None:
    check_ctrl_c_once_is_enough(world, {"host": "rs"}, {"host": "io", "status": 404})


def check_ctrl_c_once_is_enough(world: World, hanging: dict[str, str], *trouble: dict[str, str | int]) -> None:
    """A run that went on waiting would ask once more."""
    world.put("a", b"1")
    world.emulator.faults([{**hanging, "delay_s": FOREVER_S, "times": 1}, *trouble])
    with Program(world) as program:
        program.wait_for("run_started")
        assert program.wait_until(lambda: world.emulator.rules()[0]["fired"] == 1)
        program.interrupt()
        program.wait_for("run_finished")
        assert program.wait() == 130
        assert "Traceback" not in program.stderr
    assert world.emulator.rules()[0]["matched"] == 1
    assert world.run_log()[-1]["event"] == "run_finished"
    assert world.tree() == {}
    world.emulator.clear_faults()
    result = world.run()
    assert (result.exit, result.counts(), result.notices) == (0, {"downloaded": 1}, set())
    world.check_settled()


def test_ctrl_c_while_the_bucket_is_listed(world: World) -> None:
    world.put("a", b"1")
    world.emulator.faults([{"host": "rsf", "delay_s": FOREVER_S}])
    with Program(world) as program:
        program.wait_for("run_started")
        assert program.wait_until(lambda: any("/v4/query" in line["target"] for line in world.emulator.log()))
        program.interrupt()
        assert program.wait_until(lambda: "press again" in program.stderr)
        program.interrupt_until_over()
        assert program.wait() == 130
    assert world.tree() == {}
    world.emulator.clear_faults()
    assert world.run().exit == 0
    world.check_settled()
