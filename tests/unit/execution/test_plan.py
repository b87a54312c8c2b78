"""A plan of which a guard holds what is under a prefix only: everything else of the same group is done."""

from pathlib import Path

from kodokeep.execution.account import Account
from kodokeep.execution.plan import Plan
from kodokeep.model.action import FETCHING, Action, ActionKind, Reason, Row
from kodokeep.model.options import GuardOptions
from kodokeep.planning.guard import Circumstances, UnderPrefix, guard
from tests.unit.planning.rows import local, remote, synced
from tests.unit.state.samples import opened

KEYS = [f"camera/{number}" for number in range(6)] + [f"music/{number}" for number in range(3)]
CHANGED = [
    Action(
        ActionKind.REPLACE, Reason.CHANGED, Row(key, remote("two", key=key), local(key=key, path=key), synced(key=key))
    )
    for key in KEYS
]
GONE = Action(ActionKind.DELETE, Reason.GONE, Row("music/x", None, local(key="music/x"), synced(key="music/x")))
NEW = Action(ActionKind.DOWNLOAD, Reason.NEW, Row("camera/new", remote(key="camera/new"), None, None))
ACTIONS = [*CHANGED, GONE, NEW]


def test_only_what_is_under_the_prefix_waits(tmp_path: Path) -> None:
    with opened(tmp_path) as state:
        under = [action for action in ACTIONS if action.key.startswith("camera/")]
        parts = {"camera/": UnderPrefix(state.spool(under), synced=6)}
        account = Account()
        for action in ACTIONS:
            account.planned(action)
        totals = state.spool(ACTIONS)
        plan = Plan(totals, guard(totals, Circumstances(99, 99, 99, prefixes=parts), GuardOptions()), account)

        held = [action.key for _, action in plan.held(state)]
        fetched = [action.key for _, action in plan.actions(state, *FETCHING)]
        deleted = [action.key for _, action in plan.actions(state, ActionKind.DELETE)]
        assert held == KEYS[:6]
        assert fetched == ["camera/new", *KEYS[6:]]
        assert deleted == ["music/x"]
        assert (plan.transfers().objects, plan.transfers().size_bytes) == (4, 12)

        plan.close(state)
        assert account.total("held") == 6
        assert account.total("downloaded") == 4
        assert account.total("deleted") == 1
        assert all(tally.reconciles for tally in account.tallies())
