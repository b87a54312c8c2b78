"""Between gathering and judging, what may be a rename is hashed and the plan is mended, and both can be stopped."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from kodokeep.errors import Interrupted
from kodokeep.execution.account import Account
from kodokeep.execution.renames import follow_renames
from kodokeep.local.folder import LocalFolder
from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.entry import LocalEntry
from kodokeep.model.options import Deletions, Mode, Policy
from kodokeep.ports import Bucket, Folder, World
from kodokeep.state.store import StateStore
from tests.unit.planning.rows import remote, synced
from tests.unit.state.samples import RUN, opened, step

POLICY = Policy(Mode.SYNC, Deletions.PROPAGATE)


class Scene:
    """A real folder and a real state, with the plan for what was renamed in it."""

    def __init__(self, root: Path, folder: LocalFolder, state: StateStore) -> None:
        self.root = root
        self.state = state
        self.account = Account()
        self.stop = threading.Event()
        no_bucket = cast("Bucket", None)  # nothing here may ask it
        self.world = World(no_bucket, cast("Folder", folder), state, lambda _: None, self.stop)
        self.folder = folder

    def rename(self, names: dict[str, str], text: str = "one") -> None:
        """Files of this content were known by the old names and are there by the new ones; spools the plan."""
        for new in names.values():
            (self.root / new).write_text(text)
        self.state.commit(RUN, [step(old, synced=synced(text, key=old, path=old)) for old in names])
        found = {entry.key: entry for entry in self.folder.walk("", frozenset()) if isinstance(entry, LocalEntry)}
        plan = [_gone(old, text) for old in names]
        plan += [Action(ActionKind.UPLOAD, Reason.NEW, Row(new, None, found[new], None)) for new in names.values()]
        for action in plan:
            self.account.planned(action)
        self.state.spool(plan)

    def plan(self) -> list[Action]:
        return [action for _, action in self.state.spooled(self.state.group_totals())]


def _gone(key: str, text: str) -> Action:
    row = Row(key, remote(text, key=key), None, synced(text, key=key, path=key))
    return Action(ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY, row)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    root = tmp_path / "folder"
    with LocalFolder.open(str(root), create=True) as folder, opened(tmp_path) as state:
        yield Scene(root, folder, state)


def test_a_renamed_file_is_hashed_and_becomes_a_move(scene: Scene) -> None:
    scene.rename({"a": "b"})
    follow_renames(scene.world, POLICY, scene.account)
    (moved,) = scene.plan()
    assert (moved.kind, moved.key) == (ActionKind.MOVE_OBJECT, "b")
    assert moved.content == scene.folder.content("b", ())
    scene.account.close(held=(), as_planned=True)
    assert scene.account.total("moved") == 1
    assert all(tally.reconciles for tally in scene.account.tallies())


def test_a_file_of_another_content_is_uploaded_although_its_size_is_known(scene: Scene) -> None:
    scene.rename({"a": "b"})
    ((_, gone), (seq, new)) = scene.state.spooled(scene.state.group_totals())
    (scene.root / "b").write_text("two")
    found = next(iter(scene.folder.walk("", frozenset())))
    assert isinstance(found, LocalEntry)
    scene.state.respool(seq, replace(new, row=replace(new.row, local=found)))
    follow_renames(scene.world, POLICY, scene.account)
    assert [action.kind for action in scene.plan()] == [gone.kind, new.kind]


def test_a_file_that_changed_since_the_walk_is_left_to_its_upload(scene: Scene) -> None:
    scene.rename({"a": "b", "c": "d"})
    (scene.root / "b").write_text("two")
    (scene.root / "d").unlink()
    before = scene.plan()
    follow_renames(scene.world, POLICY, scene.account)
    assert scene.plan() == before


def test_hashing_can_be_stopped_between_two_files(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.rename({"a": "b", "c": "d"})
    hashed = []

    def stop_after_one(path: str, parts: tuple[int, ...]) -> None:
        hashed.append((path, parts))
        scene.stop.set()

    monkeypatch.setattr(LocalFolder, "content", lambda _, path, parts: stop_after_one(path, parts))
    with pytest.raises(Interrupted):
        follow_renames(scene.world, POLICY, scene.account)
    assert hashed == [("b", ())]


def test_nothing_is_asked_of_the_folder_where_no_size_is_known(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.rename({"a": "b"})
    scene.state.spool([action for action in scene.plan() if action.kind is ActionKind.UPLOAD])
    scene.state.commit(RUN, [step("a", synced=None)])
    monkeypatch.setattr(LocalFolder, "content", None)
    follow_renames(scene.world, POLICY, scene.account)
    assert [action.kind for action in scene.plan()] == [ActionKind.UPLOAD]
