"""Gather: the three streams become decided rows; every row is accounted for, only the actions come out.

What belongs here: driving merge, hashing where a row cannot be judged without, and telling what stands in the way.
What does not: judging (`planning`), performing (the other modules).
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import structs

from kodokeep.errors import Interrupted
from kodokeep.execution.account import Account
from kodokeep.execution.expiries import Lifetimes, Sample
from kodokeep.execution.withheld import Withheld
from kodokeep.model.action import Action, Decision, Reason, Row, Standing, StandingKind
from kodokeep.model.entry import Obstacle, ObstacleKind, RemoteEntry
from kodokeep.model.event import Gathering, Notice, NoticeKind, Skipped
from kodokeep.model.options import Policy, RunOptions
from kodokeep.model.parking import is_parking_key
from kodokeep.planning.classify import needs_content, needs_memory
from kodokeep.planning.decide import decide
from kodokeep.planning.filters import Filters
from kodokeep.planning.merge import merge
from kodokeep.ports import RunLog, State, World

REPORT_ROWS = 5_000

TOLD_LATELY = 64
"""Obstacles that are remembered: what hides a key, and all keys below it, comes as two that are near each other."""

TOLD = frozenset(
    {
        StandingKind.BLOCKED,
        StandingKind.STALE,
        StandingKind.UNAVAILABLE,
        StandingKind.THAWING,
        StandingKind.HELD,
    }
)
"""What a person should know of although nothing is done about it."""


class Gathered(NamedTuple):
    """The account of the rows, and some of what is to be brought into step, with the bucket's rules about it."""

    account: Account
    sample: Sample
    lifetimes: Lifetimes


def gather(world: World, options: RunOptions, log: RunLog | None, listing: Iterator[RemoteEntry]) -> Gathered:
    """Decide about every key and spool the actions.

    Raises KodoError, FolderUnusable, Interrupted.
    """
    gathered = Gathered(Account(), Sample(), Lifetimes(world))
    world.state.spool(_actions(world, options, gathered, log, listing))
    return gathered


def _actions(
    world: World, options: RunOptions, gathered: Gathered, log: RunLog | None, listing: Iterator[RemoteEntry]
) -> Iterator[Action]:
    """Merge, filter, classify and decide: every row is accounted for, only the actions come out."""
    account, sample = gathered.account, gathered.sample
    withheld = Withheld(world.state.ledger, options.policy.now_ns, options.archive.expiring_within_s)
    filters = Filters.of(options.filters)
    mounts = frozenset[str]() if options.accept_changes else world.state.mounts()
    walk = world.folder.walk(options.prefix, mounts)
    rows, told = 0, deque[str](maxlen=TOLD_LATELY)
    for item in merge(listing, walk, world.state.synced(options.prefix)):
        if isinstance(item, Obstacle):
            if item.path not in told and not filters.hides(item):
                told.append(item.path)
                tell(world, log, _told_of(item))
            continue
        rows += 1
        if rows % REPORT_ROWS == 0:
            world.emit(Gathering(account.listed, account.walked))
        if world.stop.is_set():
            raise Interrupted
        if is_parking_key(item.key):  # nobody's, on whichever machine its cycle of renames goes on
            tell(world, log, Notice(NoticeKind.PARKED, item.key))
            account.standing(_filtered(item))
            continue
        takes_part = not filters.leaves_out(item, options.policy.now_ns)
        decision = _decide(gathered.lifetimes.of_gone(item), world, options.policy) if takes_part else _filtered(item)
        decision = withheld.remembered(decision)
        if isinstance(decision, Action):
            decision = _with_approval(decision, world.state)
            account.planned(decision)
            sample.see(decision)
            yield decision
            continue
        account.standing(decision)
        if decision.kind in TOLD:
            _skip(world, log, decision)
    withheld.finish()


def _with_approval(action: Action, state: State) -> Action:
    may_be_held = action.destructive or action.fetched_bytes > 0 or action.thawed_bytes > 0
    return structs.replace(action, approved=True) if may_be_held and state.is_approved(action) else action


def _filtered(row: Row) -> Standing:
    return Standing(StandingKind.FILTERED, Reason.FILTERED, row)


def _decide(row: Row, world: World, policy: Policy) -> Decision:
    """Hash the local file if the row cannot be judged without, recall what the object holds if need be, then decide."""
    if row.obstacle is not None or not needs_content(row):
        return decide(row, None, policy)
    path = row.file.path
    try:
        content = world.folder.content(path, row.remote.parts if row.remote is not None else ())
    except OSError as error:
        obstacle = Obstacle(row.key, path, ObstacleKind.UNREADABLE, error.strerror or str(error))
        return decide(structs.replace(row, local=None, obstacle=obstacle), None, policy)
    if content is None:
        return Standing(StandingKind.STALE, Reason.MOVING, row)
    if row.remote is not None and needs_memory(row, content):
        learnt = structs.replace(row.remote, content_hash=world.state.learnt_hash(row.remote))
        row = structs.replace(row, remote=learnt)
    return decide(row, content, policy)


def tell(world: World, log: RunLog | None, notice: Notice) -> None:
    """A notice, for listeners and for the run log, if there is one."""
    if log is not None:
        log.notice(notice)
    world.emit(notice)


def _told_of(obstacle: Obstacle) -> Notice:
    kind = NoticeKind.NOT_A_KEY if obstacle.kind is ObstacleKind.NOT_A_KEY else NoticeKind.OBSTACLE
    return Notice(kind, obstacle.path, obstacle.detail)


def _skip(world: World, log: RunLog | None, standing: Standing) -> None:
    if log is not None:
        log.standing(standing)
    world.emit(Skipped(standing))
