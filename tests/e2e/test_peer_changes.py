"""What hurt users of other tools for this job: deletions, times and renames, each with what happens here; both ways.

The plain table of who changed what is in `test_both_ways`; first runs, trouble and folders are in `test_peer_runs`.
"""

import os

import pytest

from tests.e2e.agreed import HOUR_NS, MANY, age, begin, check_nothing_to_do, no_content_travelled, synced
from tests.e2e.kit import World

__all__ = ["synced"]


# ------------------------------------------------------------------------------------------------- deletions


@pytest.mark.parametrize("parts", [None, [2**20, 9]], ids=["plain", "in parts"])
@pytest.mark.parametrize("side", ["folder", "bucket"])
def test_a_deletion_on_one_side_never_comes_back(synced: World, side: str, parts: list[int] | None) -> None:
    """rclone's bisync reverts it where the two sides share no kind of hash."""
    synced.put("gone", bytes(2**20 + 9), parts=parts)
    assert synced.run().exit == 0
    if side == "folder":
        (synced.folder / "gone").unlink()
    else:
        synced.delete("gone")
    assert synced.run().counts()["deleted"] == 1
    check_nothing_to_do(synced)
    assert synced.tree() == synced.remote() == MANY


@pytest.mark.parametrize("side", ["folder", "bucket"])
def test_a_side_that_is_empty_all_of_a_sudden_empties_nothing(synced: World, side: str) -> None:
    """Unison empties the other side all the same, bisync refuses to run; here the rest still works."""
    if side == "folder":
        for path in synced.paths():
            (synced.folder / path).unlink()
        synced.write("new", b"new")
        synced.put("also", b"new, too")
    else:
        synced.delete(*MANY)
        synced.put("also", b"new, too")
        synced.write("new", b"new")
    held = synced.run()
    assert held.exit == 4
    assert held.summary["held"] == len(MANY)
    new = {"new": b"new", "also": b"new, too"}
    assert (synced.tree(), synced.remote()) == ((new, MANY | new) if side == "folder" else (MANY | new, new))
    assert synced.run("--accept-changes").exit == 0
    assert synced.tree() == synced.remote() == new
    assert set(MANY.values()) <= set(synced.history().values())


def test_an_unmounted_folder_deletes_nothing_from_the_bucket(synced: World) -> None:
    """Unison deleted the other side, although it was told to ask."""
    mounted = synced.root / "elsewhere"
    synced.folder.rename(mounted)
    synced.folder.mkdir()
    assert synced.run().exit == 4
    assert synced.paths() == []
    assert synced.remote() == MANY
    synced.folder.rmdir()
    mounted.rename(synced.folder)
    check_nothing_to_do(synced)


def test_a_listing_that_breaks_deletes_nothing_here(synced: World) -> None:
    """What it says cannot be true, so nothing that it lacks counts as deleted."""
    synced.emulator.faults([{"host": "rsf", "list_duplicate": True}])
    assert synced.run(whole_listing=False).exit == 6
    synced.emulator.clear_faults()
    assert synced.tree() == synced.remote() == MANY
    check_nothing_to_do(synced)


def test_an_object_that_comes_back_is_copied_where_the_bucket_has_its_content_still(world: World) -> None:
    """`deletions = restore`: no byte travels for it."""
    begin(world, deletions="restore")
    for name in ("one.txt", "two.txt"):
        world.write(name, b"the same")
    assert world.run().exit == 0
    world.emulator.delete(world.bucket, "one.txt")
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 31, "copied": 1})
    assert no_content_travelled(result)
    assert world.tree() == world.remote() == MANY | {"one.txt": b"the same", "two.txt": b"the same"}
    check_nothing_to_do(world)


# ------------------------------------------------------------------------------------------------- times


def test_a_time_zone_that_shifts_all_times_is_no_change(synced: World) -> None:
    """4,263 conflict copies elsewhere; here files are hashed once."""
    age(synced, 8 * HOUR_NS)
    result = synced.run()
    assert (result.exit, result.counts()) == (0, {"touched": 30})
    assert no_content_travelled(result)
    check_nothing_to_do(synced)


def test_shifted_times_do_not_win_over_edits_in_the_bucket(synced: World) -> None:
    """A touch is no update."""
    age(synced, 8 * HOUR_NS)
    synced.put("d0/00", b"edited in the bucket")
    assert synced.run().counts() == {"touched": 29, "downloaded": 1, "archived": 1}
    assert synced.tree() == synced.remote()
    check_nothing_to_do(synced)


def test_an_edit_that_looks_old_is_an_edit(synced: World) -> None:
    """Changed is changed: tools that compare clocks would bring the other content back."""
    synced.write("d0/00", b"unpacked from an old archive")
    os.utime(synced.folder / "d0/00", (0, 0))
    result = synced.run()
    assert (result.exit, result.counts()["uploaded"]) == (0, 1)
    assert synced.tree() == synced.remote() == MANY | {"d0/00": b"unpacked from an old archive"}
    check_nothing_to_do(synced)


@pytest.mark.parametrize("deleted_by", ["folder", "bucket"])
def test_times_in_the_far_future_decide_nothing(synced: World, deleted_by: str) -> None:
    age(synced, 20 * 365 * 24 * HOUR_NS)
    if deleted_by == "folder":
        (synced.folder / "d0/00").unlink()
    else:
        synced.delete("d0/00")
    assert synced.run().exit == 0
    assert synced.tree() == synced.remote() == {key: data for key, data in MANY.items() if key != "d0/00"}
    check_nothing_to_do(synced)


# ------------------------------------------------------------------------------------------------- renames


@pytest.mark.parametrize("side", ["folder", "bucket"])
@pytest.mark.parametrize("deletions", ["restore", "propagate"])
def test_a_renamed_folder_larger_than_every_limit_moves_no_byte(world: World, side: str, deletions: str) -> None:
    """Elsewhere it counts as deletions, and aborts the run beyond 50 %; or is a full copy."""
    begin(world, deletions=deletions)
    if side == "folder":
        for folder in ("d0", "d1", "d2"):
            (world.folder / folder).rename(world.folder / f"new {folder}")
    else:
        for key in MANY:
            world.emulator.move(world.bucket, key, f"new {key}")
    result = world.run()
    assert (result.exit, result.guards, result.counts()) == (0, set(), {"moved": 30})
    assert no_content_travelled(result)
    assert (result.summary["bytes_uploaded"], result.summary["bytes_downloaded"]) == (0, 0)
    assert world.tree() == world.remote() == {f"new {key}": data for key, data in MANY.items()}
    assert world.history() == {}
    check_nothing_to_do(world)


def test_a_renamed_folder_is_one_batch_of_calls(synced: World) -> None:
    """Not a call a file."""
    (synced.folder / "d0").rename(synced.folder / "renamed")
    assert synced.run().counts() == {"moved": 10, "unchanged": 20}
    assert len([line for line in synced.emulator.log() if line["host"] == "rs"]) <= 2


def test_two_renames_of_one_file_on_two_sides(synced: World) -> None:
    """Both names hold it. No tool can know which one is meant; losing it is what must not be."""
    (synced.folder / "d0/00").rename(synced.folder / "here")
    synced.emulator.move(synced.bucket, "d0/00", "there")
    assert synced.run().exit == 0
    rest = {key: data for key, data in MANY.items() if key != "d0/00"}
    assert synced.tree() == synced.remote() == rest | {"here": b"content 0", "there": b"content 0"}
    check_nothing_to_do(synced)


def test_a_rename_on_one_side_and_an_edit_on_the_other(synced: World) -> None:
    (synced.folder / "d0/00").rename(synced.folder / "here")
    synced.put("d0/00", b"edited in the bucket")
    assert synced.run().exit == 0
    assert synced.tree() == synced.remote() == MANY | {"d0/00": b"edited in the bucket", "here": b"content 0"}
    check_nothing_to_do(synced)


def test_junk_in_a_folder_that_the_other_side_renamed_stays_where_it_is(synced: World) -> None:
    """Unison deletes ignored files along with the folder that they were in."""
    synced.write("d0/.DS_Store", b"how the folder is shown")
    for key in [key for key in MANY if key.startswith("d0/")]:
        synced.emulator.move(synced.bucket, key, f"renamed{key.removeprefix('d0')}")
    result = synced.run()
    assert (result.exit, result.counts()) == (0, {"moved": 10, "unchanged": 20, "filtered": 1})
    assert (synced.folder / "d0/.DS_Store").read_bytes() == b"how the folder is shown"
    assert "d0/.DS_Store" not in synced.remote()


def test_a_file_becomes_a_folder_of_its_own_name(synced: World) -> None:
    """On either side: the swap that others can leave half done."""
    (synced.folder / "d0/00").unlink()
    synced.write("d0/00/inside", b"inside")
    synced.delete("d1/01")
    synced.put("d1/01/inside", b"inside, too")
    assert synced.run().exit == 0
    rest = {key: data for key, data in MANY.items() if key not in ("d0/00", "d1/01")}
    assert synced.tree() == synced.remote() == rest | {"d0/00/inside": b"inside", "d1/01/inside": b"inside, too"}
    check_nothing_to_do(synced)
