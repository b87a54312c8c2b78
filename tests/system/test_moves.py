"""Renames within the folder on file systems that people have, and every crash in the middle of one (rules 9, 10)."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from kodokeep.local.rename import rename_no_replace
from kodokeep.model.outcome import PlacedKind, Placement
from tests.system.mounts import Mounts
from tests.unit.local.bench import Bench, Crash, World

pytestmark = pytest.mark.system

MIB = 2**20
DISKS: dict[str, Callable[[Mounts, Path], None]] = {
    "btrfs": lambda mounts, place: mounts.image(place, 128 * MIB, "mkfs.btrfs", "-q"),
    "xfs": lambda mounts, place: mounts.image(place, 320 * MIB, "mkfs.xfs", "-q"),
    "exfat": lambda mounts, place: mounts.exfat(place, 64 * MIB),
    "ntfs": lambda mounts, place: mounts.ntfs(place, 64 * MIB, "windows_names"),
    "ntfs in lower case": lambda mounts, place: mounts.ntfs(place, 64 * MIB, "ignore_case,windows_names"),
}


@pytest.fixture(params=DISKS)
def bench(request: pytest.FixtureRequest, mounts: Mounts, tmp_path: Path) -> Bench:
    DISKS[request.param](mounts, tmp_path / "disk")
    bench = Bench(tmp_path / "disk")
    bench.write("d/a", "content of a")
    bench.write("d/b", "content of b")
    return bench


def test_a_swap_is_finished_after_any_crash(bench: Bench) -> None:
    for stop_before in range(7):
        contents = bench.tree()
        world = World(stop_before)
        with bench.open(world) as folder:
            world.operations.clear()
            parking, seen = folder.parking_path("d/a"), bench.stamp("d/a")
            moves = [bench.move("d/a", parking), bench.move("d/b", "d/a"), bench.move(parking, "d/b", seen)]
            with suppress(Crash):
                for move in moves:
                    assert folder.place(move).kind is PlacedKind.DONE
        with bench.open() as folder:
            assert [folder.settle(move).kind for move in moves] == [PlacedKind.DONE] * 3
            assert list(folder.recover_parked("20261122T030000Z")) == []
        assert bench.tree() == {"d/a": contents["d/b"], "d/b": contents["d/a"]}


def test_a_case_only_rename_is_finished_after_any_crash(bench: Bench) -> None:
    for stop_before in range(5):
        world = World(stop_before)
        with bench.open(world, rename_no_replace) as folder:
            path = folder.allocate("d/A", None, "d/a")
            planned = bench.move("d/a", path)
            world.operations.clear()
            with suppress(Crash):
                assert folder.place(planned).kind is PlacedKind.DONE
        with bench.open() as folder:
            assert folder.settle(planned).kind is PlacedKind.DONE
            folder.sync()
            assert [(entry.key, entry.path) for entry in folder.walk("", frozenset())] == [
                ("d/A", path),
                ("d/b", "d/b"),
            ]
            assert list(folder.recover_parked("20261122T030000Z")) == []
            back = Placement("d/a", None, 0, 0, None, None, path, bench.stamp(path))
            assert folder.place(back).kind is PlacedKind.DONE
        assert bench.tree() == {"d/a": "content of a", "d/b": "content of b"}


def test_copies_are_files_of_their_own(bench: Bench) -> None:
    text = "shared blocks " * 100_000
    file = bench.write("d/large", text)
    temp = bench.private / "tmp" / "copy.part"
    with bench.open() as folder:
        assert folder.copy_to_temp("d/large", str(temp)) is not None
    file.write_text("edited")
    assert temp.read_text() == text
