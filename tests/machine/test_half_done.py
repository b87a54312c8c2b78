"""What a crash left half done, met by trouble or by a person before the next run comes (rules 10, 11)."""

from collections.abc import Callable
from typing import Any

import pytest

from kodokeep import app
from kodokeep.local.folder import LocalFolder
from kodokeep.local.workshop import Seams
from tests.e2e.kit import World
from tests.machine.fuse import Crash


@pytest.fixture
def half_replaced(world: World) -> World:
    """A run was cut off after the old file went to history and before the new one took its place."""
    world.put("a", b"old")
    world.run()
    world.put("a", b"new")
    opened = LocalFolder.open

    def die(operation: str) -> None:
        if operation == "rename-into-place":
            raise Crash

    def open_to_die(root: str, **options: Any) -> LocalFolder:
        return opened(root, seams=Seams(checkpoint=die), **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.LocalFolder, "open", open_to_die)
        with pytest.raises(Crash):
            world.tell("run")
    assert world.tree() == {}
    assert list(world.history().values()) == [b"old"]
    return world


def test_it_is_finished_before_anything_is_planned(half_replaced: World) -> None:
    """The cloud is away, and still no file may be missing from the tree."""
    half_replaced.emulator.faults([{"host": "rsf", "status": 599}])
    assert half_replaced.run(whole_listing=False).exit == 6
    assert half_replaced.tree() == {"a": b"new"}
    half_replaced.emulator.clear_faults()
    result = half_replaced.run()
    assert (result.exit, result.downloads()) == (0, []), "what was fetched before the crash is not fetched again"
    half_replaced.check_settled()


def test_if_the_download_is_gone_the_old_file_comes_back(half_replaced: World) -> None:
    for name in half_replaced.temps():
        (half_replaced.private / "tmp" / name).unlink()
    half_replaced.emulator.faults([{"host": "rsf", "status": 599}])
    assert half_replaced.run(whole_listing=False).exit == 6
    assert half_replaced.tree() == {"a": b"old"}
    half_replaced.emulator.clear_faults()
    assert half_replaced.run().exit == 0
    half_replaced.check_settled()


def test_what_a_person_put_there_meanwhile_stays_and_the_old_file_is_on_record(half_replaced: World) -> None:
    """Rule 11: nothing in history is out of reach."""
    half_replaced.write("a", b"typed after the crash")
    assert half_replaced.run("--accept-changes").exit == 0
    assert half_replaced.tree() == {"a": b"new"}
    assert sorted(half_replaced.history().values()) == [b"old", b"typed after the crash"]
    half_replaced.check_settled()


def test_what_is_finished_was_agreed_with_the_bucket_of_then(
    half_replaced: World, make_world: Callable[..., World]
) -> None:
    """The folder is bound to another bucket before the next run: what that one lacks was never deleted from it."""
    world = half_replaced
    world.bucket, world.objects = make_world().bucket, {}
    world.put("b", b"of the other bucket")
    world.configure()
    result = world.run("--adopt")
    assert (result.exit, result.notices) == (0, {"settled-crash"})
    assert world.tree() == {"a": b"new", "b": b"of the other bucket"}
