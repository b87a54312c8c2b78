"""What Kodo is going to delete comes first, and what it deleted is no user's deletion. Disabled objects are known."""

import urllib.parse
from collections.abc import Callable

import pytest

from kodokeep import app
from kodokeep.execution import expiries
from kodokeep.model.archive import DAY_S
from tests.e2e.kit import Result, World
from tests.emulator_process import entry

ALL_MODES = (
    {"mode": "backup", "deletions": "propagate"},
    {"mode": "backup", "deletions": "keep"},
    {"mode": "sync", "deletions": "propagate"},
    {"mode": "sync", "deletions": "restore"},
    {"mode": "publish", "deletions": "propagate"},
)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[World, float], None]:
    """Lets so many days pass, since the test began, for what the bucket stores and for the tool."""
    original = app.wall_clock_s

    def pass_(world: World, days: float) -> None:
        world.emulator.clock(elapsed_s=days * DAY_S)
        monkeypatch.setattr(app, "wall_clock_s", lambda: original() + days * DAY_S)

    return pass_


@pytest.fixture
def rule(world: World) -> Callable[[str, int], None]:
    """Gives the bucket a rule that deletes."""

    def add(prefix: str, days: int) -> None:
        form = {"bucket": world.bucket, "name": "rule", "prefix": prefix, "delete_after_days": days}
        world.emulator.manage("POST", "/rules/add", urllib.parse.urlencode(form).encode())

    return add


def fetched(result: Result) -> list[str]:
    return [line["target"].split("?")[0].removeprefix("/") for line in result.downloads()]


def test_what_expires_soon_is_fetched_first(world: World) -> None:
    world.configure(transfers=1, expiring_within="10d")
    world.put("a", b"stays")
    for key, days in (("later", 9), ("much-later", 30), ("soon", 2)):
        world.put(key, key.encode(), policy={"deleteAfterDays": days})
    result = world.run()
    assert fetched(result) == ["soon", "later", "a", "much-later"]
    assert [event["key"] for event in world.tell("plan", "--json").events if event["event"] != "plan"] == []
    world.check_settled()


def test_the_plan_shows_them_first_as_well(world: World) -> None:
    world.put("a", b"stays")
    world.put("z", b"goes", policy={"deleteAfterDays": 2})
    lines = world.tell("plan").stdout.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith("    ")] == [["+", "z"], ["+", "a"]]


@pytest.mark.parametrize("options", ALL_MODES)
def test_what_kodo_deleted_is_kept_and_told_once(
    world: World, later: Callable[..., None], options: dict[str, str]
) -> None:
    """Its lifetime was over: the file may be all that is left."""
    world.put("gone", b"short-lived", policy={"deleteAfterDays": 2})
    world.put("here", b"stays")
    world.configure(mode="sync")
    assert world.run().exit == 0
    world.configure(**options)
    assert world.run("--adopt", "--accept-changes").exit == 0
    later(world, 4)
    del world.objects["gone"]
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 1, "kept": 1})
    assert result.actions == {("keep", "gone", "done")}
    assert "gone  11 B, Kodo deleted it as its lifetime was over; the file is kept" in result.stderr
    assert world.tree() == {"gone": b"short-lived", "here": b"stays"}
    assert world.emulator.keys(world.bucket) == ["here"]
    again = world.run()
    assert (again.exit, again.counts(), again.stderr) == (0, {"unchanged": 1}, "")


def test_a_users_deletion_before_that_is_a_deletion(world: World) -> None:
    world.put("gone", b"short-lived", policy={"deleteAfterDays": 2})
    world.put("here", b"stays")
    assert world.run().exit == 0
    world.delete("gone")
    assert world.run().actions == {("delete", "gone", "done")}


def test_an_expiry_that_was_called_off_is_forgotten(world: World, later: Callable[..., None]) -> None:
    """Else a user's deletion would be taken for Kodo's for ever."""
    world.put("stays", b"not so short-lived", policy={"deleteAfterDays": 2})
    world.put("here", b"stays")
    assert world.run().exit == 0
    world.emulator.manage("POST", f"/deleteAfterDays/{entry(world.bucket, 'stays')}/0")
    later(world, 5)
    assert world.run().counts() == {"unchanged": 2}
    later(world, 12)
    assert world.run().counts() == {"unchanged": 1, "touched": 1}
    assert world.run().counts() == {"unchanged": 2}
    world.delete("stays")
    assert world.run().actions == {("delete", "stays", "done")}


def test_what_was_edited_here_goes_up_again(world: World, later: Callable[..., None]) -> None:
    world.configure(mode="sync", deletions="propagate")
    world.put("k", b"short-lived", policy={"deleteAfterDays": 2})
    assert world.run().exit == 0
    world.write("k", b"edited")
    later(world, 4)
    assert world.run().actions == {("upload", "k", "done")}


def test_a_rule_of_the_bucket_is_known_for_what_was_there_before(
    world: World, later: Callable[..., None], rule: Callable[..., None]
) -> None:
    """What was adopted, or uploaded, was not looked at; the rule tells."""
    rule("tmp/", 3)
    world.configure(mode="sync", deletions="propagate")
    world.write("tmp/ours", b"ours")
    world.write("keep/ours", b"ours as well")
    assert world.run().counts() == {"uploaded": 2}
    later(world, 2)
    world.emulator.delete(world.bucket, "keep/ours")
    assert world.run("--accept-changes").actions == {("delete", "keep/ours", "done")}
    later(world, 5)
    assert world.run().actions == {("keep", "tmp/ours", "done")}
    assert set(world.tree()) == {"tmp/ours"}


def test_a_bucket_whose_rules_cannot_be_read_is_treated_as_one_without(world: World) -> None:
    world.put_many({"gone": b"1", "here": b"2"})
    world.run()
    world.delete("gone")
    world.emulator.faults([{"host": "uc", "path": "rules/get", "status": 403}])
    result = world.run()
    assert (result.exit, result.actions) == (0, {("delete", "gone", "done")})


def test_where_nobody_tells_the_rules_nothing_counts_as_deleted(world: World) -> None:
    """Kodo may have taken away what is gone; so the run ends, and the next one asks again."""
    world.put_many({"gone": b"1", "here": b"2"})
    world.run()
    world.delete("gone")
    world.emulator.faults([{"host": "uc", "path": "rules/get", "status": 599}])
    result = world.run()
    assert (result.exit, result.actions, set(world.tree())) == (6, set(), {"gone", "here"})
    world.emulator.clear_faults()
    assert world.run().actions == {("delete", "gone", "done")}


def test_what_goes_while_the_run_lists_is_no_users_deletion(world: World, later: Callable[..., None]) -> None:
    """Lifetimes end at midnight, when many a schedule begins; the run's clock stands at its beginning."""
    world.put("gone", b"short-lived", policy={"deleteAfterDays": 2})
    world.put("here", b"stays")
    assert world.run().exit == 0
    with world.state() as state:
        (expires_s,) = [one.expires_s for one in state.synced("") if one.key == "gone"]
    assert expires_s is not None
    later(world, (expires_s - 60 - app.wall_clock_s()) / DAY_S)
    world.delete("gone")
    assert world.run().actions == {("keep", "gone", "done")}


def test_objects_that_cannot_be_looked_at_are_fetched_all_the_same(world: World) -> None:
    world.put("a", b"stays")
    world.emulator.faults([{"host": "rs", "path": "batch", "status": 599}])
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 1})


def test_of_a_large_plan_a_part_is_looked_at_and_all_if_any_of_it_expires(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiries, "SAMPLED", 5)
    world.configure(transfers=1)
    for number in range(40):
        world.put(f"{number:02}", b"x" * number, policy={"deleteAfterDays": 5} if number % 8 == 3 else {})
    with_none = looked_at(world, lambda: world.run("--accept-changes"))
    assert with_none == 5, "every eighth, from the first on: none expires"
    world.configure(folder=world.root / "again", transfers=1)
    world.put("00", b"", policy={"deleteAfterDays": 5})
    results: list[Result] = []
    assert looked_at(world, lambda: results.append(world.run())) == 45
    assert set(fetched(results[0])[:6]) == {"00", "03", "11", "19", "27", "35"}


def test_of_a_large_plan_what_a_rule_deletes_is_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch, rule: Callable[..., None]
) -> None:
    monkeypatch.setattr(expiries, "SAMPLED", 5)
    world.configure(transfers=1)
    rule("tmp/", 5)
    for number in range(41):
        world.put(f"{number:02}", b"x" * number)
    world.put("tmp/1", b"one")
    results: list[Result] = []
    assert looked_at(world, lambda: results.append(world.run())) == 7
    assert fetched(results[0])[0] == "tmp/1"


def looked_at(world: World, run: Callable[[], object]) -> int:
    """How many objects are looked at meanwhile."""
    original, keys = app.KodoBucket.stat_many, []

    def stat_many(self: object, asked: list[str], *rest: object) -> object:
        keys.extend(asked)
        return original(self, asked, *rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(app.KodoBucket, "stat_many", stat_many)
        run()
    return len(keys)


def test_looking_can_be_turned_off(world: World) -> None:
    world.configure(expiring_within="0d")
    world.put("a", b"1")
    assert looked_at(world, world.run) == 0


def test_a_touch_does_not_make_an_expiry_forgotten(world: World, later: Callable[..., None]) -> None:
    world.put("k", b"short-lived", policy={"deleteAfterDays": 2})
    world.put("here", b"stays")
    world.run()
    assert world.run().counts() == {"unchanged": 2}, "a listing says nothing of expiries, which is no change of them"
    (world.folder / "k").touch()
    assert world.run().counts() == {"unchanged": 1, "touched": 1}
    later(world, 4)
    del world.objects["k"]
    assert world.run().actions == {("keep", "k", "done")}


def test_since_when_an_object_is_disabled_is_known_over_runs(world: World, later: Callable[..., None]) -> None:
    world.put_many({"blocked": b"1", "here": b"2"})
    world.emulator.status(world.bucket, "blocked", disabled=True)
    (first,) = [event for event in world.run().events if event["event"] == "skipped"]
    later(world, 3)
    again = world.run()
    (second,) = [event for event in again.events if event["event"] == "skipped"]
    assert (first["reason"], second["since"]) == ("disabled", first["since"])
    assert "not available: blocked: disabled in the bucket, since 20" in again.stderr
    world.emulator.status(world.bucket, "blocked", disabled=False)
    assert world.run().counts() == {"unchanged": 1, "downloaded": 1}
    with world.state() as state:
        assert state.ledger.disabled_since("blocked") is None


@pytest.mark.parametrize("options", ALL_MODES)
def test_what_was_disabled_before_it_went_is_kept_and_told(world: World, options: dict[str, str]) -> None:
    world.put_many({"blocked": b"1", "here": b"2"})
    world.configure(mode="sync")
    world.run()
    world.configure(**options)
    assert world.run("--adopt", "--accept-changes").exit == 0
    world.emulator.status(world.bucket, "blocked", disabled=True)
    assert world.run().exit == 0
    world.delete("blocked")
    result = world.run()
    assert (result.exit, result.actions) == (0, {("keep", "blocked", "done")})
    assert "blocked  1 B, it was disabled in the bucket, and is gone now; the file is kept" in result.stderr
    assert world.tree() == {"blocked": b"1", "here": b"2"}
    assert world.run().counts() == {"unchanged": 1}
