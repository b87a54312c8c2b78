"""The last look: the world moves after the plan stands, and each action meets it (rules 9, 17, 20, 23 to 27).

Whatever is met: no content is lost, what moved on is told as stale, and the next run settles it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from kodokeep import app
from tests.e2e.kit import World

CONTENTS = {"a": b"one, as it was", "b/c": b"two, as it was", "b/d": b"three, as it was"}
Deed = Callable[[World], object]


class Script(NamedTuple):
    """What is done before the run, what happens once its plan stands, and the action that meets it."""

    before: Deed
    meanwhile: Deed
    met: tuple[str, str]
    options: dict[str, object] = {"deletions": "propagate"}  # noqa: RUF012 - never changed


def edit(path: str, data: bytes) -> Deed:
    return lambda world: world.write(path, data)


def put(key: str, data: bytes) -> Deed:
    return lambda world: world.put(key, data)


def remove(path: str) -> Deed:
    return lambda world: (world.folder / path).unlink()


def delete(key: str) -> Deed:
    return lambda world: world.delete(key)


def rename(path: str, target: str) -> Deed:
    return lambda world: (world.folder / path).rename(world.folder / target)


def relabel(key: str, target: str) -> Deed:
    """A rename in the bucket."""

    def deed(world: World) -> None:
        world.emulator.move(world.bucket, key, target)
        world.objects[target] = world.objects.pop(key)

    return deed


def both(*deeds: Deed) -> Deed:
    return lambda world: [deed(world) for deed in deeds]


ONE, EDIT, LATER = CONTENTS["a"], b"an edit", b"a later edit, and longer"
LOCAL, REMOTE = {"conflicts": "local"}, {"conflicts": "remote"}

SCRIPTS = {
    # the folder loses or gets something
    "delete: the object is back": Script(delete("a"), put("a", ONE), ("delete", "a")),
    "delete: another object came": Script(delete("a"), put("a", EDIT), ("delete", "a")),
    "delete: the file was edited": Script(delete("a"), edit("a", EDIT), ("delete", "a")),
    "replace: the file was edited": Script(put("a", EDIT), edit("a", LATER), ("replace", "a")),
    "replace: the file is gone": Script(put("a", EDIT), remove("a"), ("replace", "a")),
    "download: a file came": Script(put("new", EDIT), edit("new", LATER), ("download", "new")),
    "move: the file was edited": Script(relabel("a", "z"), edit("a", EDIT), ("move", "z")),
    "move: a file came": Script(relabel("a", "z"), edit("z", EDIT), ("move", "z")),
    "copy: the source was edited": Script(put("z", ONE), edit("a", EDIT), ("download", "z")),
    # the bucket loses or gets something
    "delete-object: the file is back": Script(remove("a"), edit("a", ONE), ("delete-object", "a")),
    "delete-object: another file came": Script(remove("a"), edit("a", EDIT), ("delete-object", "a")),
    "delete-object: the object was edited": Script(remove("a"), put("a", EDIT), ("delete-object", "a")),
    "overwrite: the object was edited": Script(edit("a", EDIT), put("a", LATER), ("overwrite", "a")),
    "overwrite: the object is gone": Script(edit("a", EDIT), delete("a"), ("overwrite", "a")),
    "overwrite: the file was edited": Script(edit("a", EDIT), edit("a", LATER), ("overwrite", "a")),
    "overwrite: the file is gone": Script(edit("a", EDIT), remove("a"), ("overwrite", "a")),
    "upload: an object came": Script(edit("new", EDIT), put("new", LATER), ("upload", "new")),
    "upload: the file was edited": Script(edit("new", EDIT), edit("new", LATER), ("upload", "new")),
    "move-object: an object came": Script(rename("a", "z"), put("z", EDIT), ("move-object", "z")),
    "move-object: the object is gone": Script(rename("a", "z"), delete("a"), ("move-object", "z")),
    # both
    "conflict: the file was edited": Script(both(edit("a", EDIT), put("a", b"!")), edit("a", LATER), ("conflict", "a")),
    "conflict: the file is gone": Script(both(edit("a", EDIT), put("a", b"!")), remove("a"), ("conflict", "a")),
    "conflict, here wins: the object moved on": Script(
        both(edit("a", EDIT), put("a", b"!")), put("a", LATER), ("overwrite", "a"), LOCAL
    ),
    "conflict, there wins: the file moved on": Script(
        both(edit("a", EDIT), put("a", b"!")), edit("a", LATER), ("replace", "a"), REMOTE
    ),
}

HARMLESS = ("copy: the source was edited",)
"""What moved here only means that the content has to travel."""


def run_while(world: World, happens: Deed) -> Any:
    """A run; once its plan stands, and before it does anything, something happens."""
    bind = app.FolderIdentity.write

    def bound(identity: app.FolderIdentity) -> None:
        happens(world)
        bind(identity)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.FolderIdentity, "write", bound)
        return world.run()


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_world_moves_after_the_plan_stands(world: World, name: str) -> None:
    script = SCRIPTS[name]
    world.configure(mode="sync", guard_objects=1000, **script.options)
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    script.before(world)
    contents: set[bytes] = set()

    def happens(world: World) -> None:
        script.meanwhile(world)
        contents.update(world.tree().values(), world.objects.values())

    result = run_while(world, happens)
    outcome = "done" if name in HARMLESS else "stale"
    assert (*script.met, outcome) in result.actions, result.stderr
    assert result.exit == 0
    check_nothing_lost(world, contents)
    for _ in range(3):
        assert world.run().exit == 0
    check_nothing_lost(world, contents)
    assert world.tree() == world.remote()
    assert set(world.run().counts()) == {"unchanged"}
    world.check_nothing_pending()


def check_nothing_lost(world: World, contents: set[bytes]) -> None:
    """All that was on either side when the run began to act is still somewhere."""
    assert contents <= {*world.tree().values(), *world.remote().values(), *world.history().values()}


def test_what_comes_to_the_key_after_its_object_was_seen_gone_is_not_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another client deleted the object, and a third one made it anew between our look and our deleting."""
    world.configure(mode="sync", deletions="propagate", guard_objects=1000)
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    (world.folder / "a").unlink()
    looks = app.KodoBucket.stat_many

    def look(*arguments: Any) -> Any:
        world.delete("a")
        found = looks(*arguments)
        world.put("a", EDIT)
        return found

    monkeypatch.setattr(app.KodoBucket, "stat_many", look)
    assert world.run().exit == 0
    monkeypatch.undo()
    assert world.remote()["a"] == EDIT
    assert world.run().exit == 0
    assert world.tree() == world.remote() == CONTENTS | {"a": EDIT}


def test_conflicts_of_long_names_that_differ_at_their_ends_get_files_of_their_own(world: World) -> None:
    """What tells the keys apart is cut off from their conflict names (rule 24)."""
    keys = ["long/" + "k" * 740 + letter for letter in "xyz"]
    world.configure(mode="sync", guard_objects=1000)
    world.put_many(dict.fromkeys(keys, b"old"))
    assert world.run().exit == 0
    for number, key in enumerate(keys):
        world.put(key, b"in the bucket %d" % number)
    paths = [path for path in world.paths() if path.startswith("long/")]
    for number, path in enumerate(paths):
        world.write(path, b"here %d" % number)
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"conflicts": 3, "uploaded": 3})
    assert world.tree() == world.remote()
    assert len(world.tree()) == 6
    assert set(world.run().counts()) == {"unchanged"}
