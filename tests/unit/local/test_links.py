"""Symlinks that are followed: read as what they point to, inside the folder only, never written through."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kodokeep.local import links as links_module
from kodokeep.local.dirs import Directories
from kodokeep.local.folder import LocalFolder
from kodokeep.local.links import Links
from kodokeep.local.walk import Walk
from kodokeep.model.entry import LocalEntry, Obstacle, ObstacleKind
from kodokeep.model.options import Symlinks
from kodokeep.model.outcome import PlacedKind
from kodokeep.model.qetag import v1
from tests.unit.local.bench import Bench


@pytest.fixture
def root(bench: Bench) -> Path:
    bench.root.mkdir()
    return bench.root


def walked(root: Path, prefix: str = "", mounts: frozenset[str] = frozenset()) -> list[LocalEntry | Obstacle]:
    with Directories(str(root)) as directories:
        return list(Walk(directories, prefix=prefix, mounts=mounts, links=Links(str(root))))


def files(items: list[LocalEntry | Obstacle]) -> dict[str, tuple[str, bool]]:
    return {item.key: (item.path, item.link) for item in items if isinstance(item, LocalEntry)}


def told(items: list[LocalEntry | Obstacle]) -> list[tuple[str, str]]:
    return [(item.key, item.detail) for item in items if isinstance(item, Obstacle)]


def test_a_link_is_the_file_or_directory_it_points_to(bench: Bench, root: Path) -> None:
    bench.write("real/deep/x", "x")
    bench.write("z", "z")
    (root / "file").symlink_to("real/deep/x")
    (root / "dir").symlink_to("real")
    (root / "real/deep/up").symlink_to("../../z")
    (root / "absolute").symlink_to(root / "z")
    (root / "part%%+").symlink_to("real/deep")
    items = walked(root)
    assert files(items) == {
        "absolute": ("absolute", True),
        "dir/deep/up": ("dir/deep/up", True),
        "dir/deep/x": ("dir/deep/x", True),
        "file": ("file", True),
        "partup": ("part%%+/up", True),
        "partx": ("part%%+/x", True),
        "real/deep/up": ("real/deep/up", True),
        "real/deep/x": ("real/deep/x", False),
        "z": ("z", False),
    }
    assert told(items) == []
    assert [item.key for item in items] == sorted(item.key for item in items)
    stamps = {item.key: item.stamp for item in items if isinstance(item, LocalEntry)}
    assert stamps["file"] == stamps["dir/deep/x"] == bench.stamp("real/deep/x")


def test_links_to_links_are_followed_to_the_end(bench: Bench, root: Path) -> None:
    bench.write("real/x", "x")
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("real")
    assert sorted(files(walked(root))) == ["a/x", "b/x", "real/x"]


def test_what_leads_nowhere_out_or_in_circles_stays_an_obstacle(bench: Bench, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").touch()
    (root / ".kodokeep/tmp").mkdir(parents=True)
    bench.write("d/e/x", "x")
    os.mkfifo(root / "d/fifo")
    for name, target in {
        "dangling": "nowhere",
        "itself": "itself",
        "above": "..",
        "outside": "../outside",
        "private": ".kodokeep/tmp",
        "root": ".",
        "pipe": "d/fifo",
        "d/e/parent": "..",
        "d/e/same": ".",
    }.items():
        (root / name).symlink_to(target)
    items = walked(root)
    assert files(items) == {"d/e/x": ("d/e/x", False)}
    details = dict(told(items))
    for key, detail in {
        "dangling": "to nothing",
        "itself": "cannot be followed",
        "above": "out of the folder",
        "outside": "out of the folder",
        "private": "no part of the tree",
        "root": "that it stands in",
        "pipe": "no regular file",
        "d/e/parent": "that it stands in",
        "d/e/same": "that it stands in",
    }.items():
        assert detail in details[key]
        assert detail in details[f"{key}/"], "it may stand for all keys below, too"


def test_links_that_lead_to_each_others_directories_end(bench: Bench, root: Path) -> None:
    bench.write("a/x", "x")
    bench.write("b/y", "y")
    (root / "a/to-b").symlink_to("../b")
    (root / "b/to-a").symlink_to("../a")
    items = walked(root)
    assert sorted(files(items)) == ["a/to-b/y", "a/x", "b/to-a/x", "b/y"]
    assert [key for key, _ in told(items)] == ["a/to-b/to-a", "a/to-b/to-a/", "b/to-a/to-b", "b/to-a/to-b/"]


def test_a_root_that_is_reached_through_a_link_has_the_same_inside(bench: Bench, root: Path, tmp_path: Path) -> None:
    bench.write("real/x", "x")
    (tmp_path / "way").symlink_to(root)
    (root / "dir").symlink_to(tmp_path / "way/real")
    assert sorted(files(walked(tmp_path / "way"))) == ["dir/x", "real/x"]


def test_a_prefix_below_a_link_is_found(bench: Bench, root: Path) -> None:
    bench.write("real/deep/x", "x")
    bench.write("real/y", "y")
    (root / "dir").symlink_to("real")
    assert sorted(files(walked(root, "dir/deep/"))) == ["dir/deep/x"]


def test_a_vanished_mount_is_unknown_by_every_way_that_leads_to_it(bench: Bench, root: Path) -> None:
    bench.write("real/mount/left-behind/x", "x")
    (root / "dir").symlink_to("real")
    (root / "into").symlink_to("real/mount/left-behind")
    items = walked(root, mounts=frozenset({"real/mount"}))
    assert files(items) == {}
    covered = [item.key for item in items if isinstance(item, Obstacle) and item.covers_prefix]
    assert covered == ["dir/mount/", "into/", "real/mount/"]


class Unreadable(Directories):
    @contextmanager
    def open_dir(self, path: str) -> Iterator[int]:
        if path == "real":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        with super().open_dir(path) as fd:
            yield fd


def test_an_unreadable_directory_behind_a_link_covers_its_prefix(bench: Bench, root: Path) -> None:
    bench.write("real/x", "x")
    (root / "dir").symlink_to("real")
    with Unreadable(str(root)) as directories:
        items = list(Walk(directories, links=Links(str(root))))
    assert [(item.key, item.kind) for item in items if isinstance(item, Obstacle)] == [
        ("dir/", ObstacleKind.UNREADABLE),
        ("real/", ObstacleKind.UNREADABLE),
    ]


@pytest.fixture
def folder(bench: Bench, root: Path) -> Iterator[LocalFolder]:
    bench.write("real/x", "content")
    (root / "dir").symlink_to("real")
    (root / "file").symlink_to("real/x")
    with LocalFolder.open(str(root), create=True, symlinks=Symlinks.FOLLOW) as folder:
        yield folder


@pytest.mark.parametrize("path", ["dir/x", "file", "real/x"])
def test_a_followed_file_can_be_read(bench: Bench, folder: LocalFolder, path: str) -> None:
    stamp = bench.stamp("real/x")
    content = folder.content(path, ())
    assert content is not None
    assert (content.content_hash, content.stamp) == (v1(b"content"), stamp)
    source = folder.open_source(path, stamp)
    assert source is not None
    assert (source.read(0, 100), source.unchanged()) == (b"content", True)
    source.close()
    temp = str(bench.private / "tmp" / "some.part")
    assert folder.copy_to_temp(path, temp) is not None
    assert Path(temp).read_text() == "content"


def test_a_link_that_leads_elsewhere_now_is_not_read(bench: Bench, folder: LocalFolder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("content")
    for target in ("nowhere", tmp_path / "secret"):
        (bench.root / "file").unlink()
        (bench.root / "file").symlink_to(target)
        assert folder.content("file", ()) is None
        assert folder.open_source("file", bench.stamp("real/x")) is None


def test_a_link_that_is_turned_outwards_in_the_last_moment_is_not_read(
    bench: Bench, folder: LocalFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x").write_text("secret")
    real = links_module.Links.real

    def then_swapped(links: Links, path: str) -> str:
        found = real(links, path)
        (bench.root / "real").rename(bench.root / "moved")
        (bench.root / "real").symlink_to(tmp_path / "outside")
        return found

    monkeypatch.setattr(links_module.Links, "real", then_swapped)
    assert folder.content("dir/x", ()) is None


def test_nothing_is_changed_through_a_link(bench: Bench, folder: LocalFolder) -> None:
    for path in ("dir/x", "file"):
        for content in ("new", None):
            assert folder.place(bench.placement(folder, path, content)).kind is PlacedKind.STALE
    assert folder.place(bench.move("real/x", "dir/y")).kind is PlacedKind.STALE
    assert folder.allocate("dir/new", None) == "dir%%/new"
    assert (bench.root / "real/x").read_text() == "content"
    assert (bench.root / "file").is_symlink()
    assert bench.history() == {}


def test_without_follow_nothing_changes(bench: Bench, root: Path) -> None:
    bench.write("real/x", "x")
    (root / "dir").symlink_to("real")
    with LocalFolder.open(str(root), create=False) as folder:
        items = list(folder.walk("", frozenset()))
        assert folder.content("dir/x", ()) is None
    assert files(items) == {"real/x": ("real/x", False)}
    assert [key for key, _ in told(items)] == ["dir", "dir/"]
