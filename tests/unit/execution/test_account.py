"""The last line adds up, whatever happened (rule 32)."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kodokeep.execution.account import Account
from kodokeep.model.action import Action, ActionKind, Group, Reason, Row, Standing, StandingKind
from kodokeep.model.outcome import Outcome, OutcomeKind
from tests.unit.planning.rows import content, local, remote, row, synced

OLD = Row("old", remote(key="old"), local(key="old", path="old"), synced(key="old", path="old"))
SIDES = {
    ActionKind.DOWNLOAD: row(remote()),
    ActionKind.REPLACE: row(remote("two"), local(), synced()),
    ActionKind.ADOPT: row(remote(), local()),
    ActionKind.TOUCH: row(remote(), local(), synced()),
    ActionKind.DELETE: row(None, local(), synced()),
    ActionKind.KEEP: row(None, local(), synced()),
    ActionKind.FORGET: row(None, None, synced()),
    ActionKind.UPLOAD: row(None, local()),
    ActionKind.OVERWRITE: row(remote(), local("two"), synced()),
    ActionKind.DELETE_OBJECT: row(remote(), None, synced()),
    ActionKind.CONFLICT: row(remote("two"), local("three"), synced()),
}
STANDINGS = {
    StandingKind.UNCHANGED: row(remote(), local(), synced()),
    StandingKind.UNAVAILABLE: row(remote(status=1)),
    StandingKind.THAWING: row(remote(storage_type=2, restore_status=1)),
    StandingKind.LOCAL_ONLY: row(None, local()),
    StandingKind.REMOTE_ONLY: row(remote()),
    StandingKind.FILTERED: row(remote(), local(), synced()),
    StandingKind.HELD: row(remote(storage_type=2), local("two"), synced()),
    StandingKind.KEPT: row(None, local(), synced(kept=True)),
    StandingKind.BLOCKED: row(remote(), None, synced()),
    StandingKind.STALE: row(remote(), local("two"), synced()),
}


def action(kind: ActionKind, reason: Reason = Reason.NEW) -> Action:
    return Action(kind, reason, SIDES[kind])


def moved_object() -> tuple[tuple[Action, Action], Action]:
    """`mv old k` in the folder: what was planned, and what it becomes."""
    source = replace(OLD, local=None)
    arrival = Action(ActionKind.UPLOAD, Reason.NEW, SIDES[ActionKind.UPLOAD], content("one"))
    departure = Action(ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY, source)
    return (departure, arrival), Action(ActionKind.MOVE_OBJECT, Reason.RENAMED, arrival.row, content("one"), source)


def moved_file() -> tuple[tuple[Action, Action], Action]:
    """The same in the bucket."""
    source = replace(OLD, remote=None)
    arrival = action(ActionKind.DOWNLOAD)
    departure = Action(ActionKind.DELETE, Reason.GONE, source)
    return (departure, arrival), Action(ActionKind.MOVE, Reason.RENAMED, arrival.row, None, source)


@given(
    st.lists(st.sampled_from(list(StandingKind))),
    st.lists(st.tuples(st.sampled_from(list(SIDES)), st.sampled_from([*OutcomeKind, None]), st.booleans())),
    st.lists(st.tuples(st.sampled_from([moved_object(), moved_file()]), st.sampled_from([*OutcomeKind, None]))),
)
def test_every_row_is_accounted_for_once_on_each_side_that_has_it(
    standings: list[StandingKind],
    actions: list[tuple[ActionKind, OutcomeKind | None, bool]],
    moves: list[tuple[tuple[tuple[Action, Action], Action], OutcomeKind | None]],
) -> None:
    account = Account()
    for standing in standings:
        account.standing(Standing(standing, Reason.UNCHANGED, STANDINGS[standing]))
    planned = [action(kind) for kind, _, _ in actions] + [one for (before, _), _ in moves for one in before]
    for one in planned:
        account.planned(one)
    for (before, after), _ in moves:
        account.replanned(before, [after])
    for kind, outcome, flag in actions:
        if outcome is not None:
            account.outcome(Outcome(action(kind), outcome, adopted=flag and kind is ActionKind.DOWNLOAD, copied=flag))
    for (_, after), outcome in moves:
        if outcome is not None:
            account.outcome(Outcome(after, outcome))
    account.close(held=())

    seen = [STANDINGS[standing] for standing in standings] + [one.row for one in planned]
    listed, walked = account.tallies()
    assert listed.total == sum(r.remote is not None for r in seen)
    assert walked.total == sum(r.local is not None for r in seen)
    assert listed.reconciles
    assert walked.reconciles


def test_what_was_never_come_to_is_a_failure() -> None:
    account = Account()
    account.planned(action(ActionKind.DOWNLOAD))
    account.close(held=())
    assert account.total("failed") == 1


def test_a_plan_counts_as_if_done_but_for_what_is_held() -> None:
    account = Account()
    copying = replace(action(ActionKind.DOWNLOAD), source=OLD)
    for one in (action(ActionKind.DOWNLOAD), copying, action(ActionKind.DELETE), action(ActionKind.REPLACE)):
        account.planned(one)
    account.close(held=[Group(ActionKind.DELETE, Reason.NEW)], as_planned=True)
    assert {part: account.total(part) for part in ("downloaded", "copied", "held")} == {
        "downloaded": 2, "copied": 1, "held": 1,
    }  # fmt: skip
    assert account.archived == 1


def test_a_copy_that_had_to_be_fetched_after_all_counts_as_fetched() -> None:
    account = Account()
    copying = replace(action(ActionKind.DOWNLOAD), source=OLD)
    account.planned(action(ActionKind.DOWNLOAD))
    account.replanned([action(ActionKind.DOWNLOAD)], [copying])
    account.outcome(Outcome(copying, OutcomeKind.DONE, copied=False))
    account.close(held=())
    assert (account.total("downloaded"), account.total("copied"), account.total("failed")) == (1, 0, 0)


def test_what_the_bucket_loses_is_archived_too() -> None:
    account = Account()
    for kind in (ActionKind.OVERWRITE, ActionKind.DELETE_OBJECT, ActionKind.UPLOAD):
        account.planned(action(kind))
        account.outcome(Outcome(action(kind), OutcomeKind.DONE))
    assert account.archived == 2
    assert (account.total("uploaded"), account.total("deleted")) == (2, 1)


def test_a_conflict_is_told_however_it_was_resolved() -> None:
    account = Account()
    resolved = [Action(kind, Reason.BOTH_CHANGED, SIDES[ActionKind.CONFLICT]) for kind in
                (ActionKind.CONFLICT, ActionKind.OVERWRITE, ActionKind.REPLACE)]  # fmt: skip
    for one in resolved:
        account.planned(one)
        account.outcome(Outcome(one, OutcomeKind.DONE))
    account.extra_upload(Outcome(resolved[0], OutcomeKind.DONE))
    listed, _ = account.tallies()
    assert listed.parts == {"conflicts": 3}
    assert account.total("uploaded") == 1
    assert listed.reconciles


def test_a_rename_is_one_row_of_each_side() -> None:
    account = Account()
    for before, after in (moved_object(), moved_file()):
        for one in before:
            account.planned(one)
        account.replanned(before, [after])
        account.outcome(Outcome(after, OutcomeKind.DONE))
    listed, walked = account.tallies()
    assert (listed.parts, walked.parts) == ({"moved": 2}, {"moved": 2})
    assert account.total("moved") == 2
