"""A disk that fills up: what was finished is kept, nothing is half, and with room again the next run completes."""

import subprocess
from collections.abc import Mapping

import pytest

from tests.system.mounts import Mounts, fill
from tests.system.pair import Pair

pytestmark = pytest.mark.system

BATCH = 1000
"""Objects that are committed together."""


def small_objects(prefix: str, count: int) -> dict[str, bytes]:
    """Objects of a few bytes, of which each takes a whole block of the disk."""
    return {f"{prefix}/{number:05d}": f"{prefix} {number}".encode() for number in range(count)}


def assert_nothing_half(pair: Pair, tree: Mapping[str, bytes]) -> None:
    """Every file of the tree is a whole object."""
    assert tree.items() <= pair.objects.items()


def test_a_plan_larger_than_the_disk_changes_nothing(pair: Pair, mounts: Mounts) -> None:
    mounts.tmpfs(pair.folder, "2M")
    pair.put({"large": bytes(4_000_000), "small": b"x"})
    result = pair.run()
    assert result.exit == 3
    assert "4,000,001 bytes" in result.summary["error"]
    assert str(pair.folder) in result.stderr
    assert pair.tree() == {}

    pair.delete("large")
    assert pair.run().exit == 0
    assert pair.tree() == pair.objects


def test_another_writer_fills_the_disk_in_the_middle(pair: Pair, mounts: Mounts) -> None:
    mounts.tmpfs(pair.root / "mount", "16M")
    pair.configure(pair.root / "mount" / "folder")
    pair.put(small_objects("a", BATCH) | small_objects("b", 200))
    pair.emulator.faults([{"host": "io", "path": "^b/", "delay_s": 3}])
    with subprocess.Popen(
        pair.command(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=pair.environment
    ) as process:
        assert process.stdout is not None
        said = b""
        while b'"outcome"' not in said:  # the first batch is committed, the second one waits for the server
            line = process.stdout.readline()
            assert line, process.stderr
            said += line
        filler = fill(pair.root / "mount")
        result = pair.ended(process, said)
    assert result.exit == 3
    assert "No space left" in result.stderr or "no room left" in result.stderr
    assert result.summary["downloaded"] == BATCH
    assert_nothing_half(pair, pair.tree())
    assert len(pair.tree()) >= BATCH

    filler.unlink()
    pair.emulator.clear_faults()
    again = pair.run()
    assert again.exit == 0, again
    assert again.summary["unchanged"] == BATCH
    assert pair.tree() == pair.objects
    assert pair.run().counts() == {"unchanged": len(pair.objects)}


@pytest.mark.parametrize("size", ["3M", "7M"])
def test_objects_take_more_room_than_their_bytes(pair: Pair, mounts: Mounts, size: str) -> None:
    """The free space is enough for the bytes, not for the blocks, so the disk is full when the state is written."""
    mounts.tmpfs(pair.folder, size)
    pair.put(small_objects("a", 2 * BATCH + 500))
    result = pair.run()
    assert result.exit == 3, result
    assert result.summary["error"]
    before = pair.tree()
    assert_nothing_half(pair, before)

    subprocess.run(["mount", "-o", "remount,size=64M", pair.folder], check=True)
    again = pair.run()
    assert again.exit == 0, again
    assert again.summary["unchanged"] >= result.summary["downloaded"]
    assert pair.tree() == pair.objects
    assert pair.run().counts() == {"unchanged": len(pair.objects)}


@pytest.mark.parametrize("inodes", [30, 200])
def test_a_disk_without_inodes_is_full(pair: Pair, mounts: Mounts, inodes: int) -> None:
    mounts.tmpfs(pair.folder, "64M", inodes=inodes)
    pair.put(small_objects("a", 300))
    result = pair.run()
    assert result.exit == 3, result
    assert_nothing_half(pair, pair.tree())

    subprocess.run(["mount", "-o", "remount,nr_inodes=5000", pair.folder], check=True)
    assert pair.run().exit == 0
    assert pair.tree() == pair.objects


@pytest.mark.parametrize("room", [0, 4, 16])
def test_full_while_old_files_leave(pair: Pair, mounts: Mounts, room: int) -> None:
    """Deletions need no room for contents, but history, the run log and the state grow. `room` is in pages."""
    mounts.tmpfs(pair.root / "mount", "16M")
    pair.configure(pair.root / "mount" / "folder")
    pair.put(small_objects("a", 60))
    assert pair.run().exit == 0
    gone = {key: pair.objects[key] for key in list(pair.objects)[:12]}
    pair.delete(*gone)
    filler = fill(pair.root / "mount")
    subprocess.run(["truncate", f"--size=-{room * 4096}", filler], check=True)

    result = pair.run()
    assert result.exit in ({3} if room < 4 else {0, 3}), result
    kept = sorted([*pair.tree().values(), *pair.history()])
    assert kept == sorted([*pair.objects.values(), *gone.values()])

    filler.unlink()
    again = pair.run()
    assert again.exit == 0, again
    assert pair.tree() == pair.objects
    assert pair.history() == sorted(gone.values())
    assert pair.run().counts() == {"unchanged": len(pair.objects)}


@pytest.mark.parametrize("room", [1, 40])
def test_full_while_contents_are_replaced(pair: Pair, mounts: Mounts, room: int) -> None:
    mounts.tmpfs(pair.root / "mount", "16M")
    pair.configure(pair.root / "mount" / "folder")
    pair.put(small_objects("a", 200))
    assert pair.run().exit == 0
    old = {key: pair.objects[key] for key in list(pair.objects)[:40]}
    pair.put({key: b"new " + data for key, data in old.items()})
    filler = fill(pair.root / "mount")
    subprocess.run(["truncate", f"--size=-{room * 4096}", filler], check=True)

    result = pair.run()
    assert result.exit == 3, result
    everything = set(pair.tree().values()) | set(pair.history())
    assert set(old.values()) <= everything, "an old content is lost"

    filler.unlink()
    again = pair.run()
    assert again.exit == 0, again
    assert pair.tree() == pair.objects
    assert pair.history() == sorted(old.values())
    assert pair.run().counts() == {"unchanged": len(pair.objects)}
