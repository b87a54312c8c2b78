"""The world ends before any one operation of a batch of moves: the next process completes what can be (rule 10)."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from kodokeep.local.folder import LocalFolder
from kodokeep.local.rename import Rename, rename_no_replace
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import Placed, PlacedKind, Placement
from tests.unit.local.bench import MTIME_NS, RUN, Bench, Crash, World, across_devices, case_blind, halved

MOST_OPERATIONS = 17

WAYS: dict[str, Callable[[World], Rename]] = {
    "one-step": lambda _world: rename_no_replace,
    "two-steps": halved,
    "across": lambda _world: across_devices,
}
Batch = Callable[[Bench, LocalFolder], list[Placement]]


def one_move(bench: Bench, _folder: LocalFolder) -> list[Placement]:
    return [bench.move("d/a", "e/a")]


def chain(bench: Bench, _folder: LocalFolder) -> list[Placement]:
    return [bench.move("d/b", "c"), bench.move("d/a", "d/b")]


def swap(bench: Bench, folder: LocalFolder) -> list[Placement]:
    parking = folder.parking_path("d/a")
    seen = bench.stamp("d/a")
    return [bench.move("d/a", parking), bench.move("d/b", "d/a"), bench.move(parking, "d/b", seen)]


def swap_of_long_keys(bench: Bench, folder: LocalFolder) -> list[Placement]:
    parking = folder.parking_path("x" * 700)
    seen = bench.stamp("d/a")
    return [bench.move("d/a", parking), bench.move("d/b", "d/a"), bench.move(parking, "d/b", seen)]


BATCHES: dict[str, tuple[Batch, dict[str, str]]] = {
    "move": (one_move, {"e/a": "content of a", "d/b": "content of b"}),
    "chain": (chain, {"d/b": "content of a", "c": "content of b"}),
    "swap": (swap, {"d/a": "content of b", "d/b": "content of a"}),
    "long": (swap_of_long_keys, {"d/a": "content of b", "d/b": "content of a"}),
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.write("d/a", "content of a")
    bench.write("d/b", "content of b")
    return bench


def crash_in(bench: Bench, world: World, rename: Rename, batch: Batch) -> tuple[list[Placement], bool]:
    """Perform a batch until the world ends; False if it did not."""
    with bench.open(world, rename) as folder:
        world.operations.clear()
        planned = batch(bench, folder)
        try:
            for placement in planned:
                assert folder.place(placement).kind is PlacedKind.DONE
        except Crash:
            return planned, True
    return planned, False


def settle(bench: Bench, planned: list[Placement], rename: Rename, world: World | None = None) -> list[Placed]:
    with bench.open(world, rename) as folder:
        if world is not None:
            world.operations.clear()
        return [folder.settle(placement) for placement in planned]


def assert_nothing_left_over(bench: Bench) -> None:
    assert not list(bench.root.rglob("kodoke~*"))
    assert bench.parked() == []
    assert bench.history() == {}
    assert not list((bench.private / "tmp").glob("*.parking"))


@pytest.mark.parametrize("stop_before", range(MOST_OPERATIONS))
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", BATCHES)
def test_every_crash_is_finished(bench: Bench, name: str, way: str, stop_before: int) -> None:
    batch, after = BATCHES[name]
    world = World(stop_before)
    planned, crashed = crash_in(bench, world, WAYS[way](world), batch)
    if not crashed and stop_before > len(world.operations):
        return
    rename = WAYS[way](World())
    for _ in range(2):  # settling must bear a crash itself
        placed = settle(bench, planned, rename)
        assert [each.kind for each in placed] == [PlacedKind.DONE] * len(planned)
        assert bench.tree() == after
        assert placed[-1].stamp == bench.stamp(planned[-1].path)
        assert placed[-1].racy
        assert_nothing_left_over(bench)


@pytest.mark.parametrize("stop_again", range(4))
@pytest.mark.parametrize("stop_before", range(MOST_OPERATIONS))
@pytest.mark.parametrize("way", WAYS)
def test_a_crash_while_settling_is_finished_too(bench: Bench, way: str, stop_before: int, stop_again: int) -> None:
    batch, after = BATCHES["swap"]
    world, again = World(stop_before), World(stop_again)
    planned, crashed = crash_in(bench, world, WAYS[way](world), batch)
    if crashed:
        with suppress(Crash):
            settle(bench, planned, WAYS[way](again), again)
        settle(bench, planned, WAYS[way](World()))
    assert bench.tree() == after
    assert_nothing_left_over(bench)


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize("way", WAYS)
def test_the_enumeration_reaches_every_operation(bench: Bench, name: str, way: str) -> None:
    world = World(MOST_OPERATIONS)
    _, crashed = crash_in(bench, world, WAYS[way](world), BATCHES[name][0])
    assert not crashed
    assert world.operations.count("rename-to-new-name") == {"move": 1, "chain": 2}.get(name, 3)
    assert world.operations[-1] == "remove-empty-parents"
    if way == "two-steps":
        assert "between-link-and-unlink" in world.operations
    if way == "across" and name in ("swap", "long"):
        assert world.operations.count("copy-beside") == 2


def case_only(bench: Bench, _folder: LocalFolder) -> list[Placement]:
    return [bench.move("d/a", "d/A")]


@pytest.mark.parametrize("stop_before", range(5))
def test_a_case_only_rename_is_finished(bench: Bench, stop_before: int) -> None:
    world = World(stop_before)
    planned, crashed = crash_in(bench, world, case_blind, case_only)
    assert crashed is (stop_before < 4)
    assert [placed.kind for placed in settle(bench, planned, case_blind)] == [PlacedKind.DONE]
    assert bench.tree() == {"d/A": "content of a", "d/b": "content of b"}
    assert_nothing_left_over(bench)


def parked_and_cut(bench: Bench, before: int) -> list[Placement]:
    planned, crashed = crash_in(bench, World(before), rename_no_replace, swap)
    assert crashed
    return planned


def test_somebodys_file_at_the_target_stays_and_the_source_too(bench: Bench) -> None:
    with bench.open():
        planned = [bench.move("d/a", "e")]
    bench.write("e", "somebody's")
    (placed,) = settle(bench, planned, rename_no_replace)
    assert placed == Placed(PlacedKind.STALE, detail="the place was taken meanwhile")
    assert bench.tree() == {"d/a": "content of a", "d/b": "content of b", "e": "somebody's"}


def test_somebodys_copy_at_the_target_is_as_good_as_the_move(bench: Bench) -> None:
    with bench.open():
        planned = [bench.move("d/a", "e")]
    mtime_ns = bench.stamp("d/a").mtime_ns
    same = bench.write("e", "CONTENT OF A")
    os.utime(same, ns=(mtime_ns, mtime_ns))
    assert settle(bench, planned, rename_no_replace)[0].kind is PlacedKind.STALE
    same.write_text("content of a")
    os.utime(same, ns=(mtime_ns, mtime_ns))
    assert settle(bench, planned, rename_no_replace)[0].kind is PlacedKind.DONE
    assert bench.tree() == {"d/b": "content of b", "e": "content of a"}


def test_a_file_that_was_edited_under_its_new_name_has_moved(bench: Bench) -> None:
    planned, crashed = crash_in(bench, World(1), rename_no_replace, one_move)
    assert crashed
    bench.write("e/a", "edited")
    (placed,) = settle(bench, planned, rename_no_replace)
    assert placed == Placed(PlacedKind.DONE, bench.stamp("e/a"), racy=True)
    assert bench.tree() == {"e/a": "edited", "d/b": "content of b"}


def test_an_edited_source_stays_where_it_is(bench: Bench) -> None:
    with bench.open():
        planned = [bench.move("d/a", "new/e")]
    bench.write("d/a", "edited")
    (placed,) = settle(bench, planned, rename_no_replace)
    assert placed == Placed(PlacedKind.STALE, detail="the file changed since it was looked at")
    assert bench.tree() == {"d/a": "edited", "d/b": "content of b"}
    assert not (bench.root / "new").exists()


def test_a_parked_file_without_a_home_goes_to_history(bench: Bench) -> None:
    planned = parked_and_cut(bench, 2)
    assert bench.parked() == ["content of a"]
    bench.write("d/a", "somebody's")  # so that `d/b` cannot leave its place
    kinds = [placed.kind for placed in settle(bench, planned, rename_no_replace)]
    assert kinds[1:] == [PlacedKind.STALE, PlacedKind.STALE]
    mtime_ns = next((bench.private / "tmp").glob("*.parked")).stat().st_mtime_ns
    with bench.open() as folder:
        folder.drop_temps([])
        recovered = list(folder.recover_parked(RUN))
        assert recovered == [(f"history/{RUN}/d/a", "d/a", len("content of a"), mtime_ns)]
        assert list(folder.unrecorded_history(RUN)) == recovered
        assert list(folder.recover_parked(RUN)) == []
    assert bench.history() == {f"history/{RUN}/d/a": "content of a"}
    assert bench.tree() == {"d/a": "somebody's", "d/b": "content of b"}
    assert bench.parked() == []


@pytest.mark.parametrize("stop_before", range(3))
def test_a_crash_while_a_parked_file_is_recovered(bench: Bench, stop_before: int) -> None:
    key = "x" * 700 + "/图"
    with bench.open() as folder:
        folder.place(bench.move("d/a", folder.parking_path(key)))
    world = World(stop_before)
    with bench.open(world) as folder:
        world.operations.clear()
        with suppress(Crash):
            list(folder.recover_parked(RUN))
    with bench.open() as folder:
        list(folder.recover_parked(RUN))
        (found,) = folder.unrecorded_history(RUN)
    assert list(bench.history().values()) == ["content of a"]
    assert found[2] == len("content of a")
    assert_only_fixed_directories(bench)


def assert_only_fixed_directories(bench: Bench) -> None:
    assert sorted(path.name for path in bench.private.iterdir()) == ["history", "runs", "tmp"]
    assert [path.name for path in (bench.private / "tmp").iterdir()] == ["clock.probe"]


@pytest.mark.parametrize("stop_before", range(5))
@pytest.mark.parametrize("way", ["one-step", "two-steps"])
def test_an_objects_content_reaches_history_or_waits(bench: Bench, way: str, stop_before: int) -> None:
    """What the bucket is about to lose is placed into history directly."""
    world = World(stop_before)
    location = f"history/{RUN}/gone/object"

    def archive(bench: Bench, folder: LocalFolder) -> list[Placement]:
        temp = Path(folder.temp_for(RemoteEntry("gone/object", 6, "hash", MTIME_NS)))
        temp.write_text("object")
        assert folder.history_location(RUN, "gone/object") == location
        inode = folder.temp_inode(str(temp))
        return [Placement(f".kodokeep/{location}", temp.name, inode, MTIME_NS, None, None)]

    planned, _ = crash_in(bench, world, WAYS[way](world), archive)
    for _ in range(2):
        (placed,) = settle(bench, planned, WAYS[way](World()))
        if placed.kind is PlacedKind.DONE:
            assert bench.history() == {location: "object"}
            assert bench.temps() == []
            assert (bench.private / location).stat().st_mtime_ns == MTIME_NS
        else:
            assert placed.kind is PlacedKind.STALE
            assert (bench.history(), bench.temps()) == ({}, ["object"])
            assert (bench.private / "history").is_dir()
    assert bench.tree() == {"d/a": "content of a", "d/b": "content of b"}
