from dataclasses import replace

import pytest

from kodokeep.model.action import Action, ActionKind, Reason, Row, Standing, StandingKind
from kodokeep.model.entry import Obstacle, ObstacleKind, RemoteEntry
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.record import HeldAction
from kodokeep.reporting import action_words

REMOTE = RemoteEntry("a\x1b[31m.jpg", 3 * 2**20, "Fhash", 0)
ROW = Row(REMOTE.key, REMOTE, None, None)


@pytest.mark.parametrize("kind", ActionKind)
@pytest.mark.parametrize("reason", Reason)
def test_every_action_has_words_that_no_key_can_forge(kind: ActionKind, reason: Reason) -> None:
    line = action_words.action(Action(kind, reason, ROW))
    assert "a\\x1b[31m.jpg  3.0 MiB, " in line
    assert line.isprintable()


@pytest.mark.parametrize("kind", OutcomeKind)
def test_every_outcome_has_words(kind: OutcomeKind) -> None:
    action = Action(ActionKind.DOWNLOAD, Reason.NEW, ROW)
    assert action_words.outcome(Outcome(action, kind, "why")).endswith(": a\\x1b[31m.jpg: why")
    assert action_words.outcome(Outcome(action, kind)).endswith(": a\\x1b[31m.jpg: new")


def test_what_is_skipped_and_why() -> None:
    obstacle = Obstacle("k", "k", ObstacleKind.SYMLINK, "a symlink")
    blocked = Standing(StandingKind.BLOCKED, Reason.OBSTACLE, Row("k", REMOTE, None, None, obstacle))
    assert action_words.skipped(blocked) == "failed: k: something is in the way locally: a symlink"
    frozen = Standing(StandingKind.UNAVAILABLE, Reason.FROZEN, Row("k", REMOTE, None, None))
    assert (
        action_words.skipped(frozen)
        == "not available: k: archived in the bucket, must be thawed first (archived = thaw)"
    )
    thawing = Standing(StandingKind.THAWING, Reason.THAWING, Row("k", REMOTE, None, None))
    assert action_words.skipped(thawing) == "waiting: k: being thawed"


def test_every_change_has_a_sign_of_its_own() -> None:
    changes = [kind for kind in ActionKind if action_words.SIGNS[kind] != "="]
    assert len({action_words.SIGNS[kind] for kind in changes}) == len(changes) == 10
    of_bucket = {kind for kind in changes if action_words.SIGNS[kind].startswith("↑")}
    assert of_bucket == {
        ActionKind.UPLOAD, ActionKind.OVERWRITE, ActionKind.DELETE_OBJECT, ActionKind.MOVE_OBJECT,
    }  # fmt: skip


def test_a_move_names_both_keys_and_a_copy_its_source() -> None:
    source = Row("old\n", REMOTE, None, None)
    move = Action(ActionKind.MOVE_OBJECT, Reason.RENAMED, ROW, source=source)
    assert action_words.action(move) == "↑> old\\n -> a\\x1b[31m.jpg  3.0 MiB, renamed"
    copy = Action(ActionKind.DOWNLOAD, Reason.NEW, ROW, source=source)
    assert action_words.action(copy) == "+ a\\x1b[31m.jpg  3.0 MiB, new, copied from old\\n"
    assert action_words.done(Outcome(copy, OutcomeKind.DONE, copied=True)) == action_words.action(copy)
    assert action_words.done(Outcome(copy, OutcomeKind.DONE)) == "+ a\\x1b[31m.jpg  3.0 MiB, new"
    assert (
        action_words.done(Outcome(copy, OutcomeKind.DONE, adopted=True))
        == "= a\\x1b[31m.jpg  3.0 MiB, is there already"
    )


def test_a_conflict_names_the_file_that_keeps_the_local_content() -> None:
    conflict = Action(ActionKind.CONFLICT, Reason.BOTH_CHANGED, ROW)
    told = Outcome(conflict, OutcomeKind.DONE, "the local content is now a (conflict host 20261122T030000Z).jpg")
    assert action_words.is_conflict(told)
    assert action_words.done(told) == (
        "! a\\x1b[31m.jpg  3.0 MiB, changed on both sides; the local content is now"
        " a (conflict host 20261122T030000Z).jpg"
    )
    assert not action_words.is_conflict(Outcome(conflict, OutcomeKind.DONE, adopted=True))
    assert not action_words.is_conflict(Outcome(conflict, OutcomeKind.FAILED, "why"))


def test_what_was_held_can_be_looked_at() -> None:
    held = HeldAction("k", ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY, 5, "r", approved=False)
    assert action_words.held(held) == "↑- k  5 B, gone from the folder"
    assert action_words.held(replace(held, approved=True)) == "↑- k  5 B, gone from the folder, released"


def test_what_nothing_could_be_done_about() -> None:
    held = Standing(StandingKind.HELD, Reason.FROZEN, Row("k", REMOTE, None, None))
    assert action_words.skipped(held) == (
        "held, as its content could not be kept: k: archived in the bucket, must be thawed first (archived = thaw)"
    )


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    assert action_words.REASONS[reason]
