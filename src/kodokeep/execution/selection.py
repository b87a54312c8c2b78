"""Selection: doing exactly what a plan file says. The world is planned anew; what both plans have goes on.

What belongs here: telling the account and a person what is left out or refused. What does not: reading plan files
(`reporting`), comparing (`state`).
"""

from collections.abc import Iterable

from kodokeep.execution.account import Account
from kodokeep.execution.gather import tell
from kodokeep.model.event import Notice, NoticeKind
from kodokeep.ports import RunLog, World

Chosen = Iterable[tuple[str, str]]
"""Actions by fingerprint, each with its key."""


def select(world: World, chosen: Chosen, account: Account, log: RunLog | None) -> None:
    """Cut the spooled plan down to the chosen actions. Chosen ones that it does not have are refused: they moved on."""
    for action in world.state.restrict(chosen):
        account.left_out(action)
    for key in world.state.refused():
        account.refuse()
        tell(world, log, Notice(NoticeKind.MOVED_ON, key))
