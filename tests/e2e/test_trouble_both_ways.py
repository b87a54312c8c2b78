"""Trouble in each phase of a run both ways: the sums hold, the exit code tells, the next run settles it (rule 32)."""

import errno
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from kodokeep import app
from kodokeep.execution import batch, numbered
from kodokeep.local.folder import LocalFolder
from kodokeep.local.moves import Moves
from kodokeep.local.spot import Spot
from tests.e2e.kit import Result, World

CONTENTS = {f"k/{number:02}": b"content number %d" % number for number in range(40)}
KEYS = sorted(CONTENTS)
CALLS = ("listing", "download", "upload", "stat_many", "move_many", "copy_many", "delete_many")


@pytest.fixture
def busy(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Both sides have something to do in every phase, and every chunk has several others behind it."""
    world.configure(mode="sync", deletions="propagate", guard_objects=1000)
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    monkeypatch.setattr(numbered, "CHUNK_ACTIONS", 3)
    monkeypatch.setattr(batch, "BATCH_OBJECTS", 3)
    for number in range(4):
        name = f"{number:02}"
        world.write(f"new/{name}", b"new here %s" % name.encode())
        world.write(KEYS[number], b"edited here %s" % name.encode())
        (world.folder / KEYS[4 + number]).unlink()
        (world.folder / KEYS[8 + number]).rename(world.folder / f"k/renamed-{name}")
        world.write(f"copy/{name}", CONTENTS[KEYS[39]])
        world.put(f"there/{name}", b"new there %s" % name.encode())
        world.put(KEYS[12 + number], b"edited there %s" % name.encode())
        world.delete(KEYS[16 + number])
        world.emulator.move(world.bucket, KEYS[20 + number], f"k/relabelled-{name}")
        world.put(KEYS[24 + number], b"one edit %s" % name.encode())
        world.write(KEYS[24 + number], b"another edit, elsewhere %s" % name.encode())
    for names in (KEYS[28:31], KEYS[31:33]):  # cycles here and there
        rotate(world, names)
    for key, target in ((KEYS[33], "spare"), (KEYS[34], KEYS[33]), ("spare", KEYS[34])):
        world.emulator.move(world.bucket, key, target)
    yield world
    world.emulator.clear_faults()
    world.emulator.manage("POST", f"/setbucketquota/{world.bucket}/size/-1/count/-1")


def rotate(world: World, names: list[str]) -> None:
    for name in names:
        (world.folder / name).rename(world.folder / f"{name}.away")
    for name, target in zip(names, (*names[1:], names[0]), strict=True):
        (world.folder / f"{name}.away").rename(world.folder / target)


def contents(world: World) -> set[bytes]:
    return {*world.tree().values(), *world.remote().values(), *world.history().values()}


def check_settled_by_the_next_run(world: World, before: set[bytes]) -> None:
    assert contents(world) >= before
    result = world.run()
    assert result.exit == 0, result.stderr
    for _ in range(2):
        assert world.run().exit == 0
    assert contents(world) >= before
    assert world.tree() == world.remote()
    assert not [key for key in world.remote() if "/moving/" in key]
    assert set(world.run().counts()) == {"unchanged"}
    world.check_nothing_pending()


def test_every_phase_goes_on_over_the_borders_of_chunks(busy: World) -> None:
    before = contents(busy)
    result = busy.run()
    assert (result.exit, result.counts()) == (
        0,
        {
            "uploaded": 12, "copied": 4, "moved": 15, "deleted": 8, "downloaded": 8, "conflicts": 4, "archived": 16,
            "unchanged": 5,
        },
    )  # fmt: skip
    check_settled_by_the_next_run(busy, before)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("time", [1, 2])
def test_a_stop_in_any_phase(busy: World, call: str, time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before, left, original = contents(busy), [time], getattr(app.KodoBucket, call)

    def interrupted(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return original(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(app.KodoBucket, call, interrupted)
        result = busy.run(whole_listing=False)
    if left[0] > 0:
        assert (call, result.exit) == ("listing", 0)
        return
    assert result.exit == 130
    check_settled_by_the_next_run(busy, before)


FAULTS: dict[str, list[dict[str, object]]] = {
    "uploads refused": [{"host": "up", "status": 599}],
    "uploads cut off": [{"host": "up", "reset_at": 0}],
    "batches refused": [{"host": "rs", "path": "^/batch", "status": 599}],
    "batches cut off": [{"host": "rs", "path": "^/batch", "reset_at": 0}],
    "downloads refused": [{"host": "io", "status": 599}, {"host": "io_src", "status": 599}],
    "nothing but the listing": [{"host": host, "status": 599} for host in ("up", "rs", "io", "io_src")],
    "every other operation of a batch": [{"host": "rs", "path": "[02468]$", "operation_status": 573}],
    "one key of a cycle": [{"host": "rs", "path": f":{KEYS[29]}$", "operation_status": 403}],
    "the way to the parking": [{"host": "rs", "path": "/moving/", "operation_status": 403}],
    "the way from the parking": [{"host": "rs", "path": "/moving/", "operation_status": 403, "nth": [3, 4, 5, 6, 7]}],
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_host_that_is_away(busy: World, name: str) -> None:
    before = contents(busy)
    busy.emulator.faults(FAULTS[name])
    result = busy.run(whole_listing=False)
    assert result.exit in ((0,) if name == "uploads cut off" else (3, 6))  # only their replies were
    assert (result.exit == 0) == (result.summary["failed"] == 0 and not result.summary["error"])
    busy.emulator.clear_faults()
    check_settled_by_the_next_run(busy, before)


def test_a_full_bucket_takes_nothing_more_and_still_gives_up_what_was_deleted(busy: World) -> None:
    """Or else nobody could make room by deleting files."""
    before = contents(busy)
    busy.emulator.manage("POST", f"/setbucketquota/{busy.bucket}/size/-1/count/1")
    result = busy.run(whole_listing=False)
    assert (result.exit, "the bucket is full" in result.stderr) == (6, True)
    assert result.summary["deleted"] == 8
    busy.emulator.manage("POST", f"/setbucketquota/{busy.bucket}/size/-1/count/-1")
    check_settled_by_the_next_run(busy, before)


@pytest.mark.parametrize("place", [1, 5, 9, 14, 20, 26, 33])
def test_a_disk_that_fills_up(busy: World, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before, move, left = contents(busy), Moves.move, [place]

    def fills_up(self: Moves, source: Spot, target: Spot, operation: str) -> bool:
        left[0] -= 1
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return move(self, source, target, operation)

    with monkeypatch.context() as patched:
        patched.setattr(Moves, "move", fills_up)
        result = busy.run(whole_listing=False)
    assert result.exit == 3
    check_settled_by_the_next_run(busy, before)


def test_what_was_saved_before_the_line_was_cut_is_not_fetched_again_and_needs_no_room(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.configure(mode="sync", guard_objects=1000)
    old = {f"{number}": b"%d" % number * 1000 for number in range(5)}
    world.put_many(CONTENTS | old)
    assert world.run().exit == 0
    for key in old:
        world.write(key, b"edited " + key.encode())
    world.emulator.faults([{"host": "up", "status": 599}])
    assert world.run(whole_listing=False).exit in (3, 6)
    assert sorted(world.history().values()) == sorted(old.values())
    world.emulator.clear_faults()
    monkeypatch.setattr(LocalFolder, "free_bytes", lambda _: 2000)
    result: Result = world.run()
    assert (result.exit, result.summary["uploaded"], result.downloads()) == (0, 5, [])
    assert world.tree() == world.remote()
