"""Renames: between gathering and judging, contents that only changed their key are found (rule 20).

What belongs here: hashing what may be a rename, and telling the account what the plan becomes. What does not: what a
rename is (`planning.renames`), finding the pairs (`state`), performing the moves.
"""

from msgspec.structs import replace

from kodokeep.errors import Interrupted
from kodokeep.execution.account import Account
from kodokeep.model.options import Policy
from kodokeep.ports import World


def follow_renames(world: World, policy: Policy, account: Account) -> None:
    """Turn the spooled plan into one that moves and copies what need not travel. Changes nothing but the plan.

    Raises Interrupted; the plan is of no use then.
    """
    for seq, action in world.state.unhashed_arrivals():
        if world.stop.is_set():
            raise Interrupted
        local = action.row.file
        try:
            content = world.folder.content(local.path, ())
        except OSError:
            content = None
        # A file that cannot be read, or moved on since the walk, is left to its upload, which notices.
        if content is not None and content.stamp == local.stamp:
            world.state.respool(seq, replace(action, content=content))
    for repaired in world.state.pair(policy):
        if world.stop.is_set():
            raise Interrupted
        account.replanned(repaired.before, repaired.after)
