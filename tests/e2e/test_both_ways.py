"""Both ways: what each side's change does to the other, and that nothing is lost on the way (design §6)."""

import os

import pytest
from msgspec import structs

from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.outcome import Step
from kodokeep.state.store import StateStore
from tests.e2e.kit import World

KEY = "docs/a.txt"
OLD, LOCAL, REMOTE = b"one", b"edited here", b"edited in the bucket"


def begin(world: World, **options: object) -> World:
    """Both sides agree on one key, and on some others that nobody touches."""
    world.configure(**{"mode": "sync"} | options)
    world.put_many({KEY: OLD} | {f"other/{number}": b"other %d" % number for number in range(30)})
    assert world.run("--accept-changes").exit == 0
    if options.get("mode") == "publish":
        for key, data in world.objects.items():
            world.write(key, data)
        assert world.run().counts() == {"adopted": 31}
    return world


def change(world: World, local: str, remote: str) -> None:
    """Do something to each side: `edit`, `same` (both alike), `delete` or nothing."""
    match local:
        case "edit":
            world.write(KEY, LOCAL)
        case "same":
            world.write(KEY, REMOTE)
        case "delete":
            (world.folder / KEY).unlink()
    match remote:
        case "edit" | "same":
            world.put(KEY, REMOTE)
        case "delete":
            world.delete(KEY)


SYNC = {
    # (here, in the bucket, deletions): (here afterwards, in the bucket afterwards, what only history has)
    ("-", "-", "restore"): (OLD, OLD, None),
    ("edit", "-", "restore"): (LOCAL, LOCAL, OLD),
    ("-", "edit", "restore"): (REMOTE, REMOTE, OLD),
    ("same", "same", "restore"): (REMOTE, REMOTE, None),
    ("edit", "delete", "restore"): (LOCAL, LOCAL, None),
    ("edit", "delete", "propagate"): (LOCAL, LOCAL, None),
    ("delete", "edit", "restore"): (REMOTE, REMOTE, None),
    ("delete", "edit", "propagate"): (REMOTE, REMOTE, None),
    ("delete", "-", "restore"): (OLD, OLD, None),
    ("delete", "-", "propagate"): (None, None, OLD),
    ("-", "delete", "restore"): (OLD, OLD, None),
    ("-", "delete", "propagate"): (None, None, OLD),
    ("delete", "delete", "propagate"): (None, None, None),
}

PUBLISH = {
    ("edit", "-", "keep"): (LOCAL, LOCAL, OLD),
    ("-", "edit", "keep"): (OLD, OLD, REMOTE),
    ("edit", "edit", "keep"): (LOCAL, LOCAL, REMOTE),
    ("-", "delete", "keep"): (OLD, OLD, None),
    ("delete", "-", "keep"): (None, OLD, None),
    ("delete", "-", "propagate"): (None, None, OLD),
    ("delete", "edit", "propagate"): (None, REMOTE, None),
}


@pytest.mark.parametrize(("case", "after"), SYNC.items(), ids=["|".join(case) for case in SYNC])
def test_sync(world: World, case: tuple[str, str, str], after: tuple[bytes | None, ...]) -> None:
    check(begin(world, deletions=case[2]), case, after)


@pytest.mark.parametrize(("case", "after"), PUBLISH.items(), ids=["|".join(case) for case in PUBLISH])
def test_publish(world: World, case: tuple[str, str, str], after: tuple[bytes | None, ...]) -> None:
    check(begin(world, mode="publish", deletions=case[2]), case, after)


def check(world: World, case: tuple[str, str, str], after: tuple[bytes | None, ...]) -> None:
    """The first run does it, the second finds nothing to do."""
    change(world, *case[:2])
    assert world.run().exit == 0
    here, there, saved = after
    assert world.tree().get(KEY) == here
    assert world.remote().get(KEY) == there
    assert [data for place, data in world.history().items() if place.endswith(KEY)] == ([saved] if saved else [])
    again = world.run()
    assert again.exit == 0
    assert set(again.counts()) <= {"unchanged", "remote_only"}
    assert (again.downloads(), again.uploads()) == ([], [])


def test_a_file_that_the_bucket_lacks_is_uploaded_and_never_comes_back(world: World) -> None:
    begin(world)
    world.write("new/photo.jpg", b"\xff\xd8\xff jpeg")
    assert world.run().counts() == {"unchanged": 31, "uploaded": 1}
    assert world.remote()["new/photo.jpg"] == b"\xff\xd8\xff jpeg"
    stat = world.emulator.stat(world.bucket, "new/photo.jpg")
    assert stat["mimeType"] == "image/jpeg"
    assert "!Last-Modified" in stat["x-qn-meta"]
    again = world.run()
    assert again.counts() == {"unchanged": 32}
    assert (again.downloads(), again.uploads()) == ([], [])


def test_what_an_overwritten_object_was_besides_its_bytes_stays(world: World) -> None:
    begin(world)
    world.put(KEY, OLD, mime="text/x-special", metadata={"author": "me"})
    world.emulator.chtype(world.bucket, KEY, 1)
    assert world.run().exit == 0
    world.write(KEY, LOCAL)
    assert world.run().counts() == {"unchanged": 30, "uploaded": 1, "archived": 1}
    stat = world.emulator.stat(world.bucket, KEY)
    assert (stat["mimeType"], stat["type"], stat["x-qn-meta"]["author"]) == ("text/x-special", 1, "me")


def test_a_conflict_keeps_both_and_is_settled_at_once(world: World) -> None:
    begin(world)
    change(world, "edit", "edit")
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 30, "conflicts": 1, "uploaded": 1})
    (name,) = [key for key in world.tree() if key not in (KEY, *world.objects)]
    assert name.startswith("docs/a (conflict ")
    assert name.endswith(").txt")
    assert {world.tree()[KEY], world.tree()[name]} == {REMOTE, LOCAL}
    assert world.tree() == world.remote()
    assert world.run().counts() == {"unchanged": 32}


@pytest.mark.parametrize(("winner", "kept", "lost"), [("local", LOCAL, REMOTE), ("remote", REMOTE, LOCAL)])
def test_a_conflict_with_a_chosen_winner_has_the_loser_in_history(
    world: World, winner: str, kept: bytes, lost: bytes
) -> None:
    begin(world, conflicts=winner)
    change(world, "edit", "edit")
    assert world.run().exit == 0
    assert world.tree()[KEY] == world.remote()[KEY] == kept
    assert list(world.history().values()) == [lost]
    assert world.run().counts() == {"unchanged": 31}


def test_directories_that_changed_places_are_noticed_though_no_stamp_tells(world: World) -> None:
    """Files of equal size written in one tick of the disk's clock: only their inodes tell them apart (rule 13)."""
    world.configure(mode="sync")
    for name in "ab":
        world.write(f"{name}/file", name.encode())
        os.utime(world.folder / name / "file", ns=(10**18, 10**18))
    assert world.run().exit == 0
    with world.state() as state:
        first, second = state.synced("")
    alike = second.stamp._replace(ctime_ns=first.stamp.ctime_ns)
    with StateStore.open(world.private / "state.db") as state:
        state.commit("", [Step(1, Action(ActionKind.TOUCH, Reason.LOCAL_TOUCH, Row(second.key, None, None, second)),
                               None, structs.replace(second, stamp=alike), None)])  # fmt: skip
    assert first.stamp.inode != second.stamp.inode
    (world.folder / "a").rename(world.folder / "c")
    (world.folder / "b").rename(world.folder / "a")
    (world.folder / "c").rename(world.folder / "b")
    assert world.run().counts() == {"moved": 2}
    assert world.remote() == world.tree() == {"a/file": b"b", "b/file": b"a"}
