import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from kodokeep.model.action import Action, ActionKind, Reason, Row, Standing, StandingKind
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import (
    ActionFinished,
    Event,
    Gathering,
    GuardKind,
    GuardTripped,
    Notice,
    NoticeKind,
    Planned,
    RunFinished,
    RunStarted,
    Skipped,
    Transferring,
)
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.summary import Summary, Tally
from kodokeep.reporting.jsonlines import PROGRESS_INTERVAL_S, JsonLines, action_fields, summary_fields

ROW = Row("k", RemoteEntry("k", 5, "Fhash", 0), None, None)
SOURCE = Row("old", RemoteEntry("old", 5, "Fhash", 0), None, None)


class Clock:
    """Stands still unless it is moved."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def told(*events: Event, clock: Clock | None = None) -> list[Mapping[str, Any]]:
    lines: list[Mapping[str, Any]] = []
    listener = JsonLines("p", lines.append, clock or Clock())
    for event in events:
        listener(event)
    return [json.loads(json.dumps(line)) for line in lines]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            RunStarted("p", "r", "backup", "b", "/f"),
            {"event": "run_started", "name": "p", "run": "r", "mode": "backup", "bucket": "b", "folder": "/f"},
        ),
        (
            Planned({ActionKind.DOWNLOAD: 2}, 10, ()),
            {"event": "planned", "name": "p", "actions": {"download": 2}, "download_bytes": 10, "upload_bytes": 0},
        ),
        (
            Notice(NoticeKind.NOT_A_KEY, "x", "why"),
            {"event": "notice", "name": "p", "notice": "not-a-key", "subject": "x", "detail": "why"},
        ),
        (
            Skipped(Standing(StandingKind.THAWING, Reason.THAWING, Row("k", None, None, None))),
            {"event": "skipped", "name": "p", "key": "k", "standing": "thawing", "reason": "thawing"},
        ),
    ],
)
def test_one_object_per_event(event: Event, line: dict[str, object]) -> None:
    assert told(event) == [line]


def test_guards_follow_the_plan_and_name_their_side() -> None:
    guard = GuardTripped(GuardKind.SHARE, 30, 99, "40", "25", "bucket", "a/")
    assert told(Planned({}, 0, (guard,)))[1] == {
        "event": "guard", "name": "p", "guard": "share", "actions": 30, "size_bytes": 99, "seen": "40", "limit": "25",
        "side": "bucket", "prefix": "a/",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ActionKind)
def test_an_action_is_named_by_its_kind(kind: ActionKind) -> None:
    line = action_fields(Action(kind, Reason.NEW, ROW))
    assert line == {"action": str(kind), "key": "k", "size_bytes": 5, "reason": "new"}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ActionKind.DOWNLOAD, "copy"), (ActionKind.REPLACE, "copy"), (ActionKind.UPLOAD, "copy-object"),
        (ActionKind.MOVE, "move"), (ActionKind.MOVE_OBJECT, "move-object"),
    ],
)  # fmt: skip
def test_moves_and_copies_name_where_the_content_is(kind: ActionKind, name: str) -> None:
    line = action_fields(Action(kind, Reason.NEW, ROW, source=SOURCE))
    assert (line["action"], line["source"]) == (name, "old")


def test_a_copy_that_had_to_be_fetched_is_told_as_the_download() -> None:
    copy = Action(ActionKind.DOWNLOAD, Reason.NEW, ROW, source=SOURCE)
    lines = told(
        ActionFinished(Outcome(copy, OutcomeKind.DONE, copied=True)),
        ActionFinished(Outcome(copy, OutcomeKind.DONE)),
        ActionFinished(Outcome(copy, OutcomeKind.HELD)),
    )
    assert [(line["action"], line.get("source")) for line in lines] == [
        ("copy", "old"), ("download", None), ("copy", "old"),
    ]  # fmt: skip


def test_progress_is_thinned_out() -> None:
    clock = Clock()
    lines: list[Mapping[str, Any]] = []
    listener = JsonLines("p", lines.append, clock)
    for step in range(100):
        clock.now_s = step / 10 * PROGRESS_INTERVAL_S
        listener(Transferring(step, 100, step, 100) if step > 50 else Gathering(step, step))
    assert len(lines) == 9
    assert lines[0] == {"event": "gathering", "name": "p", "listed": 10, "walked": 10}
    assert {line["event"] for line in lines} == {"gathering", "transferring"}


def test_the_summary_has_every_number_there_is() -> None:
    summary = Summary("p", "r", "backup", 3, listed=2, listed_tally=Tally(2, {"failed": 2}), error="e")
    line = told(RunFinished(summary))[0]
    assert set(line) == {"event"} | {field.name for field in fields(Summary)}
    assert line["listed_tally"] == {"total": 2, "parts": {"failed": 2}}
    assert summary_fields(summary)["error"] == "e"
