"""The folder as a whole: opening, refusing, and what the parts do together."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kodokeep.errors import FolderFull, FolderUnusable
from kodokeep.local import workshop
from kodokeep.local.allocator import Allocator
from kodokeep.local.folder import LocalFolder
from kodokeep.local.overlap import overlapping
from kodokeep.model.entry import LocalEntry, RemoteEntry
from kodokeep.model.outcome import PlacedKind
from kodokeep.model.qetag import v1
from kodokeep.ports import Folder
from tests.unit.local.bench import RUN, Bench

OBJECT = RemoteEntry("a/b.png", 5, "Fqr0xh3cxeii2r7eDztILNmuqUNN", 17)


def test_it_is_what_the_engine_asks_for(folder: LocalFolder) -> None:
    port: Folder = folder
    assert list(port.walk("", frozenset())) == []


def test_opening_creates_everything(tmp_path: Path) -> None:
    root = tmp_path / "new" / "folder"
    LocalFolder.open(str(root), create=True).close()
    assert sorted(str(path.relative_to(root)) for path in root.rglob("*")) == [
        ".kodokeep",
        ".kodokeep/history",
        ".kodokeep/runs",
        ".kodokeep/tmp",
        ".kodokeep/tmp/clock.probe",
    ]


def test_looking_at_a_missing_folder_creates_nothing(tmp_path: Path) -> None:
    with LocalFolder.open(str(tmp_path / "missing"), create=False) as folder:
        assert list(folder.walk("", frozenset())) == []
        assert folder.mounts_seen() == frozenset()
        assert folder.content("a", ()) is None
    assert list(tmp_path.iterdir()) == []


def test_looking_at_a_folder_creates_nothing(bench: Bench) -> None:
    bench.write("a/b.png", "hello")
    with LocalFolder.open(str(bench.root), create=False) as folder:
        (entry,) = folder.walk("", frozenset())
        assert entry == LocalEntry("a/b.png", "a/b.png", bench.stamp("a/b.png"))
        content = folder.content("a/b.png", ())
        assert content is not None
        assert content.racy
        assert folder.free_bytes() > 0
        assert folder.mounts_seen() == frozenset()
    assert not bench.private.exists()


@pytest.mark.parametrize("create", [True, False])
def test_file_instead_of_a_folder(tmp_path: Path, create: bool) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match=str(tmp_path / "file")) as unusable:
        LocalFolder.open(str(tmp_path / "file"), create=create)
    assert unusable.value.exit_code == 2


def test_file_instead_of_a_parent(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match="a file is where the folder should be"):
        LocalFolder.open(str(tmp_path / "file" / "folder"), create=True)


def test_dangling_symlink_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    for create in (True, False):
        with pytest.raises(FolderUnusable, match=str(tmp_path / "link")):
            LocalFolder.open(str(tmp_path / "link"), create=create)


def test_symlink_to_a_folder_is_the_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    LocalFolder.open(str(tmp_path / "link"), create=True).close()
    assert (tmp_path / "folder" / ".kodokeep").is_dir()


@pytest.mark.parametrize("name", [".kodokeep", ".kodokeep/tmp", ".kodokeep/history", ".kodokeep/runs"])
@pytest.mark.parametrize("kind", ["symlink", "file"])
def test_own_directory_must_be_one(bench: Bench, tmp_path: Path, name: str, kind: str) -> None:
    place = bench.root / name
    place.parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    if kind == "symlink":
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.touch()
    with pytest.raises(FolderUnusable, match=f"{name} is a file or a symlink"):
        LocalFolder.open(str(bench.root), create=True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


AS_NOBODY = """
import os, sys
from kodokeep.errors import FolderUnusable
from kodokeep.local.folder import LocalFolder
if os.getuid() == 0:
    os.setuid(65534)
try:
    LocalFolder.open(sys.argv[1], create=True)
except FolderUnusable as error:
    print(error.message)
"""


@pytest.fixture
def locked() -> Iterator[Path]:
    """A directory that only its owner may write, where everybody may look: pytest's own is closed to others."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o555)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


@pytest.mark.parametrize(
    ("name", "message"), [("", "cannot write into the folder"), ("new", "cannot create the folder")]
)
def test_folder_that_cannot_be_written(locked: Path, name: str, message: str) -> None:
    root = str(locked / name)
    said = subprocess.run([sys.executable, "-c", AS_NOBODY, root], capture_output=True, text=True, check=True)
    assert said.stdout == f"{root}: {message}: Permission denied\n"


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def broken(*_: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_no_room_for_our_own_directory(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop, "DiskClock", no_space)
    with pytest.raises(FolderFull, match=str(bench.root)):
        LocalFolder.open(str(bench.root), create=True)


def test_no_room_for_a_directory(folder: LocalFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Allocator, "allocate", no_space)
    with pytest.raises(FolderFull):
        folder.allocate("a/b", None)


def test_no_room_at_the_sync(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kodokeep.local.durability._load_syncfs", lambda: no_space)
    with bench.open() as folder, pytest.raises(FolderFull):
        folder.sync()


def test_disk_that_cannot_write_at_the_sync(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kodokeep.local.durability._load_syncfs", lambda: broken)
    with bench.open() as folder, pytest.raises(FolderUnusable, match="the disk cannot write"):
        folder.sync()


def test_trouble_with_one_path_is_told_when_it_is_placed(
    bench: Bench, folder: LocalFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = bench.placement(folder, "a", "new")
    folder.forget_claims()
    monkeypatch.setattr(folder._shop.allocator._directories, "lstat", broken)
    monkeypatch.setattr(folder._shop.allocator._directories, "make_dirs", broken)
    assert folder.allocate("d/e", None) == "d/e"
    assert folder.history_location(RUN, "d/e") == f"history/{RUN}/d/e"
    assert folder.place(planned).kind is PlacedKind.FAILED


def test_missing_temp_is_told_when_it_is_placed(folder: LocalFolder) -> None:
    assert folder.temp_inode(folder.temp_for(OBJECT)) == 0


def test_temps_live_in_the_folder(bench: Bench, folder: LocalFolder) -> None:
    temp = Path(folder.temp_for(OBJECT))
    assert temp.parent == bench.private / "tmp"
    temp.touch()
    assert folder.temp_inode(str(temp)) == temp.stat().st_ino
    folder.drop_temps([str(temp)])
    assert temp.exists()
    folder.drop_temps([])
    assert not temp.exists()


def test_portable_names_are_given_out_where_they_are_wanted(bench: Bench) -> None:
    with LocalFolder.open(str(bench.root), create=True, portable_names=True) as folder:
        path = folder.allocate("d/what?", None)
        assert path == "d/what%%3F"
        assert folder.place(bench.placement(folder, path, "new")).kind is PlacedKind.DONE
        (entry,) = folder.walk("", frozenset())
        assert entry == LocalEntry("d/what?", path, bench.stamp(path))
        assert folder.allocate("d/WHAT?", None) == "d/WHAT%%3F%%"


def test_the_inode_of_a_file_that_is_gone_is_none(bench: Bench, folder: LocalFolder) -> None:
    file = bench.write("a", "content")
    assert folder.inode("a") == file.stat().st_ino
    file.unlink()
    assert folder.inode("a") == 0


def test_forgotten_claims_are_free_again(bench: Bench, folder: LocalFolder) -> None:
    assert folder.allocate("a", None) == "a"
    assert folder.history_location(RUN, "a") == f"history/{RUN}/a"
    folder.forget_claims()
    assert folder.allocate("a", None) == "a"
    assert folder.history_location(RUN, "a") == f"history/{RUN}/a"


def test_a_directory_that_moves_away_between_batches_takes_nothing_along(bench: Bench, folder: LocalFolder) -> None:
    folder.place(bench.placement(folder, "d/a", "new a"))
    (bench.root / "d").rename(bench.root.parent / "elsewhere")
    folder.sync()
    assert folder.place(bench.placement(folder, "d/b", "new b")).kind is PlacedKind.DONE
    assert bench.tree() == {"d/b": "new b"}


def test_unrecorded_history(bench: Bench, folder: LocalFolder) -> None:
    mtime_ns = bench.write("a/b", "old").stat().st_mtime_ns
    folder.place(bench.placement(folder, "a/b", None))
    assert list(folder.unrecorded_history(RUN)) == [(f"history/{RUN}/a/b", "a/b", 3, mtime_ns)]


def test_content(bench: Bench, folder: LocalFolder) -> None:
    text = "hello" * 1000
    bench.write("a", text)
    content = folder.content("a", (2500, 2500))
    assert content is not None
    assert content.content_hash == v1(text.encode())
    assert content.md5 == hashlib.md5(text.encode()).hexdigest()
    assert content.stamp == bench.stamp("a")
    assert content.same_parts_hash is not None
    assert content.same_parts_hash.startswith("n")


def test_content_of_an_old_file_is_not_racy(bench: Bench, folder: LocalFolder) -> None:
    bench.write("a", "hello")
    while folder._shop.clock.tick() < bench.stamp("a").ctime_ns + folder._shop.clock.granularity_ns:
        pass
    content = folder.content("a", ())
    assert content is not None
    assert not content.racy
    assert content.same_parts_hash is None


def test_content_of_a_file_written_just_now_is_racy(bench: Bench, folder: LocalFolder) -> None:
    folder._shop.clock.granularity_ns = 3600 * 10**9
    bench.write("a", "hello")
    content = folder.content("a", ())
    assert content is not None
    assert content.racy


@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        lambda path: path.mkdir(),
        lambda path: path.symlink_to(__file__),
        os.mkfifo,
    ],
    ids=["missing", "directory", "symlink", "fifo"],
)
def test_content_of_what_is_no_file(bench: Bench, folder: LocalFolder, make: Callable[[Path], object]) -> None:
    make(bench.root / "a")
    assert folder.content("a", ()) is None


def test_content_below_a_symlink(bench: Bench, folder: LocalFolder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b").touch()
    (bench.root / "a").symlink_to(tmp_path / "outside")
    assert folder.content("a/b", ()) is None


def test_content_that_changes_while_it_is_read(
    bench: Bench, folder: LocalFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = bench.write("a", "hello")
    real = os.readv

    def read_and_append(fd: int, buffers: list[bytearray]) -> int:
        count = real(fd, buffers)
        if count == 5:
            with file.open("a") as appending:
                appending.write(" world")
        return count

    monkeypatch.setattr(os, "readv", read_and_append)
    assert folder.content("a", ()) is None


def test_folders_apart_do_not_overlap(tmp_path: Path) -> None:
    folders = {"a": tmp_path / "a", "b": tmp_path / "ab", "c": tmp_path / "c" / "d"}
    (tmp_path / "a").mkdir()
    assert overlapping({name: str(path) for name, path in folders.items()}) == []


def test_equal_and_nested_folders_overlap(tmp_path: Path) -> None:
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    folders = {
        "outer": tmp_path / "real",
        "same": tmp_path / "link",
        "inner": tmp_path / "link" / "inner",
        "future": tmp_path / "real" / "not" / "yet",
        "apart": tmp_path / "other",
    }
    assert set(overlapping({name: str(path) for name, path in folders.items()})) == {
        ("outer", "same"),
        ("outer", "inner"),
        ("outer", "future"),
        ("same", "inner"),
        ("same", "future"),
    }


def test_folders_that_do_not_exist_yet(tmp_path: Path) -> None:
    folders = {"one": str(tmp_path / "x"), "two": str(tmp_path / "x" / "y"), "three": str(tmp_path / "xy")}
    assert overlapping(folders) == [("one", "two")]
