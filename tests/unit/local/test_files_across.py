"""A mount inside the tree: files are copied, verified and synced where a rename cannot go (rule 9)."""

import errno
import os
from pathlib import Path

import pytest

from kodokeep.local import moves
from kodokeep.local.spot import Spot
from kodokeep.model.outcome import Placed, PlacedKind
from tests.unit.local.bench import MTIME_NS, RUN, Bench, World, across_devices


def place(bench: Bench, path: str, content: str | None, world: World | None = None) -> Placed:
    with bench.open(world, across_devices) as folder:
        return folder.place(bench.placement(folder, path, content))


def test_new_file(bench: Bench) -> None:
    placed = place(bench, "mount/a", "new")
    assert (placed.kind, placed.stamp) == (PlacedKind.DONE, bench.stamp("mount/a"))
    assert (bench.tree(), bench.temps()) == ({"mount/a": "new"}, [])
    assert bench.stamp("mount/a").mtime_ns == MTIME_NS


def test_replaced_and_removed_files_are_copied_into_history(bench: Bench) -> None:
    old_mtime_ns = bench.write("mount/a", "old a").stat().st_mtime_ns
    bench.write("mount/b", "old b")
    assert place(bench, "mount/a", "new").kind is PlacedKind.DONE
    assert place(bench, "mount/b", None).kind is PlacedKind.DONE
    assert bench.tree() == {"mount/a": "new"}
    assert bench.history() == {f"history/{RUN}/mount/a": "old a", f"history/{RUN}/mount/b": "old b"}
    assert (bench.private / f"history/{RUN}/mount/a").stat().st_mtime_ns == old_mtime_ns


def test_mode_of_a_file_goes_with_it(bench: Bench) -> None:
    bench.write("mount/a", "old").chmod(0o640)
    place(bench, "mount/a", None)
    assert (bench.private / f"history/{RUN}/mount/a").stat().st_mode & 0o777 == 0o640


class Editor(World):
    """Somebody acts before the last of these operations so far."""

    def __init__(self, path: Path, operation: str) -> None:
        super().__init__()
        self._path = path
        self._operation = operation

    def checkpoint(self, operation: str) -> None:
        super().checkpoint(operation)
        if operation == self._operation:
            self._path.write_text("edited")


@pytest.mark.parametrize("content", ["new", None], ids=["replace", "remove"])
def test_edit_while_copying_keeps_the_edited_file(bench: Bench, content: str | None) -> None:
    file = bench.write("mount/a", "old")
    placed = place(bench, "mount/a", content, Editor(file, "rename-copy"))
    assert placed == Placed(PlacedKind.STALE, detail="the file changed while it was copied")
    assert (bench.tree(), bench.history()) == ({"mount/a": "edited"}, {})


def test_taken_place_puts_nothing_over_it(bench: Bench) -> None:
    file = bench.root / "mount/a"
    placed = place(bench, "mount/a", "new", Editor(file, "rename-copy"))
    assert placed.kind is PlacedKind.STALE
    assert (bench.tree(), bench.temps()) == ({"mount/a": "edited"}, ["new"])


def test_full_mount_puts_the_old_file_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write("mount/a", "old")
    real = moves._copy_verified

    def copy(source: Spot, target: Spot) -> None:
        real(source, target)
        if source.name.endswith(".part"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(moves, "_copy_verified", copy)
    assert place(bench, "mount/a", "new").kind is PlacedKind.FAILED
    assert (bench.tree(), bench.history()) == ({"mount/a": "old"}, {})
    assert bench.temps() == ["new"]
    assert not list(bench.root.rglob("kodoke~*"))


def test_copy_that_reads_back_differently_fails(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def corrupt(fd: int) -> None:
        os.pwrite(fd, b"X", 0)

    monkeypatch.setattr(moves, "sync_descriptor", corrupt)
    assert place(bench, "mount/a", "new") == Placed(PlacedKind.FAILED, detail="a copy reads back differently")
    assert (bench.tree(), bench.temps()) == ({}, ["new"])


def test_large_file_is_copied_whole(bench: Bench) -> None:
    content = "0123456789" * 500_000
    place(bench, "mount/a", content)
    assert bench.tree() == {"mount/a": content}


def test_leftover_of_an_earlier_copy_is_no_obstacle(bench: Bench) -> None:
    bench.write("mount/a", "old")
    with bench.open(rename=across_devices) as folder:
        planned = bench.placement(folder, "mount/a", "new")
        name = moves.staged(Spot(-1, "a")).name
        bench.write(f"mount/{name}", "half a co")
        assert folder.place(planned).kind is PlacedKind.DONE
    assert bench.tree() == {"mount/a": "new"}
