"""The walk: key order, and nothing left out in silence (rules 2, 3, 4, 8)."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kodokeep.errors import FolderUnusable
from kodokeep.local.allocator import Allocator
from kodokeep.local.dirs import Directories, split
from kodokeep.local.names import NameRules, Names
from kodokeep.local.scan import Directory, Rank, Scanner, Subtree
from kodokeep.local.spot import stamp_of
from kodokeep.local.walk import Walk
from kodokeep.model.entry import LocalEntry, Obstacle, ObstacleKind


def plant(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"content")


def walked(root: Path, prefix: str = "", mounts: frozenset[str] = frozenset()) -> list[LocalEntry | Obstacle]:
    with Directories(str(root)) as directories:
        return list(Walk(directories, prefix=prefix, mounts=mounts))


def paths(items: list[LocalEntry | Obstacle]) -> list[str]:
    return [item.path for item in items if isinstance(item, LocalEntry)]


def keys(items: list[LocalEntry | Obstacle]) -> list[str]:
    return [item.key for item in items if isinstance(item, LocalEntry)]


def told(items: list[LocalEntry | Obstacle]) -> list[tuple[str, ObstacleKind, bool]]:
    return [(item.key, item.kind, item.covers_prefix) for item in items if isinstance(item, Obstacle)]


def test_an_entry_is_what_the_disk_says(tmp_path: Path) -> None:
    plant(tmp_path, "dir/a.txt")
    status = (tmp_path / "dir/a.txt").stat()
    assert walked(tmp_path) == [LocalEntry("dir/a.txt", "dir/a.txt", stamp_of(status))]


def test_an_empty_folder_and_empty_directories_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty/inner").mkdir(parents=True)
    assert walked(tmp_path) == []


def test_entries_come_in_the_order_of_their_keys_not_of_their_names(tmp_path: Path) -> None:
    plant(tmp_path, "a!", "a/b", "a0", "a-b/c", "a%%0A", "z", "é", "图", "😀", "\uff21", "B")
    found = keys(walked(tmp_path))
    assert found == ["B", "a\n", "a!", "a-b/c", "a/b", "a0", "z", "é", "图", "\uff21", "😀"]
    assert found == sorted(found, key=str.encode)


def test_sibling_directories_of_one_prefix_are_walked_as_one(tmp_path: Path) -> None:
    plant(tmp_path, "a/x", "a/m/1", "a%%/b", "a%%/m/0", "%%61/c", "%%61/m%%/2")
    assert keys(walked(tmp_path)) == ["a/b", "a/c", "a/m/0", "a/m/1", "a/m/2", "a/x"]


def test_continuations_are_flattened_into_their_parent(tmp_path: Path) -> None:
    plant(tmp_path, "aa%%+/z", "aam", "aa%%+/d/2", "aad/1", "aad/3", "a%%+/%%+/ab", "%%+/aac/x")
    assert keys(walked(tmp_path)) == ["aab", "aac/x", "aad/1", "aad/2", "aad/3", "aam", "aaz"]


def test_an_empty_continuation_is_no_empty_segment(tmp_path: Path) -> None:
    plant(tmp_path, "%%/%%+/x", "%%/%%/x", "%%/%%+/%%", "%%+/%%/y")
    assert keys(walked(tmp_path)) == ["/", "//x", "/x", "/y"]


def test_files_of_one_key_come_together_and_the_plainest_first(tmp_path: Path) -> None:
    plant(tmp_path, "%%61", "a%%", "a", "%%+/a", "b", "c%%", "%%+/c")
    assert paths(walked(tmp_path)) == ["a", "a%%", "%%61", "%%+/a", "b", "c%%", "%%+/c"]


def test_the_plainest_path_respects_the_longest_name(tmp_path: Path) -> None:
    key = "x" * 150
    plant(tmp_path, key, "x" * 140 + "%%+/" + "x" * 10)
    with Directories(str(tmp_path)) as directories:
        assert paths(list(Walk(directories, name_max=143)))[0] == "x" * 140 + "%%+/" + "x" * 10
        assert paths(list(Walk(directories)))[0] == key


def test_a_large_directory_is_sorted_on_disk(tmp_path: Path) -> None:
    names = [f"{(number * 7919) % 12007:05}" for number in range(12007)]
    for name in names:
        (tmp_path / name).touch()
    plant(tmp_path, "06000!/x", "06000-")
    assert keys(walked(tmp_path)) == sorted([*names, "06000!/x", "06000-"])


def test_a_tree_deeper_than_pythons_stack_is_walked(tmp_path: Path) -> None:
    with Directories(str(tmp_path)) as directories:
        path = Allocator(directories, Names(directories, NameRules(255, exact=True), ".kodokeep/tmp/scratch")).allocate(
            "/" * 750, None
        )
        parent, name = split(path)
        with directories.open_dir(parent) as fd:
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=fd))
        try:
            assert keys(list(Walk(directories))) == ["/" * 750]
        finally:
            with directories.open_dir(parent) as fd:
                os.unlink(name, dir_fd=fd)
            directories.remove_empty_parents(path)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("b", ["b/1", "b/2/3", "bb"]),
        ("b/", ["b/1", "b/2/3"]),
        ("b/2/3", ["b/2/3"]),
        ("b/2/34", []),
        ("lon", ["long/x"]),
        ("longe", []),
    ],
)
def test_only_keys_under_the_prefix_are_told(tmp_path: Path, prefix: str, expected: list[str]) -> None:
    plant(tmp_path, "a", "b/1", "b/2/3", "bb", "c/b/1", "lo%%+/ng/x")
    assert keys(walked(tmp_path, prefix)) == expected


def test_directories_without_a_key_under_the_prefix_are_not_entered(tmp_path: Path) -> None:
    plant(tmp_path, "a/x", "b/x", "bc/x")
    with Unreadable(str(tmp_path), {"b", "bc"}) as directories:
        assert keys(list(Walk(directories, prefix="a/"))) == ["a/x"]
        assert told(list(Walk(directories, prefix="b/x"))) == [("b/", ObstacleKind.UNREADABLE, True)]


def test_the_own_directory_is_left_out_and_others_like_it_are_no_keys(tmp_path: Path) -> None:
    plant(tmp_path, ".kodokeep/state.db", "a/.kodokeep/x", ".KodoKeep/x", "b/kodoke~1", ".kodokeep%%/x")
    items = walked(tmp_path)
    assert keys(items) == [".kodokeep/x"]
    assert told(items) == [
        (".KodoKeep", ObstacleKind.NOT_A_KEY, False),
        ("a/.kodokeep", ObstacleKind.NOT_A_KEY, False),
        ("b/kodoke~1", ObstacleKind.NOT_A_KEY, False),
    ]


def test_names_that_cannot_be_keys_are_told_and_directories_of_them_not_entered(tmp_path: Path) -> None:
    plant(tmp_path, "a%%2Fb", "c%%2F%%+/x", "%%FF/x", "ok")
    (tmp_path / os.fsdecode(b"caf\xe9")).touch()
    plant(tmp_path, "/".join(["x" * 250] * 3), "/".join(["y" * 250] * 3 + ["z"]))
    items = walked(tmp_path)
    assert keys(items) == ["ok"]
    assert [(item.path[:9], item.detail) for item in items if isinstance(item, Obstacle)] == [
        ("%%FF", "not UTF-8"),
        ("a%%2Fb", "an escaped slash in a name"),
        ("c%%2F%%+", "an escaped slash in a name"),
        ("caf\\udce9", "not UTF-8"),
        ("x" * 9, "too long for a key"),
        ("y" * 9, "too long for a key"),
    ]
    assert all(kind is ObstacleKind.NOT_A_KEY and not covers for _, kind, covers in told(items))


def test_symlinks_are_never_followed_and_stand_for_all_below(tmp_path: Path) -> None:
    plant(tmp_path, "real/x", "m", "link.txt")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "part%%+").symlink_to("real")
    items = walked(tmp_path)
    assert keys(items) == ["link.txt", "m", "real/x"]
    assert told(items) == [
        ("link", ObstacleKind.SYMLINK, False),
        ("link/", ObstacleKind.SYMLINK, True),
        ("loop", ObstacleKind.SYMLINK, False),
        ("loop/", ObstacleKind.SYMLINK, True),
        ("part", ObstacleKind.SYMLINK, True),
        ("part%%+", ObstacleKind.SYMLINK, False),
    ]
    assert [item.key for item in items] == sorted(item.key for item in items)


def test_an_obstacle_comes_before_the_files_of_its_key(tmp_path: Path) -> None:
    plant(tmp_path, "a%%", "a!", "b%%/%%", "b%%/x")
    (tmp_path / "a").symlink_to("nowhere")
    (tmp_path / "b").symlink_to("nowhere")
    assert [(item.key, isinstance(item, Obstacle)) for item in walked(tmp_path)] == [
        ("a", True), ("a", False), ("a!", False), ("a/", True),
        ("b", True), ("b/", True), ("b/", False), ("b/x", False),
    ]  # fmt: skip


def test_fifos_are_special(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert told(walked(tmp_path)) == [("pipe", ObstacleKind.SPECIAL, False)]


class Unreadable(Directories):
    """Directories of which some refuse to be opened, as for a user without permission (tests may run as root)."""

    def __init__(self, root: str, refused: set[str]) -> None:
        super().__init__(root)
        self.refused = refused

    @contextmanager
    def open_dir(self, path: str) -> Iterator[int]:
        if path in self.refused:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        with super().open_dir(path) as fd:
            yield fd


def test_an_unreadable_directory_covers_its_prefix(tmp_path: Path) -> None:
    plant(tmp_path, "a/x", "b/x", "b%%/y", "c%%+/x", "d")
    with Unreadable(str(tmp_path), {"b", "c%%+"}) as directories:
        items = list(Walk(directories))
    assert [(item.key, isinstance(item, Obstacle) and item.covers_prefix) for item in items] == [
        ("a/x", False), ("b/", True), ("b/y", False), ("c", True), ("d", False),
    ]  # fmt: skip


def test_an_unreadable_folder_ends_the_walk(tmp_path: Path) -> None:
    with Unreadable(str(tmp_path), {""}) as directories, pytest.raises(FolderUnusable, match="Permission denied"):
        list(Walk(directories))


def test_a_directory_that_vanishes_or_is_replaced_while_walking_is_told(tmp_path: Path) -> None:
    plant(tmp_path, "a", "gone/x", "kept/x", "swapped/x")
    with Directories(str(tmp_path)) as directories:
        walk = iter(Walk(directories))
        first = next(walk)
        shutil.rmtree(tmp_path / "gone")
        shutil.rmtree(tmp_path / "swapped")
        (tmp_path / "swapped").symlink_to("kept")
        items = [first, *walk]
    assert keys(items) == ["a", "kept/x"]
    assert told(items) == [("gone/", ObstacleKind.UNREADABLE, True), ("swapped/", ObstacleKind.UNREADABLE, True)]


class BrokenEntry:
    """An entry whose stat fails, as of a dead network mount."""

    name = "dead"

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")


@contextmanager
def broken_listing(fd: int) -> Iterator[Iterator[BrokenEntry]]:
    def entries() -> Iterator[BrokenEntry]:
        yield BrokenEntry()
        raise OSError(errno.EIO, "Input/output error")

    yield entries()


def test_what_fails_while_it_is_read_covers_all_that_it_might_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d").mkdir()
    with Directories(str(tmp_path)) as directories:
        monkeypatch.setattr(os, "scandir", broken_listing)
        rows = sorted(Scanner(directories, "", frozenset()).rows(Subtree("d/", (Directory("d", "d"),))))
    assert [(row.key, row.rank, row.kind) for row in rows] == [
        ("d/", Rank.BARRIER, ObstacleKind.UNREADABLE),
        ("d/dead", Rank.OBSTACLE, ObstacleKind.UNREADABLE),
        ("d/dead/", Rank.BARRIER, ObstacleKind.UNREADABLE),
    ]


def test_a_name_that_is_listed_twice_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, "a")
    with os.scandir(tmp_path) as listing:
        entries = list(listing) * 2

    @contextmanager
    def twice(fd: int) -> Iterator[Iterator[os.DirEntry[str]]]:
        yield iter(entries)

    with Directories(str(tmp_path)) as directories:
        monkeypatch.setattr(os, "scandir", twice)
        assert paths(list(Walk(directories))) == ["a"]


def test_mount_points_are_met() -> None:
    with Directories("/") as directories:
        walk = Walk(directories, prefix="proc/no-such-file")
        assert list(walk) == []
        assert "proc" in walk.mounts_seen
        assert all(os.path.ismount(f"/{path}") for path in walk.mounts_seen)


def test_a_vanished_mount_is_unknown_and_stays_remembered(tmp_path: Path) -> None:
    plant(tmp_path, "a", "disk/left-behind", "disk!", "z", "disk%%/other")
    mounts = frozenset({"disk", "gone/deep", "disk/inner"})
    items = walked(tmp_path, mounts=mounts)
    assert keys(items) == ["a", "disk!", "disk/other", "z"]
    assert told(items) == [
        ("disk/", ObstacleKind.VANISHED_MOUNT, True),
        ("disk/inner/", ObstacleKind.VANISHED_MOUNT, True),
        ("gone/deep/", ObstacleKind.VANISHED_MOUNT, True),
    ]
    assert [item.key for item in items] == sorted(item.key for item in items)
    assert told(walked(tmp_path, "gone/deep/x", mounts)) == [("gone/deep/", ObstacleKind.VANISHED_MOUNT, True)]
    with Directories(str(tmp_path)) as directories:
        walk = Walk(directories, mounts=mounts)
        list(walk)
        assert walk.mounts_seen == mounts


def test_a_mount_that_goes_while_walking_is_noticed(tmp_path: Path) -> None:
    plant(tmp_path, "disk/left-behind")
    with Directories(str(tmp_path)) as directories:
        scanner = Scanner(directories, "", frozenset())
        scanner.mounts["disk"] = tmp_path.stat().st_dev
        rows = list(scanner.rows(Subtree("disk/", (Directory("disk", "disk"),))))
    assert [(row.key, row.rank, row.kind) for row in rows] == [("disk/", Rank.BARRIER, ObstacleKind.VANISHED_MOUNT)]
