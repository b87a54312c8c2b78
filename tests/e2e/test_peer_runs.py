"""What hurt users of other tools for this job: first runs, lost states, trouble on the way, folders that were moved.

Each with what happens here; both ways. Changes of either side are in `test_peer_changes`.
"""

import shutil
from collections.abc import Callable

import pytest

from kodokeep.local.folder import LocalFolder
from kodokeep.model.entry import Stamp
from kodokeep.ports import Source
from tests.e2e.agreed import MANY, check_nothing_to_do, no_content_travelled, synced
from tests.e2e.kit import World

__all__ = ["synced"]


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
