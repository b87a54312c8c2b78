"""`monthly_traffic`: what travels in a calendar month is counted; what would go over waits, the small ones first."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kodokeep import app
from kodokeep.execution import traffic
from kodokeep.execution.commit import Committer
from kodokeep.kodo import download
from kodokeep.kodo.crew import Bounds
from kodokeep.model.options import Mode
from kodokeep.planning.traffic import month_of
from tests.e2e.kit import Result, World

KIB = 1024


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the tool's calendar to a time (UTC)."""

    def set_to(moment: str) -> None:
        then_s = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
        monkeypatch.setattr(app, "wall_clock_s", lambda: then_s)

    return set_to


def sized(world: World, **kibs: int) -> None:
    for key, kib in kibs.items():
        world.put(key, key.encode()[:1] * (kib * KIB))


def spent(world: World) -> int:
    with world.state() as state:
        return state.ledger.spent(month_of(app.wall_clock_s(), None).name).received_bytes


def planned(result: Result) -> dict[str, object]:
    (told,) = [event for event in result.events if event["event"] == "planned"]
    return told["traffic"]  # type: ignore[no-any-return]


def test_small_ones_go_first_and_the_rest_waits_for_the_next_month(world: World, at: Callable[[str], None]) -> None:
    at("2026-11-25 12:00")
    world.configure(monthly_traffic="10K", time_zone="UTC")
    sized(world, huge=20, big=6, middle=4, small=2, tiny=1)
    first = world.run()
    assert (first.exit, first.guards) == (4, {"traffic"})
    assert first.actions >= {("download", key, "held") for key in ("big", "huge")}
    assert set(world.tree()) == {"middle", "small", "tiny"}
    assert "0 B of the month's 10.0 KiB are used, 10.0 KiB are left (monthly_traffic)" in first.stderr
    assert "the next month begins 2026-12-01 00:00 +00:00" in first.stderr
    assert "2 objects (26.0 KiB) would be fetched or thawed; 1 of them is more than" in first.stderr
    at("2026-11-30 23:59:59")
    second = world.run()
    assert (second.exit, second.counts()) == (4, {"unchanged": 3, "held": 2})
    assert "7.0 KiB of the month's 10.0 KiB are used, 3.0 KiB are left" in second.stderr
    at("2026-12-01 00:00")
    assert world.run().counts() == {"unchanged": 3, "downloaded": 1, "held": 1}
    at("2027-01-01 00:00")
    last = world.run()
    assert last.counts() == {"unchanged": 4, "held": 1}
    assert "1 of them is more than a whole month's budget, and can only be released; the rest goes on" in last.stderr


def test_months_begin_by_the_pairs_own_clock(world: World, at: Callable[[str], None]) -> None:
    world.configure(monthly_traffic="3K", time_zone="Asia/Shanghai")
    sized(world, a=2, b=2)
    at("2026-11-30 15:59:59")
    assert "the next month begins 2026-12-01 00:00 +08:00" in world.run().stderr
    at("2026-11-30 16:00")
    assert world.run().exit == 0


def test_the_plan_shows_what_is_used_and_left(world: World) -> None:
    world.configure(monthly_traffic="10K")
    sized(world, a=4)
    assert "  0 B of 10.0 KiB used this month, 10.0 KiB left; this takes 4.0 KiB of it" in world.tell("plan").stdout
    world.run()
    sized(world, b=5, c=5)
    plan = world.tell("plan")
    assert plan.exit == 4
    assert "  4.0 KiB of 10.0 KiB used this month, 6.0 KiB left; this takes 5.0 KiB of it" in plan.stdout
    assert "1 HELD" in plan.stdout
    header = world.tell("plan", "--json").events[0]
    assert header["traffic"] | {"ends": ""} == {
        "used": 4 * KIB, "limit": 10 * KIB, "left": 6 * KIB, "planned": 5 * KIB, "currency": "", "ends": "", "never": 0,
    }  # fmt: skip
    assert header["guards"][0]["guard"] == "traffic"
    assert planned(world.run())["planned"] == 5 * KIB


def test_approving_releases_just_what_was_approved(world: World) -> None:
    world.configure(monthly_traffic="1K")
    sized(world, a=2, b=3, c=4)
    assert world.run().counts() == {"held": 3}
    assert "+ b  3.0 KiB, new" in world.tell("approve", "photos", "--list").stdout
    assert "1 change released, 3.0 KiB" in world.tell("approve", "photos", "b").stdout
    second = world.run()
    assert (second.exit, second.counts()) == (4, {"downloaded": 1, "held": 2})
    assert world.run("--accept-changes").counts() == {"unchanged": 1, "downloaded": 2}
    assert spent(world) == 9 * KIB, "what was released counts"


def test_what_is_released_leaves_less_for_the_rest(world: World) -> None:
    world.configure(monthly_traffic="4K")
    sized(world, a=1, b=5)
    assert world.run().counts() == {"downloaded": 1, "held": 1}
    world.tell("approve", "photos")
    sized(world, c=2)
    result = world.run()
    assert ("download", "b", "done") in result.actions
    assert ("download", "c", "held") in result.actions


def test_objects_without_bytes_and_copies_within_the_folder_always_come(world: World) -> None:
    world.configure(monthly_traffic="2K")
    sized(world, a=2)
    assert world.run().exit == 0
    world.put("copy", world.objects["a"])
    sized(world, empty=0, new=1)
    result = world.run()
    assert result.counts() == {"unchanged": 1, "copied": 1, "downloaded": 1, "held": 1}
    assert ("download", "new", "held") in result.actions


def test_two_guards_hold_together_and_each_thing_once(world: World) -> None:
    """What another guard holds takes nothing of the budget."""
    contents = {f"{number:02}": b"%02d" % number * 512 for number in range(30)}
    world.put_many(contents)
    assert world.run().exit == 0
    world.configure(monthly_traffic=f"{32 * KIB}")
    for key in contents:
        world.put(key, b"changed!" * 128)
    sized(world, new=1, large=9)
    result = world.run()
    assert (result.exit, result.guards) == (4, {"everything-changed", "share", "traffic"})
    assert result.counts() == {"downloaded": 1, "held": 31}
    planned_, *actions = world.tell("plan", "--json").events
    assert (planned_["held"], sum(action["held"] for action in actions)) == (31, 31)
    assert "31 changes released" in world.tell("approve", "photos").stdout
    assert world.run().counts() == {"unchanged": 1, "downloaded": 31, "archived": 30}


def test_under_a_guarded_prefix(world: World) -> None:
    contents = {f"camera/{number}": b"%02d" % number * 512 for number in range(6)}
    world.put_many(contents)
    world.run()
    world.configure(monthly_traffic=f"{9 * KIB}", guard_prefixes="camera/")
    world.put_many(dict.fromkeys(contents, b"changed!" * 128))
    sized(world, a=2, b=4)
    result = world.run()
    assert result.guards == {"everything-changed", "traffic"}
    assert result.counts() == {"downloaded": 1, "held": 7}


@pytest.mark.parametrize("mode", [Mode.SYNC, Mode.PUBLISH])
def test_what_must_be_saved_before_the_bucket_loses_it_counts_as_well(world: World, mode: Mode) -> None:
    world.configure(mode=mode, deletions="propagate")
    for key, kib in {"a": 1, "b": 3}.items():
        world.write(key, key.encode() * kib * KIB)
    world.write("stay", b"stay")
    assert world.run().exit == 0
    assert spent(world) == 0, "uploads are free of traffic"
    world.configure(mode=mode, deletions="propagate", monthly_traffic="2K")
    world.write("a", b"edited")
    (world.folder / "b").unlink()
    result = world.run()
    assert result.actions == {("overwrite", "a", "done"), ("delete-object", "b", "held")}
    assert (result.exit, spent(world)) == (4, KIB)
    world.tell("approve", "photos")
    assert world.run().actions == {("delete-object", "b", "done")}
    assert sorted(world.history().values()) == [b"a" * KIB, b"b" * 3 * KIB]


def test_money_goes_by_the_price_table(world: World) -> None:
    world.configure(monthly_traffic="5 CNY")
    with world.config.open("a") as file:
        file.write("[prices]\norigin_traffic = 1000000\n")  # 0.001 CNY a byte
    sized(world, a=2, b=4)
    result = world.run()
    assert result.counts() == {"downloaded": 1, "held": 1}
    assert "0.00 CNY of the month's 5.00 CNY are used, 5.00 CNY are left" in result.stderr
    assert "2.05 CNY of 5.00 CNY used this month, 2.95 CNY left; this takes 0.00 CNY" in world.tell("plan").stdout


def test_thaws_are_money_and_need_room_for_fetching_what_is_thawed(world: World) -> None:
    world.configure(archived="thaw", monthly_traffic="10 CNY")
    with world.config.open("a") as file:
        file.write("[prices]\norigin_traffic = 1000000\narchive_thaw = 2000000\ndeep_archive_thaw = 5000000\n")
    sized(world, plain=1, cold=2, deep=1, large=3)
    for key, kind in {"cold": 2, "large": 2, "deep": 3}.items():
        world.emulator.chtype(world.bucket, key, kind)
    result = world.run()
    assert result.counts() == {"downloaded": 1, "thawing": 1, "held": 2}
    assert ("thaw", "cold", "thawing") in result.actions
    with world.state() as state:
        assert state.ledger.spent(month_of(app.wall_clock_s(), None).name).thawed_bytes == 2 * KIB
    assert planned(world.run())["used"] == pytest.approx(1.024 + 2 * 2.048)


def test_bytes_are_not_used_for_thaws_that_could_not_be_fetched(world: World) -> None:
    world.configure(archived="thaw", monthly_traffic="3K")
    sized(world, cold=2, other=2)
    for key in ("cold", "other"):
        world.emulator.chtype(world.bucket, key, 2)
    first = world.run()
    assert (first.counts(), first.guards) == ({"thawing": 1, "held": 1}, {"traffic"})
    assert world.run().counts() == {"thawing": 1, "held": 1}, "what is thawing already will have to be fetched"


def test_altered_bodies_and_retries_count_what_really_travelled(world: World) -> None:
    world.configure(monthly_traffic="100K")
    sized(world, a=8)
    world.emulator.faults([{"host": "io", "path": "^a$", "alter_at": 3}])
    assert world.run().exit == 0
    assert spent(world) == 16 * KIB


def test_bodies_that_come_larger_than_planned_stop_what_is_new(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more goes over than what was under way."""
    monkeypatch.setattr(download, "_BOUNDS", Bounds(look_ahead=1, retried_at_the_end=9))
    world.configure(monthly_traffic="20K", transfers=1)
    sized(world, **{f"k{number}": 4 for number in range(5)})
    world.emulator.faults([{"host": "io", "alter_at": 3}])
    result = world.run()
    assert (result.exit, result.counts()) == (4, {"downloaded": 3, "held": 2})
    assert "traffic-used-up" in result.notices
    assert spent(world) == 24 * KIB
    assert "the month's traffic is used up, so nothing more is fetched (monthly_traffic)" in result.stderr


def test_a_killed_run_has_counted_what_came(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sized(world, a=8, b=8)
    monkeypatch.setattr(traffic, "NOTED_S", 0.0)

    class Killed(BaseException):
        """As a kill does, nothing after it runs."""

    def die(_: object, steps: object = True) -> list[object]:
        if steps:
            raise Killed
        return []

    monkeypatch.setattr(Committer, "commit", die)
    with pytest.raises(Killed):
        world.run()
    assert spent(world) == 16 * KIB


def test_a_run_that_ends_early_counts_the_beginning_of_a_file(world: World) -> None:
    world.put("a", b"x" * (256 * KIB))
    world.emulator.faults([{"host": "io", "truncate_at": 100 * KIB}, {"host": "io_src", "status": 404}])
    result = world.run()
    assert result.exit == 3
    assert spent(world) == result.summary["bytes_downloaded"] >= 100 * KIB


def test_what_cannot_wait_has_the_first_claim(world: World) -> None:
    world.configure(monthly_traffic="5K")
    sized(world, tiny=1)
    world.put("soon", b"s" * 4 * KIB, policy={"deleteAfterDays": 2})
    sized(world, small=2)
    result = world.run()
    assert set(world.tree()) == {"soon", "tiny"}
    assert ("download", "small", "held") in result.actions


def test_a_budget_that_was_not_there_before_knows_the_month_so_far(world: World) -> None:
    sized(world, a=8)
    assert world.run().exit == 0
    world.configure(monthly_traffic="10K")
    sized(world, b=4)
    result = world.run()
    assert (result.exit, planned(result)["used"]) == (4, 8 * KIB)


def test_a_budget_holds_also_what_a_plan_file_names(world: World, tmp_path: Path) -> None:
    world.configure(monthly_traffic="3K")
    sized(world, a=1, b=8)
    file = str(tmp_path / "plan.jsonl")
    assert world.tell("plan", "-o", file).exit == 4
    applied = world.tell("apply", file)
    assert applied.exit == 4
    assert set(world.tree()) == {"a"}
