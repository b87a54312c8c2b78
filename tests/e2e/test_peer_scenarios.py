"""What hurt users of other tools for this job, each with what happens here; both ways (mode = sync).

One-way scenarios are in the other modules, the plain table of who changed what in `test_both_ways`.
"""

import os
import shutil
from collections.abc import Callable

import pytest

from kodokeep.local.folder import LocalFolder
from kodokeep.model.entry import Stamp
from kodokeep.ports import Source
from tests.e2e.kit import Result, World

HOUR_NS = 3600 * 10**9
MANY = {f"d{number % 3}/{number:02}": b"content %d" % number for number in range(30)}


@pytest.fixture
def synced(world: World) -> World:
    """Thirty files that both sides agree on. Deletions go to the other side."""
    return begin(world)


def begin(world: World, **options: object) -> World:
    world.configure(**{"mode": "sync", "deletions": "propagate"} | options)
    world.put_many(MANY)
    assert world.run().exit == 0
    return world


def check_nothing_to_do(world: World) -> None:
    """However often it runs; very young files are hashed once more (rule 13)."""
    for allowed in ({"unchanged", "touched"}, {"unchanged"}):
        result = world.run()
        assert result.exit == 0
        assert set(result.counts()) <= allowed
        assert no_content_travelled(result)


def no_content_travelled(result: Result) -> bool:
    return not result.downloads() and not result.uploads()


def age(world: World, by_ns: int, *keys: str) -> None:
    """Move the times of files."""
    for key in keys or world.tree():
        place = world.folder / key
        mtime_ns = place.stat().st_mtime_ns + by_ns
        os.utime(place, ns=(mtime_ns, mtime_ns))


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


# ------------------------------------------------------------------------------------------------- the first run


def test_the_first_run_on_two_full_sides_deletes_and_overwrites_nothing(world: World) -> None:
    """The union; a name with two contents keeps both. Elsewhere one side wins, or a person must decide each."""
    world.configure(mode="sync", deletions="propagate")
    world.put_many({"both": b"same", "differs": b"in the bucket", "only there": b"there"})
    for key, data in {"both": b"same", "differs": b"in the folder", "only here": b"here"}.items():
        world.write(key, data)
    result = world.run()
    assert (result.exit, result.counts()["adopted"], result.counts()["conflicts"]) == (0, 1, 1)
    tree = world.tree()
    assert tree == world.remote()
    (name,) = tree.keys() - {"both", "differs", "only there", "only here"}
    assert (tree["differs"], tree[name]) == (b"in the bucket", b"in the folder")
    assert world.history() == {}
    check_nothing_to_do(world)


@pytest.mark.parametrize("fault", [{"host": "io"}, {"host": "up"}, {"host": "rs"}, {"host": "io", "reset_at": 3}])
def test_a_first_run_that_is_cut_off_is_simply_run_again(world: World, fault: dict[str, object]) -> None:
    """No resync, nothing twice, nothing deleted."""
    world.configure(mode="sync", deletions="propagate", transfers=1)
    world.put_many({"both": b"same", "differs": b"in the bucket"} | MANY)
    ours = {"both": b"same", "differs": b"in the folder", "only here": b"here", "only/here": b"here, too"}
    for key, data in ours.items():
        world.write(key, data)
    world.emulator.faults([fault | {"status": 599, "nth": list(range(3, 200))}])
    world.run(whole_listing=False)
    world.emulator.clear_faults()
    assert world.run().exit == 0
    assert world.tree() == world.remote()
    assert set(world.tree().values()) == {*ours.values(), b"in the bucket", *MANY.values()}
    check_nothing_to_do(world)


def test_a_lost_state_is_made_anew(synced: World) -> None:
    """No archive, no resync: equal contents are adopted, what differs is a conflict, nothing is deleted."""
    for file in synced.private.glob("state.db*"):
        file.unlink()
    result = synced.run()
    assert (result.exit, result.counts()) == (0, {"adopted": 30})
    assert no_content_travelled(result)
    assert synced.tree() == synced.remote() == MANY
    check_nothing_to_do(synced)


def test_a_lost_state_while_both_sides_moved_on_deletes_nothing(synced: World) -> None:
    """A deletion cannot be told from a file that is new on the other side; so it comes back, which harms nobody."""
    synced.write("d0/00", b"edited here")
    synced.put("d0/00", b"edited there")
    (synced.folder / "d1/01").unlink()
    synced.delete("d2/02")
    for file in synced.private.glob("state.db*"):
        file.unlink()
    assert synced.run().exit == 0
    tree = synced.tree()
    assert tree == synced.remote()
    (name,) = tree.keys() - MANY.keys()
    assert tree == MANY | {"d0/00": b"edited there", name: b"edited here"}
    check_nothing_to_do(synced)


# ------------------------------------------------------------------------------------------------- trouble


@pytest.mark.parametrize("fault", [{"status": 599}, {"reset_at": 0}, {"status": 401}], ids=str)
def test_after_a_failed_listing_the_next_run_goes_on_as_if_nothing_had_been(
    synced: World, fault: dict[str, object]
) -> None:
    """bisync refuses all later runs until a person says --resync; a cron job failed for eleven days that way."""
    synced.write("d0/00", b"edited here")
    synced.put("d1/01", b"edited there")
    for _ in range(3):
        synced.emulator.faults([{"host": "rsf"} | fault])
        assert synced.run(whole_listing=False).exit == 6
    synced.emulator.clear_faults()
    assert synced.run().exit == 0
    assert synced.tree() == synced.remote() == MANY | {"d0/00": b"edited here", "d1/01": b"edited there"}
    check_nothing_to_do(synced)


def test_a_file_that_changes_while_it_is_uploaded_is_the_next_runs_business(
    synced: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bucket never keeps half of it, and the newest content is not taken for uploaded."""
    place = synced.write("growing.log", b"first line\n")
    opened = LocalFolder.open_source

    def open_while_it_grows(folder: LocalFolder, path: str, stamp: Stamp) -> Source | None:
        source = opened(folder, path, stamp)
        place.write_bytes(b"first line\nsecond line\n")
        return source

    with monkeypatch.context() as patch:
        patch.setattr(LocalFolder, "open_source", open_while_it_grows)
        result = synced.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 30, "stale": 1})
    assert "growing.log" not in synced.remote()
    assert synced.run().counts() == {"unchanged": 30, "uploaded": 1}
    assert synced.remote()["growing.log"] == b"first line\nsecond line\n"
    check_nothing_to_do(synced)


def test_a_download_that_fails_leaves_the_good_file(synced: World) -> None:
    """The first tool of this kind opened the file before it asked, and then took the empty one for new."""
    synced.put("d0/00", b"edited there")
    synced.emulator.faults([{"host": "io", "status": 404}, {"host": "io_src", "status": 404}])
    assert synced.run().summary["uploaded"] == 0
    synced.emulator.clear_faults()
    assert synced.tree() == MANY
    assert synced.run().exit == 0
    assert synced.tree() == synced.remote() == MANY | {"d0/00": b"edited there"}


# ------------------------------------------------------------------------------------------------- folders


def test_a_folder_copied_to_another_machine_waits_for_a_person(synced: World, make_world: Callable[..., World]) -> None:
    """With `.kodokeep` in it: nobody outside knows of it, so nothing is deleted in its name. Then nothing travels."""
    other = make_world(beside=synced)
    other.configure(mode="sync", deletions="propagate")
    shutil.copytree(synced.folder, other.folder)
    (other.folder / "d0/00").unlink()
    assert other.run().exit == 4
    assert synced.remote() == MANY
    (other.folder / "d0/00").write_bytes(b"content 0")
    result = other.run("--adopt")
    assert (result.exit, result.counts()) == (0, {"touched": 30})
    assert no_content_travelled(result)
    check_nothing_to_do(other)
    other.write("from the other", b"new")
    assert other.run().counts()["uploaded"] == 1
    assert synced.run().counts()["downloaded"] == 1
    assert synced.tree() == other.tree() == synced.remote()


def test_an_old_copy_of_the_folder_that_was_put_back_deletes_nothing(synced: World) -> None:
    """From a backup of the disk, state and all: it knows less than the bucket, and says so by conflicts at worst."""
    copy = synced.root / "disk backup"
    shutil.copytree(synced.folder, copy)
    synced.write("d0/00", b"edited after the disk backup")
    synced.write("new", b"written after the disk backup")
    assert synced.run().exit == 0
    shutil.rmtree(synced.folder)
    copy.rename(synced.folder)
    assert synced.run().exit in (0, 4)
    assert synced.run("--accept-changes").exit == 0
    expected = MANY | {"d0/00": b"edited after the disk backup", "new": b"written after the disk backup"}
    assert synced.tree() == synced.remote() == expected
    check_nothing_to_do(synced)


def test_a_relative_folder_does_not_grow(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first tool of this kind wrote `A/A/key`, uploaded that as `A/key`, and so on, with every run."""
    world.configure(mode="sync", folder="folder")
    world.put("a/b", b"1")
    for directory in (world.root, world.root.parent):
        monkeypatch.chdir(directory)
        assert world.run().exit == 0
    world.write("c", b"2")
    assert world.run().exit == 0
    check_nothing_to_do(world)
    assert world.tree() == world.remote() == {"a/b": b"1", "c": b"2"}


HOSTILE = [
    "a%2Fb",
    "a/b",
    "100%",
    "50%25",
    "%%41",
    "../../up",
    "/lead",
    "two//slashes",
    "dir/",
    "q?x=1#frag",
    " a b ",
    "@at",
    "~x",
    "con.txt",
]


@pytest.mark.parametrize("key", HOSTILE)
def test_names_mean_the_same_on_both_sides_and_on_the_way_back(
    world: World, make_world: Callable[..., World], key: str
) -> None:
    """`%2F` became `/` elsewhere, `?` another object, `..` a file outside, `//` was skipped without a word."""
    other = make_world(beside=world)
    for each in (world, other):
        each.configure(mode="sync", deletions="propagate")
    world.put(key, b"there")
    assert world.run().exit == 0
    (path,) = world.paths()
    assert world.tree() == {key: b"there"}
    world.write(path, b"edited here")
    assert world.run().counts()["uploaded"] == 1
    assert world.remote() == {key: b"edited here"}
    assert other.run().exit == 0
    assert other.tree() == {key: b"edited here"}
    assert other.paths() == [path]
    (other.folder / path).rename(other.folder / "renamed")
    assert other.run("--accept-changes").counts() == {"moved": 1}
    assert world.run("--accept-changes").counts() == {"moved": 1}
    assert world.tree() == other.tree() == world.remote() == {"renamed": b"edited here"}
    check_nothing_to_do(world)
