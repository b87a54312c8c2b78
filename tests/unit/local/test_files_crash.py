"""The world ends before any one disk operation, and the next process settles what is left (rules 1, 10)."""

from collections.abc import Callable

import pytest

from kodokeep.local.rename import Rename, rename_no_replace
from kodokeep.model.outcome import Placed, PlacedKind, Placement
from tests.unit.local.bench import RUN, Bench, Crash, World, across_devices, halved

MOST_OPERATIONS = 11
HISTORY = f"history/{RUN}/d/file"

Ways = dict[str, Callable[[World], Rename]]
WAYS: Ways = {
    "one-step": lambda _world: rename_no_replace,
    "two-steps": halved,
    "across": lambda _world: across_devices,
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Callable[[World], Rename]:
    return WAYS[request.param]


def crash_at(bench: Bench, world: World, rename: Rename, content: str | None) -> Placement | None:
    """Perform one placement until the world ends; None if it did not."""
    with bench.open(world, rename) as folder:
        world.operations.clear()
        planned = bench.placement(folder, "d/file", content)
        try:
            placed = folder.place(planned)
        except Crash:
            return planned
    assert placed.kind is PlacedKind.DONE
    return None


@pytest.mark.parametrize("stop_before", range(MOST_OPERATIONS))
@pytest.mark.parametrize("new", ["new", None], ids=["replace", "remove"])
def test_a_file_with_another_name_is_left_to_that_name_by_every_crash(
    bench: Bench, new: str | None, stop_before: int
) -> None:
    other_name = bench.root.parent / "other name"
    bench.root.mkdir()
    other_name.hardlink_to(bench.write("d/file", "old"))
    planned = crash_at(bench, World(stop_before), rename_no_replace, new)
    if planned is not None:
        settle(bench, planned, rename_no_replace)
    other_name.write_text("edited under its other name")
    assert bench.history() in ({}, {HISTORY: "old"})
    assert bench.tree().get("d/file") in (("edited under its other name",) if bench.history() == {} else (new,))
    assert no_half_files(bench)


def no_half_files(bench: Bench) -> bool:
    return not list(bench.root.rglob("kodoke~*"))


def settle(bench: Bench, planned: Placement, rename: Rename) -> Placed:
    with bench.open(rename=rename) as folder:
        return folder.settle(planned)


@pytest.mark.parametrize("stop_before", range(MOST_OPERATIONS))
@pytest.mark.parametrize(
    ("old", "new"), [(None, "new"), ("old", "new"), ("old", None)], ids=["new", "replace", "remove"]
)
def test_every_crash_is_finished_or_undone(
    bench: Bench, way: Callable[[World], Rename], old: str | None, new: str | None, stop_before: int
) -> None:
    if old is not None:
        bench.write("d/file", old)
    world = World(stop_before)
    planned = crash_at(bench, world, way(world), new)
    if planned is None:
        assert world.operations, "no operation was announced"
        return
    before = {} if old is None else {"d/file": old}
    after = {} if new is None else {"d/file": new}
    rename = way(World())
    placed = settle(bench, planned, rename)
    if placed.kind is PlacedKind.DONE:
        assert bench.tree() == after
        assert bench.history() == ({} if old is None else {HISTORY: old})
        assert bench.temps() == []
        assert placed.racy is (new is not None)
        assert placed.stamp == (None if new is None else bench.stamp("d/file"))
    else:
        assert placed.kind is PlacedKind.STALE
        assert (bench.tree(), bench.history()) == (before, {})
        assert bench.temps() == ([] if new is None else [new])
    assert no_half_files(bench)
    assert settle(bench, planned, rename).kind is placed.kind, "settling must bear a crash itself"


CAPTURE = ["make-history-directories", "set-mtime", "rename-to-history"]
OPERATIONS = {
    "one-step": [*CAPTURE, "rename-into-place"],
    "two-steps": [*CAPTURE, "between-link-and-unlink", "rename-into-place", "between-link-and-unlink"],
    "across": [
        *(*CAPTURE, "copy-beside", "rename-copy", "remove-original"),
        *("rename-into-place", "copy-beside", "rename-copy", "remove-original"),
    ],
}


@pytest.mark.parametrize("name", WAYS)
def test_the_enumeration_reaches_every_operation(bench: Bench, name: str) -> None:
    bench.write("d/file", "old")
    world = World(MOST_OPERATIONS)
    assert crash_at(bench, world, WAYS[name](world), "new") is None
    assert world.operations == OPERATIONS[name]


def interrupted(bench: Bench, before: str, content: str | None) -> Placement:
    """A replacement or removal of `d/file` that ended just before an operation."""
    world = World()

    def stop(operation: str) -> None:
        if operation == before:
            raise Crash(operation)

    world.checkpoint = stop  # type: ignore[method-assign]
    bench.write("d/file", "old")
    planned = crash_at(bench, world, rename_no_replace, content)
    assert planned is not None
    return planned


def test_captured_file_comes_back_if_the_new_one_is_gone(bench: Bench) -> None:
    planned = interrupted(bench, "rename-into-place", "new")
    assert bench.tree() == {}
    for temp in (bench.private / "tmp").glob("*.part"):
        temp.unlink()
    assert settle(bench, planned, rename_no_replace).kind is PlacedKind.STALE
    assert (bench.tree(), bench.history()) == ({"d/file": "old"}, {})


@pytest.mark.parametrize("content", ["new", None])
def test_captured_file_that_was_not_expected_comes_back(bench: Bench, content: str | None) -> None:
    planned = interrupted(bench, "rename-into-place" if content else "remove-empty-parents", content)
    (bench.private / HISTORY).write_text("edited through an open descriptor")
    assert settle(bench, planned, rename_no_replace).kind is PlacedKind.STALE
    assert (bench.tree(), bench.history()) == ({"d/file": "edited through an open descriptor"}, {})


def test_somebodys_file_stays_and_the_old_one_stays_in_history(bench: Bench) -> None:
    planned = interrupted(bench, "rename-into-place", "new")
    bench.write("d/file", "somebody's")
    placed = settle(bench, planned, rename_no_replace)
    assert placed.kind is PlacedKind.STALE
    assert "the old content stays in history" in placed.detail
    assert (bench.tree(), bench.history()) == ({"d/file": "somebody's"}, {HISTORY: "old"})


def test_somebodys_file_does_not_undo_a_removal(bench: Bench) -> None:
    planned = interrupted(bench, "remove-empty-parents", None)
    bench.write("d/file", "somebody's")
    assert settle(bench, planned, rename_no_replace).kind is PlacedKind.DONE
    assert (bench.tree(), bench.history()) == ({"d/file": "somebody's"}, {HISTORY: "old"})


def test_somebodys_file_where_a_new_one_was_to_come(bench: Bench) -> None:
    with bench.open() as folder:
        planned = bench.placement(folder, "d/file", "new")
    bench.write("d/file", "somebody's")
    assert settle(bench, planned, rename_no_replace).kind is PlacedKind.STALE
    assert (bench.tree(), bench.temps()) == ({"d/file": "somebody's"}, ["new"])


def test_undone_placement_leaves_no_empty_directories(bench: Bench) -> None:
    with bench.open() as folder:
        planned = bench.placement(folder, "d/e/file", "new")
    assert settle(bench, planned, rename_no_replace).kind is PlacedKind.STALE
    assert [path.name for path in bench.root.iterdir()] == [".kodokeep"]


def test_symlink_at_the_place_is_left_alone(bench: Bench) -> None:
    planned = interrupted(bench, "rename-into-place", "new")
    (bench.root / "d/file").symlink_to("nowhere")
    assert settle(bench, planned, rename_no_replace).kind is PlacedKind.STALE
    assert (bench.root / "d/file").is_symlink()
    assert bench.history() == {HISTORY: "old"}
