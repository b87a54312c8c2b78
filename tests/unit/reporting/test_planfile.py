"""Plan files: written in one piece, and read back with distrust."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kodokeep.errors import ConfigError
from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.options import FilterOptions, Mode, PairOptions, TransportOptions
from kodokeep.planning.filters import pair_settings
from kodokeep.planning.fingerprint import fingerprint
from kodokeep.reporting.planfile import plan_lines, read_plan, save_plan
from kodokeep.reporting.planline import FORMAT, VERSION, PlanHeader, PlanIdentity
from tests.unit.state.samples import HOSTILE_KEYS, local, remote, synced
from tests.unit.state.samples import action as full_action

PAIR = PairOptions(
    "photos",
    "photo-bucket",
    "",
    "/backup/photos",
    mode=Mode.SYNC,
    prefix="ü/",
    filters=FilterOptions(exclude=("*.tmp",), default_excludes=True),
    transport=TransportOptions(uc_host="uc.example.com"),
)


def replaced(key: str) -> Action:
    action = full_action(key)
    return Action(action.kind, action.reason, Row(key, remote(key), local(key), synced(key)), action.content)


ACTIONS: list[tuple[Action, bool]] = [
    (replaced("k"), True),
    (Action(ActionKind.DOWNLOAD, Reason.NEW, Row("new", remote("new"), None, None)), False),
    (Action(ActionKind.UPLOAD, Reason.NEW, Row("up", None, local("up"), None), source=replaced("k").row), False),
    (
        Action(
            ActionKind.MOVE_OBJECT,
            Reason.RENAMED,
            Row("b", None, local("b"), None),
            None,
            replaced("a").row,
            3,
            parks=True,
        ),
        False,
    ),
    *((replaced(key), False) for key in HOSTILE_KEYS),
]


def header(**fields: Any) -> PlanHeader:
    values: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "program": "kodokeep 1.2",
        "name": "photos",
        "identity": PlanIdentity.of(PAIR),
        "settings": pair_settings(PAIR),
        "created": "2026-11-22T03:00:00Z",
        "actions": len(ACTIONS),
        "held": 1,
        "counts": {"listed": 3},
        "download_bytes": 11,
        "upload_bytes": 0,
        "get_requests": 1,
        "put_requests": 0,
        "cost": 0.25,
        "currency": "CNY",
    }
    return PlanHeader(**(values | fields))


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = str(tmp_path / "plan.jsonl")
    save_plan(file, plan_lines(header(), ACTIONS), force=False)
    return file


def changed(path: str, number: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the fields of one line, counted from 1."""
    lines = Path(path).read_text("utf-8").split("\n")
    fields = json.loads(lines[number - 1])
    change(fields)
    lines[number - 1] = json.dumps(fields)
    Path(path).write_text("\n".join(lines), "utf-8")


def complaint(path: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_plan(path)
    assert caught.value.exit_code == 2
    return caught.value.message.replace(path, "plan")


def test_what_was_written_is_read_back(path: str) -> None:
    plan = read_plan(path)
    assert plan.header == header()
    for _ in range(2):
        read = list(plan.actions())
        assert [(planned.action, planned.held) for planned in read] == ACTIONS
        assert [planned.fingerprint for planned in read] == [fingerprint(action) for action, _ in ACTIONS]


def test_a_person_can_read_a_line(path: str) -> None:
    lines = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
    move = lines[4]
    assert {name: move[name] for name in ("action", "key", "source", "reason", "held")} == {
        "action": "move-object", "key": "b", "source": "a", "reason": "renamed", "held": False,
    }  # fmt: skip
    assert lines[1]["seen"]["remote"]["hash"] == "lhash"
    assert lines[1]["seen"]["local"]["path"] == "k%%"
    assert lines[2]["seen"] == {"remote": lines[2]["seen"]["remote"], "local": None, "synced": None}


@pytest.mark.parametrize("missing", [1, 20, 10_000])
def test_a_file_that_was_cut_off_is_refused(path: str, missing: int) -> None:
    whole = Path(path).read_bytes()
    Path(path).write_bytes(whole[:-missing])
    lines = whole[:-missing].count(b"\n") + 1
    assert complaint(path) == f"plan: line {lines}: is cut off"


def test_lines_that_are_missing_are_noticed(path: str) -> None:
    lines = Path(path).read_bytes().splitlines(keepends=True)
    Path(path).write_bytes(b"".join(lines[:-2]))
    count = len(ACTIONS)
    assert complaint(path) == f"plan: line {count}: is damaged: {count - 2} actions, the header says {count}"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda line: line.update(key="other"), "the fingerprint is not that of the action"),
        (lambda line: line.update(action="delete"), "the fingerprint is not that of the action"),
        (lambda line: line["seen"]["remote"].update(size_bytes=12), "the fingerprint is not that of the action"),
        (lambda line: line["seen"].update(local=None), "the fingerprint is not that of the action"),
        (lambda line: line.update(fingerprint="0" * 40), "the fingerprint is not that of the action"),
        (lambda line: line.update(source="a"), "the fingerprint is not that of the action"),
        (lambda line: line.update(action="explode"), "Invalid enum value 'explode'"),
        (lambda line: line.update(size_bytes=12), "the fingerprint is not that of the action"),
        (lambda line: line.update(size_bytes="11"), "Expected `int`"),
        (lambda line: line.update(size_bytes=-1), "Expected `int` >= 0"),
        (lambda line: line.update(more=1), "unknown field `more`"),
        (lambda line: line.pop("held"), "missing required field `held`"),
        (lambda line: line["seen"].pop("synced"), "expected what was seen as remote, local and synced"),
        (lambda line: line["seen"]["remote"].pop("mime"), "expected key, size_bytes, hash"),
        (lambda line: line["seen"]["remote"].update(size_bytes="11"), "Expected `int`"),
        (lambda line: line["seen"]["local"].update(stamp=[1, 2]), "Expected `array` of length 3"),
    ],
)
def test_a_line_that_was_changed_is_named(path: str, change: Callable[[dict[str, Any]], None], problem: str) -> None:
    changed(path, 2, change)
    message = complaint(path)
    assert message.startswith("plan: line 2: is damaged: ")
    assert problem in message


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"action":"\xff"}', b'"' + b"x" * 5_000_000 + b'"'],
)
def test_garbage_between_the_lines(path: str, line: bytes) -> None:
    lines = Path(path).read_bytes().split(b"\n")
    lines[2] = line
    Path(path).write_bytes(b"\n".join(lines))
    assert complaint(path).startswith("plan: line 3: ")


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"[bucket:photos]\n", b'{"event": "plan"}\n', b"\x00" * 9_000_000, b"[" * 9_000]
)
def test_a_file_of_another_kind(path: str, text: bytes) -> None:
    Path(path).write_bytes(text)
    assert complaint(path) == "plan: line 1: is not the header of a plan file"


@pytest.mark.parametrize(("version", "age"), [(VERSION + 1, "a newer"), (VERSION - 1, "an older")])
def test_a_file_of_another_version(path: str, version: int, age: str) -> None:
    changed(path, 1, lambda line: (line.update(version=version), line.pop("name")))
    assert complaint(path) == (
        f"plan: line 1: was written by {age} kodokeep (version {version}), expected version {VERSION}; plan again"
    )


def test_a_damaged_header(path: str) -> None:
    changed(path, 1, lambda line: line.pop("identity"))
    assert complaint(path).startswith("plan: line 1: is damaged: ")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert complaint(str(tmp_path / "none")) == "plan: cannot be read: No such file or directory"
    assert complaint(str(tmp_path)) == "plan: cannot be read: Is a directory"


def test_a_file_that_changes_after_it_was_read(path: str) -> None:
    plan = read_plan(path)
    changed(path, 1, lambda line: line.update(created="2026-11-23T03:00:00Z"))
    with pytest.raises(ConfigError, match="was changed while it was read"):
        list(plan.actions())
    changed(path, 1, lambda line: line.update(created=header().created))
    changed(path, 3, lambda line: line.update(key="other"))
    with pytest.raises(ConfigError, match="line 3: is damaged"):
        list(plan.actions())


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("uc", {"transport": TransportOptions()}),
        ("bucket", {"bucket": "other"}),
        ("prefix", {"prefix": ""}),
        ("mode", {"mode": Mode.BACKUP}),
        ("folder", {"folder": "/elsewhere"}),
        ("exclude", {"filters": FilterOptions(default_excludes=True)}),
        ("max_age", {"filters": replace(PAIR.filters, max_age_s=1)}),
    ],
)
def test_a_plan_is_of_one_pair_as_it_was_set_up(path: str, name: str, changes: dict[str, Any]) -> None:
    plan = read_plan(path)
    plan.check_pair(PAIR)
    with pytest.raises(ConfigError) as caught:
        plan.check_pair(replace(PAIR, **changes))
    assert f"line 1: was made with {name} " in caught.value.message
    assert "[bucket:photos] has " in caught.value.message


def test_only_a_plan_file_is_replaced(path: str, tmp_path: Path) -> None:
    save_plan(path, plan_lines(header(actions=0), []), force=False)
    assert list(read_plan(path).actions()) == []
    precious = tmp_path / "precious"
    precious.write_text("mine\n")
    with pytest.raises(ConfigError, match="is there already and is no plan file") as caught:
        save_plan(str(precious), plan_lines(header(), ACTIONS), force=False)
    assert "--force" in caught.value.hint
    assert precious.read_text() == "mine\n"
    save_plan(str(precious), plan_lines(header(), ACTIONS), force=True)
    assert read_plan(str(precious)).header == header()


def test_a_plan_file_that_another_version_wrote_is_replaced(path: str) -> None:
    Path(path).write_text(f'{{"format": "{FORMAT}", "version": 99}}\n')
    save_plan(path, plan_lines(header(), ACTIONS), force=False)
    assert read_plan(path).header == header()


def test_a_plan_that_breaks_off_leaves_what_was_there(path: str, tmp_path: Path) -> None:
    def broken() -> Any:
        yield from plan_lines(header(), ACTIONS)
        raise OSError(28, os.strerror(28))

    before = Path(path).read_bytes()
    with pytest.raises(ConfigError, match="cannot be written: No space left on device"):
        save_plan(path, broken(), force=False)
    assert Path(path).read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["plan.jsonl"]


def test_where_no_file_can_be(tmp_path: Path) -> None:
    for place in (str(tmp_path), os.devnull):
        for force in (False, True):
            with pytest.raises(ConfigError, match="is no file, so no plan can be written there"):
                save_plan(place, [], force=force)
    with pytest.raises(ConfigError, match="none/plan: cannot be written"):
        save_plan(str(tmp_path / "none/plan"), [], force=False)


def test_a_link_to_a_plan_stays_a_link(path: str, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)
    save_plan(str(link), plan_lines(header(actions=0), []), force=False)
    assert link.is_symlink()
    assert read_plan(path).header.actions == 0
