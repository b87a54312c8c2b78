"""The last line adds up, whatever happened (rule 32)."""

from hypothesis import given
from hypothesis import strategies as st

from kodokeep.execution.account import Account
from kodokeep.model.action import Action, ActionKind, Reason, Standing, StandingKind
from kodokeep.model.outcome import Outcome, OutcomeKind
from tests.unit.planning.rows import local, remote, row, synced

SIDES = {
    ActionKind.DOWNLOAD: row(remote()),
    ActionKind.REPLACE: row(remote("two"), local(), synced()),
    ActionKind.ADOPT: row(remote(), local()),
    ActionKind.TOUCH: row(remote(), local(), synced()),
    ActionKind.DELETE: row(None, local(), synced()),
    ActionKind.KEEP: row(None, local(), synced()),
    ActionKind.FORGET: row(None, None, synced()),
}
STANDINGS = {
    StandingKind.UNCHANGED: row(remote(), local(), synced()),
    StandingKind.UNAVAILABLE: row(remote(status=1)),
    StandingKind.THAWING: row(remote(storage_type=2, restore_status=1)),
    StandingKind.LOCAL_ONLY: row(None, local()),
    StandingKind.KEPT: row(None, local(), synced(kept=True)),
    StandingKind.BLOCKED: row(remote(), None, synced()),
}


def action(kind: ActionKind) -> Action:
    return Action(kind, Reason.NEW, SIDES[kind])


@given(
    st.lists(st.sampled_from(list(StandingKind))),
    st.lists(st.tuples(st.sampled_from(list(ActionKind)), st.sampled_from([*OutcomeKind, None]))),
)
def test_every_row_is_accounted_for_once_on_each_side_that_has_it(
    standings: list[StandingKind], actions: list[tuple[ActionKind, OutcomeKind | None]]
) -> None:
    account = Account()
    for kind in standings:
        account.standing(Standing(kind, Reason.UNCHANGED, STANDINGS[kind]))
    for kind, _ in actions:
        account.planned(action(kind))
    for kind, outcome in actions:
        if outcome is not None:
            account.outcome(Outcome(action(kind), outcome))
    account.close(held=())

    seen = [STANDINGS[kind] for kind in standings] + [SIDES[kind] for kind, _ in actions]
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
    for kind in (ActionKind.DOWNLOAD, ActionKind.DELETE, ActionKind.REPLACE):
        account.planned(action(kind))
    account.close(held=[(ActionKind.DELETE, Reason.NEW)], as_planned=True)
    assert (account.total("downloaded"), account.total("held"), account.archived) == (2, 1, 1)
