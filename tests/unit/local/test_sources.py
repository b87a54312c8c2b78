"""Files that are read to be uploaded: only what was seen, and every change in between is noticed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kodokeep.local.folder import LocalFolder
from kodokeep.model.entry import Stamp
from kodokeep.ports import Source
from tests.unit.local.bench import Bench


@pytest.fixture
def source(bench: Bench, folder: LocalFolder) -> Iterator[Source]:
    bench.write("d/a", "0123456789")
    source = folder.open_source("d/a", bench.stamp("d/a"))
    assert source is not None
    yield source
    source.close()


def test_a_file_is_read_anywhere(source: Source) -> None:
    assert source.size_bytes == 10
    assert (source.read(0, 4), source.read(8, 100), source.read(10, 1)) == (b"0123", b"89", b"")
    assert source.unchanged()


def edited_in_place(file: Path) -> None:
    stamp = file.stat()
    with file.open("r+") as writing:
        writing.write("X")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def replaced(file: Path) -> None:
    stamp = file.stat()
    other = file.with_name("other")
    other.write_text("9876543210")
    os.utime(other, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    other.replace(file)


def in_use(file: Path) -> None:
    """Somebody has had it open for writing all along."""
    with file.open("a") as writing:
        writing.write("more")


@pytest.mark.parametrize(
    "meddling",
    [
        edited_in_place,
        replaced,
        in_use,
        Path.unlink,
        lambda file: file.rename(file.with_name("b")),
        lambda file: os.truncate(file, 3),
    ],
    ids=["edited-with-old-mtime", "replaced-with-old-mtime", "in-use", "removed", "renamed", "cut"],
)
def test_every_change_is_noticed(bench: Bench, source: Source, meddling: Callable[[Path], object]) -> None:
    meddling(bench.root / "d/a")
    assert not source.unchanged()


def test_what_is_read_of_a_replaced_file_is_the_old_content(bench: Bench, source: Source) -> None:
    replaced(bench.root / "d/a")
    assert source.read(0, 10) == b"0123456789"


def test_closing_twice_does_no_harm(source: Source) -> None:
    source.close()
    source.close()
    assert not source.unchanged()


@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        lambda path: path.write_text("another content"),
        lambda path: path.mkdir(),
        lambda path: path.symlink_to(__file__),
        os.mkfifo,
    ],
    ids=["missing", "changed", "directory", "symlink", "fifo"],
)
def test_what_was_not_seen_like_this_is_not_opened(
    bench: Bench, folder: LocalFolder, make: Callable[[Path], object]
) -> None:
    make(bench.root / "a")
    assert folder.open_source("a", Stamp(10, 1, 1)) is None


def test_no_descriptor_is_left_over(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a", "content")
    folder.open_source("a", bench.stamp("a"))
    before = sum(1 for _ in Path("/proc/self/fd").iterdir())
    for _ in range(5):
        assert folder.open_source("a", Stamp(1, 1, 1)) is None
        source = folder.open_source("a", bench.stamp("a"))
        assert source is not None
        source.close()
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) == before


def test_a_file_changed_just_now_is_racy_and_an_old_one_is_not(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a", "content")
    for granularity_ns, racy in ((3600 * 10**9, True), (0, False)):
        folder._shop.clock.granularity_ns = granularity_ns
        source = folder.open_source("a", bench.stamp("a"))
        assert source is not None
        assert source.racy is racy
        source.close()


def test_progress_is_found_again_by_the_same_content_only(bench: Bench, folder: LocalFolder) -> None:
    stamp = Stamp(10, 20, 30)
    progress = folder.progress_for("a/b", stamp)
    assert progress == folder.progress_for("a/b", stamp)
    assert Path(progress).parent == bench.private / "tmp"
    others = [("a/c", stamp), ("a/b", Stamp(11, 20, 30)), ("a/b", Stamp(10, 21, 30)), ("a/b", Stamp(10, 20, 31))]
    assert len({progress, *(folder.progress_for(key, other) for key, other in others)}) == 5


def test_progress_is_dropped_with_the_temps_unless_it_is_kept(bench: Bench, folder: LocalFolder) -> None:
    kept, stray = (Path(folder.progress_for(key, Stamp(1, 2, 3))) for key in ("kept", "stray"))
    kept.touch()
    stray.touch()
    folder.drop_temps([str(kept)])
    assert (kept.exists(), stray.exists()) == (True, False)
    assert folder.partial_bytes() == 0
