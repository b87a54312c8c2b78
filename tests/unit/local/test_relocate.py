"""Files that get another name within the folder: nothing is replaced, nothing is lost (rules 3, 9, 13, 20)."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kodokeep.errors import FolderFull
from kodokeep.local.folder import LocalFolder
from kodokeep.local.rename import rename_no_replace
from kodokeep.model.outcome import Placed, PlacedKind
from tests.unit.local.bench import Bench, World, across_devices, case_blind


def at(operation: str, meddling: Callable[[], object]) -> World:
    """A world in which somebody acts just before an operation."""

    class Meddled(World):
        def checkpoint(self, operation_: str) -> None:
            if operation_ == operation:
                meddling()

    return Meddled()


def test_a_file_gets_another_name_and_keeps_its_time(bench: Bench, folder: LocalFolder) -> None:
    mtime_ns = bench.write("old/a", "content").stat().st_mtime_ns
    placed = folder.place(bench.move("old/a", "new/deep/b"))
    assert (placed.kind, placed.stamp) == (PlacedKind.DONE, bench.stamp("new/deep/b"))
    assert bench.stamp("new/deep/b").mtime_ns == mtime_ns
    assert bench.tree() == {"new/deep/b": "content"}
    assert bench.history() == {}


def test_directories_that_the_move_emptied_go_and_others_stay(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a/b/c/file", "content")
    (bench.root / "a/empty").mkdir()
    folder.place(bench.move("a/b/c/file", "file"))
    assert bench.tree() == {"file": "content"}
    assert (bench.root / "a/empty").is_dir()
    assert not (bench.root / "a/b").exists()


def test_a_move_within_one_directory_leaves_the_directory(bench: Bench, folder: LocalFolder) -> None:
    bench.write("d/a", "content")
    folder.place(bench.move("d/a", "d/b"))
    assert bench.tree() == {"d/b": "content"}


def test_an_old_file_is_not_racy_after_the_last_look(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a", "content")
    planned = bench.move("a", "b")
    while folder._shop.clock.tick() < bench.stamp("a").ctime_ns + folder._shop.clock.granularity_ns:
        pass
    folder.place(planned)
    folder.sync()
    folder.settle_clock()
    assert folder.restamp("b") == Placed(PlacedKind.DONE, bench.stamp("b"), racy=False)


def test_a_file_as_young_as_the_look_at_it_stays_racy(bench: Bench, folder: LocalFolder) -> None:
    folder._shop.clock.granularity_ns = 3600 * 10**9
    bench.write("a", "content")
    folder.place(bench.move("a", "b"))
    folder._shop.clock.granularity_ns = 0
    assert folder.restamp("b") == Placed(PlacedKind.DONE, bench.stamp("b"), racy=True)


Meddling = Callable[[Bench], object]


def a_symlink_instead(bench: Bench) -> None:
    (bench.root / "a").rename(bench.root / "c")
    (bench.root / "a").symlink_to("c")


@pytest.mark.parametrize(
    ("meddling", "detail"),
    [
        (lambda bench: bench.write("a", "edited"), "the file changed since"),
        (lambda bench: os.utime(bench.root / "a"), "the file changed since"),
        (lambda bench: (bench.root / "a").unlink(), "the file is gone"),
        (a_symlink_instead, "no regular file"),
        (lambda bench: bench.write("b", "somebody's"), "taken meanwhile"),
        (lambda bench: (bench.root / "b").mkdir(), "taken meanwhile"),
        (lambda bench: (bench.root / "b").symlink_to("nowhere"), "taken meanwhile"),
    ],
    ids=["edit", "touch", "removal", "symlink", "taken", "directory-there", "symlink-there"],
)
@pytest.mark.parametrize("rename", [rename_no_replace, case_blind], ids=["exact", "case-blind"])
def test_what_moved_since_is_stale_and_left_alone(
    bench: Bench, rename: Callable[[int, str, int, str], None], meddling: Meddling, detail: str
) -> None:
    bench.write("a", "content")
    with bench.open(rename=rename) as folder:
        planned = bench.move("a", "b")
        meddling(bench)
        before = bench.tree()
        placed = folder.place(planned)
    assert placed.kind is PlacedKind.STALE
    assert detail in placed.detail
    assert bench.tree() == before


def test_a_source_below_what_is_no_directory_any_more_is_gone(bench: Bench, folder: LocalFolder) -> None:
    bench.write("d/a", "content")
    planned = bench.move("d/a", "b")
    (bench.root / "d/a").unlink()
    (bench.root / "d").rmdir()
    bench.write("d", "file")
    assert folder.place(planned) == Placed(PlacedKind.STALE, detail="the file is gone")


def test_an_edit_between_look_and_rename_is_put_back(bench: Bench) -> None:
    file = bench.write("a", "content")
    with bench.open(at("rename-to-new-name", lambda: file.write_text("edited"))) as folder:
        placed = folder.place(bench.move("a", "b"))
    assert (placed.kind, placed.detail) == (PlacedKind.STALE, "the file changed in the moment it was moved")
    assert bench.tree() == {"a": "edited"}


def test_an_edited_file_whose_old_name_is_taken_stays_and_is_named(bench: Bench) -> None:
    file = bench.write("a", "content")

    class Meddled(World):
        def checkpoint(self, operation: str) -> None:
            if operation == "rename-to-new-name":
                file.write_text("edited")
            if operation == "put-back":
                bench.write("a", "somebody's")

    with bench.open(Meddled()) as folder:
        placed = folder.place(bench.move("a", "b"))
    assert placed.kind is PlacedKind.STALE
    assert "it is at b" in placed.detail
    assert bench.tree() == {"a": "somebody's", "b": "edited"}


def test_a_removal_between_look_and_rename_is_stale(bench: Bench) -> None:
    file = bench.write("a", "content")
    with bench.open(at("rename-to-new-name", file.unlink)) as folder:
        assert folder.place(bench.move("a", "b")) == Placed(PlacedKind.STALE, detail="the file is gone")
    assert bench.tree() == {}


def test_no_symlink_is_written_through(bench: Bench, folder: LocalFolder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    bench.write("a", "content")
    planned = bench.move("a", "d/b")
    (bench.root / "d").symlink_to(tmp_path / "outside")
    placed = folder.place(planned)
    assert (placed.kind, placed.detail) == (PlacedKind.STALE, "d: a symlink or a file is in the way")
    assert bench.tree() == {"a": "content"}


def test_a_full_disk_ends_the_run_with_the_file_in_place(bench: Bench) -> None:
    def no_room(_source_fd: int, _source: str, _target_fd: int, _target: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    bench.write("a", "content")
    with bench.open(rename=no_room) as folder, pytest.raises(FolderFull):
        folder.place(bench.move("a", "b"))
    assert bench.tree() == {"a": "content"}


def test_an_edit_while_copying_to_another_device_keeps_the_edited_file(bench: Bench) -> None:
    file = bench.write("a", "content")
    with bench.open(at("rename-copy", lambda: file.write_text("edited")), across_devices) as folder:
        placed = folder.place(bench.move("a", folder.parking_path("a")))
    assert placed == Placed(PlacedKind.STALE, detail="the file changed while it was copied")
    assert (bench.tree(), bench.parked()) == ({"a": "edited"}, [])


@pytest.mark.parametrize("rename", [rename_no_replace, across_devices], ids=["one-device", "across"])
def test_a_swap_through_a_parking_place(bench: Bench, rename: Callable[[int, str, int, str], None]) -> None:
    bench.write("a", "content of a")
    bench.write("d/b", "content of b")
    with bench.open(rename=rename) as folder:
        parking = folder.parking_path("a")
        moves = [bench.move("a", parking), bench.move("d/b", "a"), bench.move(parking, "d/b", bench.stamp("a"))]
        assert [folder.place(move).kind for move in moves] == [PlacedKind.DONE] * 3
    assert bench.tree() == {"a": "content of b", "d/b": "content of a"}
    assert bench.parked() == []


def test_a_swap_of_old_files_is_not_racy(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a", "content of a")
    bench.write("b", "content of b")
    while folder._shop.clock.tick() < bench.stamp("b").ctime_ns + folder._shop.clock.granularity_ns:
        pass
    parking = folder.parking_path("a")
    for move in [bench.move("a", parking), bench.move("b", "a"), bench.move(parking, "b", bench.stamp("a"))]:
        assert folder.place(move).kind is PlacedKind.DONE
    folder.settle_clock()
    for path in ("a", "b"):
        assert folder.restamp(path) == Placed(PlacedKind.DONE, bench.stamp(path), racy=False)


def test_a_case_only_rename_on_a_disk_that_ignores_case(bench: Bench) -> None:
    bench.write("d/readme", "content")
    with bench.open(rename=case_blind) as folder:
        placed = folder.place(bench.move("d/readme", "d/README"))
    assert (placed.kind, placed.stamp) == (PlacedKind.DONE, bench.stamp("d/README"))
    assert (bench.tree(), bench.parked()) == ({"d/README": "content"}, [])


def test_a_case_only_rename_onto_somebodys_file_replaces_nothing(bench: Bench) -> None:
    bench.write("a", "content")
    meddling = at("rename-from-aside", lambda: bench.write("A", "somebody's"))
    with bench.open(meddling, case_blind) as folder:
        placed = folder.place(bench.move("a", "A"))
    assert placed == Placed(PlacedKind.STALE, detail="the place was taken meanwhile")
    assert (bench.tree(), bench.parked()) == ({"a": "content", "A": "somebody's"}, [])


def test_file_by_file_both_directories_are_synced(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("kodokeep.local.durability.is_user_space", lambda _device: True)
    monkeypatch.setattr("kodokeep.local.durability.sync_descriptor", lambda fd: synced.append(os.fstat(fd).st_ino))
    bench.write("old/a", "content")
    bench.write("old/other", "other")
    with bench.open() as folder:
        folder.place(bench.move("old/a", "new/a"))
        folder.sync()
    assert {(bench.root / path).stat().st_ino for path in ("", "old", "new", "new/a")} <= set(synced)
