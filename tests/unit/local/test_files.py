"""Placements in an undisturbed process: nothing is overwritten, nothing leaves the folder (rules 1, 3, 9, 13)."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kodokeep.errors import FolderFull
from kodokeep.local import durability
from kodokeep.local.folder import LocalFolder
from kodokeep.local.rename import rename_no_replace
from kodokeep.local.spot import Spot
from kodokeep.model.outcome import Placed, PlacedKind, Placement
from tests.unit.local.bench import MTIME_NS, RUN, Bench, World


def place(bench: Bench, folder: LocalFolder, path: str, content: str | None) -> Placed:
    return folder.place(bench.placement(folder, path, content))


def test_new_file(bench: Bench, folder: LocalFolder) -> None:
    placed = place(bench, folder, "a/b.png", "new")
    assert bench.tree() == {"a/b.png": "new"}
    assert (placed.kind, placed.stamp) == (PlacedKind.DONE, bench.stamp("a/b.png"))
    assert (bench.root / "a/b.png").stat().st_mtime_ns == MTIME_NS
    assert (bench.temps(), bench.history()) == ([], {})


def test_replaced_file_is_in_history(bench: Bench, folder: LocalFolder) -> None:
    old = bench.write("a/b.png", "old")
    old_mtime = old.stat().st_mtime_ns
    placed = place(bench, folder, "a/b.png", "new")
    assert bench.tree() == {"a/b.png": "new"}
    assert bench.history() == {f"history/{RUN}/a/b.png": "old"}
    assert (bench.private / f"history/{RUN}/a/b.png").stat().st_mtime_ns == old_mtime
    assert placed.stamp == bench.stamp("a/b.png")


def test_removed_file_is_in_history_and_emptied_directories_go(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a/b/c.png", "old")
    bench.write("a/other.png", "other")
    placed = place(bench, folder, "a/b/c.png", None)
    assert placed == Placed(PlacedKind.DONE)
    assert bench.tree() == {"a/other.png": "other"}
    assert bench.history() == {f"history/{RUN}/a/b/c.png": "old"}
    assert not (bench.root / "a/b").exists()


def test_last_removal_leaves_the_folder_itself(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a", "old")
    place(bench, folder, "a", None)
    assert [path.name for path in bench.root.iterdir()] == [".kodokeep"]


def test_directories_emptied_by_somebody_else_stay(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a/b.png", "old")
    (bench.root / "a/empty").mkdir()
    place(bench, folder, "a/b.png", None)
    assert (bench.root / "a/empty").is_dir()


def test_directory_that_a_removal_emptied_is_made_again(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a/old.png", "old")
    new = bench.placement(folder, folder.allocate("a/new.png", None), "new")
    place(bench, folder, "a/old.png", None)
    assert folder.place(new).kind is PlacedKind.DONE
    assert bench.tree() == {"a/new.png": "new"}


Meddling = Callable[[Bench], object]


@pytest.mark.parametrize(
    ("meddling", "tree"),
    [
        (lambda bench: bench.write("a", "somebody's"), {"a": "somebody's"}),
        (lambda bench: (bench.root / "a").symlink_to("nowhere"), {}),
        (lambda bench: (bench.root / "a").mkdir(), {}),
    ],
    ids=["file", "symlink", "directory"],
)
def test_absence_that_is_none_any_more_is_stale(
    bench: Bench, folder: LocalFolder, meddling: Meddling, tree: dict[str, str]
) -> None:
    planned = bench.placement(folder, "a", "new")
    meddling(bench)
    placed = folder.place(planned)
    assert (placed.kind, placed.detail) == (PlacedKind.STALE, "the place was taken meanwhile")
    assert (bench.tree(), bench.temps()) == (tree, ["new"])


def touch_only(bench: Bench) -> None:
    os.utime(bench.root / "a", ns=(MTIME_NS, MTIME_NS))


def same_size_and_mtime(bench: Bench) -> None:
    mtime_ns = bench.stamp("a").mtime_ns
    bench.write("a", "0ld")
    os.utime(bench.root / "a", ns=(mtime_ns, mtime_ns))


def a_symlink_instead(bench: Bench) -> None:
    (bench.root / "a").rename(bench.root / "b")
    (bench.root / "a").symlink_to("b")


def a_directory_instead(bench: Bench) -> None:
    (bench.root / "a").unlink()
    (bench.root / "a").mkdir()


@pytest.mark.parametrize("content", ["new", None], ids=["replace", "remove"])
@pytest.mark.parametrize(
    ("meddling", "detail"),
    [
        (lambda bench: bench.write("a", "edited"), "the file changed since"),
        (touch_only, "the file changed since"),
        (same_size_and_mtime, "the file changed since"),
        (lambda bench: (bench.root / "a").unlink(), "the file is gone"),
        (a_symlink_instead, "no regular file"),
        (a_directory_instead, "no regular file"),
    ],
    ids=["edit", "touch", "edit-with-old-mtime", "removal", "symlink", "directory"],
)
def test_file_that_is_not_what_was_seen_is_stale(
    bench: Bench, folder: LocalFolder, meddling: Meddling, detail: str, content: str | None
) -> None:
    bench.write("a", "old")
    planned = bench.placement(folder, "a", content)
    meddling(bench)
    before = bench.tree()
    placed = folder.place(planned)
    assert placed.kind is PlacedKind.STALE
    assert detail in placed.detail
    assert (bench.tree(), bench.history()) == (before, {})
    assert bench.temps() == ([] if content is None else ["new"])


def at(operation: str, meddling: Callable[[], object]) -> World:
    """A world in which somebody acts just before an operation."""

    class Meddled(World):
        def checkpoint(self, operation_: str) -> None:
            if operation_ == operation:
                meddling()

    return Meddled()


@pytest.mark.parametrize("content", ["new", None], ids=["replace", "remove"])
def test_edit_between_look_and_capture_is_put_back(bench: Bench, content: str | None) -> None:
    bench.write("a", "old")
    with bench.open(at("rename-to-history", lambda: bench.write("a", "edited"))) as folder:
        placed = place(bench, folder, "a", content)
    assert placed.kind is PlacedKind.STALE
    assert (bench.tree(), bench.history()) == ({"a": "edited"}, {})


@pytest.mark.parametrize("content", ["new", None], ids=["replace", "remove"])
def test_removal_between_look_and_capture_is_stale(bench: Bench, content: str | None) -> None:
    file = bench.write("a", "old")
    with bench.open(at("rename-to-history", file.unlink)) as folder:
        placed = place(bench, folder, "a", content)
    assert (placed.kind, placed.detail) == (PlacedKind.STALE, "the file is gone")
    assert (bench.tree(), bench.history()) == ({}, {})


def test_place_taken_after_the_capture_loses_nothing(bench: Bench) -> None:
    bench.write("a", "old")
    with bench.open(at("rename-into-place", lambda: bench.write("a", "somebody's"))) as folder:
        placed = place(bench, folder, "a", "new")
    assert placed.kind is PlacedKind.STALE
    assert "the old content stays in history" in placed.detail
    assert bench.tree() == {"a": "somebody's"}
    assert bench.history() == {f"history/{RUN}/a": "old"}
    assert bench.temps() == ["new"]


def test_missing_temp_fails_before_anything_moves(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a", "old")
    planned = bench.placement(folder, "a", "new")
    folder.drop_temps([])
    placed = folder.place(planned)
    assert placed.kind is PlacedKind.FAILED
    assert (bench.tree(), bench.history()) == ({"a": "old"}, {})


def test_another_file_under_the_temps_name_fails(bench: Bench, folder: LocalFolder) -> None:
    planned = bench.placement(folder, "a", "new")
    assert planned.temp is not None
    temp = bench.private / "tmp" / planned.temp
    (bench.private / "tmp" / "other").write_text("other")
    (bench.private / "tmp" / "other").rename(temp)
    assert folder.place(planned) == Placed(PlacedKind.FAILED, detail="the downloaded file is gone")
    assert bench.tree() == {}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_stops_with_the_old_file_in_place(bench: Bench, number: int) -> None:
    def no_room(source_fd: int, source: str, target_fd: int, target: str) -> None:
        if source.endswith(".part"):
            raise OSError(number, os.strerror(number))
        rename_no_replace(source_fd, source, target_fd, target)

    bench.write("a", "old")
    with bench.open(rename=no_room) as folder, pytest.raises(FolderFull, match=str(bench.root)) as full:
        place(bench, folder, "a", "new")
    assert full.value.exit_code == 3
    assert (bench.tree(), bench.history()) == ({"a": "old"}, {})


def test_other_errors_concern_one_file(bench: Bench) -> None:
    def broken(_source_fd: int, _source: str, _target_fd: int, _target: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with bench.open(rename=broken) as folder:
        assert place(bench, folder, "a", "new") == Placed(PlacedKind.FAILED, detail=os.strerror(errno.EIO))


def outside(bench: Bench) -> Path:
    target = bench.root.parent / "outside"
    target.mkdir()
    (target / "b").write_text("outside")
    return target


@pytest.mark.parametrize("content", ["new", None], ids=["replace", "remove"])
def test_symlinked_parent_is_never_followed(bench: Bench, folder: LocalFolder, content: str | None) -> None:
    bench.write("a/b", "old")
    planned = bench.placement(folder, "a/b", content)
    (bench.root / "a").rename(bench.root / "moved")
    (bench.root / "a").symlink_to(outside(bench))
    folder.sync()
    placed = folder.place(planned)
    assert (placed.kind, placed.detail) == (PlacedKind.STALE, "a: a symlink or a file is in the way")
    assert (bench.root.parent / "outside" / "b").read_text() == "outside"
    assert bench.tree()["moved/b"] == "old"


def test_symlinked_history_is_never_followed(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a", "old")
    planned = bench.placement(folder, "a", "new")
    (bench.private / "history" / RUN).symlink_to(outside(bench))
    assert folder.place(planned).kind is PlacedKind.STALE
    assert bench.tree() == {"a": "old"}
    assert [path.name for path in (bench.root.parent / "outside").iterdir()] == ["b"]


def test_file_in_the_way_of_a_directory(bench: Bench, folder: LocalFolder) -> None:
    planned = bench.placement(folder, "d/e", "new")
    bench.write("d", "file")
    placed = folder.place(planned)
    assert (placed.kind, placed.detail) == (PlacedKind.STALE, "d: a symlink or a file is in the way")


def test_restamp_after_the_sync_is_not_racy(bench: Bench, folder: LocalFolder) -> None:
    placed = place(bench, folder, "a", "new")
    assert placed.racy
    folder.sync()
    folder.settle_clock()
    assert folder.restamp("a") == Placed(PlacedKind.DONE, bench.stamp("a"), racy=False)


def test_restamp_without_waiting_is_racy(bench: Bench, folder: LocalFolder) -> None:
    place(bench, folder, "a", "new")
    again = folder.restamp("a")
    assert again is not None
    assert again.racy


def edited_in_place(bench: Bench) -> None:
    with (bench.root / "a").open("r+") as file:
        file.write("NEW")


def replaced_with_old_mtime(bench: Bench) -> None:
    (bench.root / "a").unlink()
    bench.write("a", "NEW")
    os.utime(bench.root / "a", ns=(MTIME_NS, MTIME_NS))


@pytest.mark.parametrize("meddling", [edited_in_place, replaced_with_old_mtime])
def test_restamp_of_a_file_that_was_changed_since_is_racy(
    bench: Bench, folder: LocalFolder, meddling: Meddling
) -> None:
    place(bench, folder, "a", "new")
    meddling(bench)
    folder.settle_clock()
    assert folder.restamp("a") == Placed(PlacedKind.DONE, bench.stamp("a"), racy=True)


@pytest.mark.parametrize("content", [None, "symlink", "directory"])
def test_restamp_of_what_is_no_file_any_more(bench: Bench, folder: LocalFolder, content: str | None) -> None:
    place(bench, folder, "a", "new")
    (bench.root / "a").unlink()
    if content == "symlink":
        (bench.root / "a").symlink_to(bench.private)
    if content == "directory":
        (bench.root / "a").mkdir()
    assert folder.restamp("a") is None


def test_restamp_below_what_is_no_directory_any_more(bench: Bench, folder: LocalFolder) -> None:
    place(bench, folder, "a/b", "new")
    (bench.root / "a/b").unlink()
    (bench.root / "a").rmdir()
    bench.write("a", "file")
    folder.sync()
    assert folder.restamp("a/b") is None


def test_files_of_an_earlier_batch_are_racy(bench: Bench, folder: LocalFolder) -> None:
    place(bench, folder, "a", "new")
    folder.forget_claims()
    folder.settle_clock()
    again = folder.restamp("a")
    assert again is not None
    assert again.racy


def test_mtime_that_the_disk_cannot_hold_is_clamped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").touch()
    real, asked = os.utime, []

    def until_2038(name: str, *, ns: tuple[int, int], dir_fd: int, follow_symlinks: bool) -> None:
        asked.append(ns[1])
        if ns[1] >= 2**31 * 10**9:
            raise OSError(errno.EINVAL, "no such time")
        real(name, ns=ns, dir_fd=dir_fd, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "utime", until_2038)
    fd = os.open(tmp_path, os.O_RDONLY)
    Spot(fd, "a").set_mtime(2**40 * 10**9)
    os.close(fd)
    assert (tmp_path / "a").stat().st_mtime_ns == (2**31 - 1) * 10**9
    assert len(asked) == 2


@pytest.mark.parametrize("mtime_ns", [2**80, -(2**80)])
def test_absurd_mtime_is_no_obstacle(bench: Bench, folder: LocalFolder, mtime_ns: int) -> None:
    planned = bench.placement(folder, "a", "new")
    absurd = Placement("a", planned.temp, planned.temp_inode, mtime_ns, None, None)
    assert folder.place(absurd).kind is PlacedKind.DONE


def test_file_by_file_content_is_durable_before_its_name(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    monkeypatch.setattr(durability, "is_user_space", lambda _device: True)
    monkeypatch.setattr(durability, "sync_descriptor", lambda fd: happened.append(f"sync {os.fstat(fd).st_ino}"))

    class Listening(World):
        def checkpoint(self, operation: str) -> None:
            happened.append(operation)

    old = bench.write("a/b", "old").stat().st_ino
    with bench.open(Listening()) as folder:
        planned = bench.placement(folder, "a/b", "new")
        folder.place(planned)
        before_sync = len(happened)
        folder.sync()
    assert happened.index(f"sync {planned.temp_inode}") < happened.index("rename-into-place")
    assert happened.index(f"sync {old}") < happened.index("rename-to-history")
    directories = {
        f"sync {path.stat().st_ino}" for path in (bench.root, bench.root / "a", bench.private / "history" / RUN)
    }
    assert directories <= set(happened[before_sync:])
