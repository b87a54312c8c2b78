"""Disks that fill up, lie about time, or hold what nobody expects: nothing is lost, and the next run comes right."""

import errno
import os
import random
from collections.abc import Iterable, Iterator
from itertools import islice

import pytest

from kodokeep.errors import SignInRefused
from kodokeep.kodo.bucket import KodoBucket
from kodokeep.local import folder
from kodokeep.local.folder import LocalFolder
from kodokeep.local.moves import Moves
from kodokeep.local.spot import Spot
from kodokeep.model.outcome import DownloadRequest, Fetched, NotFetched
from kodokeep.ports import StopSignal
from kodokeep.state.store import StateStore
from tests.e2e.kit import World

CRASHED_RUN = "20200101T000000Z"


def test_a_disk_that_fills_up_in_the_middle_of_a_batch_is_settled_by_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules 10 and 11: what went to history is on record, and nothing stays pending for a later crash to act on."""
    old = {f"f{number:02}": b"old %d" % number for number in range(40)}
    new = {f"f{number:02}": b"brand new %d" % number for number in range(6)}
    world.put_many(old)
    assert world.run().exit == 0
    world.put_many(new)
    move, entered = Moves.move, []

    def fills_up(self: Moves, source: Spot, target: Spot, operation: str) -> bool:
        entered.extend([target.name] if operation == "rename-into-place" else [])
        if len(entered) > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return move(self, source, target, operation)

    with monkeypatch.context() as patched:
        patched.setattr(Moves, "move", fills_up)
        full = world.run()
    assert (full.exit, full.counts()) == (3, {"unchanged": 34, "failed": 6})
    result = world.run()
    assert (result.exit, result.notices) == (0, {"settled-crash"})
    world.check_settled()
    assert sorted(world.history().values()) == sorted(old[key] for key in new)
    again = world.run()
    assert (again.exit, again.downloads()) == (0, [])
    assert {action for action, _, _ in again.actions} <= {"touch"}, "files as young as their records are hashed again"


def test_what_is_there_of_a_download_needs_no_room_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    data = random.Random(1).randbytes(6_000_000)
    world.put("large", data)
    with world.state() as state:
        assert list(state.synced("")) == []
    names: list[str] = []
    named = folder.temp_name
    monkeypatch.setattr(folder, "temp_name", lambda remote: names.append(named(remote)) or names[-1])
    monkeypatch.setattr(LocalFolder, "free_bytes", lambda _: 0)
    assert world.run().exit == 3
    monkeypatch.setattr(LocalFolder, "free_bytes", lambda _: 10_000_000)
    assert world.run().exit == 0
    (world.folder / "large").unlink()
    (world.private / "tmp" / names[-1]).write_bytes(data[:5_000_000])
    monkeypatch.setattr(LocalFolder, "free_bytes", lambda _: 2_000_000)
    os.sync()
    result = world.run()
    assert (result.exit, result.summary["bytes_downloaded"]) == (0, 1_000_000)
    world.check_settled()


@pytest.mark.parametrize("text", ["Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 1600 00:00:00 GMT", "never"])
def test_no_time_that_an_object_brings_along_stops_a_run(world: World, text: str) -> None:
    world.put("a", b"one", metadata={"!Last-Modified": text})
    assert world.run().counts() == {"downloaded": 1}
    world.put("a", b"two", metadata={"!Last-Modified": text})
    assert world.run().counts() == {"downloaded": 1, "archived": 1}
    assert world.run().counts() == {"unchanged": 1}
    world.check_settled()


def test_a_name_in_history_that_is_not_utf8_stops_no_run(world: World) -> None:
    world.put("a", b"one")
    assert world.run().exit == 0
    with StateStore.open(world.private / "state.db") as state:
        state.begin_run(CRASHED_RUN, "backup", {})
    place = world.private / "history" / CRASHED_RUN
    place.mkdir()
    (place / os.fsdecode(b"\xff")).write_bytes(b"a person's")
    (place / "left").write_bytes(b"ours")
    assert world.run().exit == 0
    with world.state() as state:
        assert state.has_version_at(f"history/{CRASHED_RUN}/left")


def test_what_finished_is_committed_when_kodo_gives_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put_many({f"f{number:02}": b"%d" % number for number in range(30)})
    download = KodoBucket.download

    def gives_out(
        self: KodoBucket, requests: Iterable[DownloadRequest], stop: StopSignal
    ) -> Iterator[Fetched | NotFetched | None]:
        yield from islice(filter(None, download(self, requests, stop)), 20)
        raise SignInRefused("the keys were changed")

    with monkeypatch.context() as patched:
        patched.setattr(KodoBucket, "download", gives_out)
        assert (world.run(whole_listing=False).exit, len(world.tree())) == (6, 20)
    assert world.run().counts() == {"unchanged": 20, "downloaded": 10}
    world.check_settled()


def test_a_state_dir_that_cannot_be_is_a_mistake_in_the_config(world: World) -> None:
    world.put("a", b"one")
    (world.root / "file").touch()
    for state_dir in (world.root / "file", world.root / "file" / "below"):
        world.configure(state_dir=state_dir)
        result = world.run()
        assert (result.exit, str(state_dir) in result.summary["error"]) == (2, True)
    assert world.tree() == {}


def test_an_accepted_change_that_was_never_looked_at_forgets_no_mount(world: World) -> None:
    """Rule 2: a mount point stays known until a whole walk was made without it."""
    world.put_many({"mnt/a": b"one", "b": b"two"})
    assert world.run().exit == 0
    with StateStore.open(world.private / "state.db") as state, state._database.transaction():
        state._database.execute("INSERT INTO mounts VALUES (?)", (b"mnt",))
    wrong_keys = {"QINIU_ACCESS_KEY": "x", "QINIU_SECRET_KEY": "y"}
    assert world.run("--accept-changes", env=wrong_keys, whole_listing=False).exit == 6
    with world.state() as state:
        assert state.mounts() == {"mnt"}
    assert world.run("--accept-changes").exit == 0
    with world.state() as state:
        assert state.mounts() == frozenset()
