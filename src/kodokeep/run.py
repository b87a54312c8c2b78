"""One run over one pair: gather → decide → guard → do → finish. Read this file first.

     bucket listing ─┐
     folder walk    ─┼─ merge ─ classify ─ decide ─ spool ─ guard ─ do (batches) ─ finish
     last synced    ─┘

What belongs here: the order of things. What does not: how any of them is done; that is behind the ports.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kodokeep.errors import FolderFull, Interrupted, KodokeepError, ListingUnordered
from kodokeep.execution.account import Account
from kodokeep.execution.commit import Committer
from kodokeep.execution.gather import gather, tell
from kodokeep.execution.transfer import Downloads, Totals, apply_records, delete
from kodokeep.model.action import ActionKind, Group, GroupTotal
from kodokeep.model.event import ActionFinished, Event, GuardKind, Notice, NoticeKind, Planned, RunFinished, RunStarted
from kodokeep.model.options import RunOptions
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.summary import Summary
from kodokeep.planning.guard import Circumstances, Verdict, guard
from kodokeep.ports import Emit, RunLog, World

RECORDS = frozenset({ActionKind.TOUCH, ActionKind.ADOPT, ActionKind.KEEP, ActionKind.FORGET})
FETCHES = frozenset({ActionKind.DOWNLOAD, ActionKind.REPLACE})
DELETES = frozenset({ActionKind.DELETE})
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Plan:
    """A spooled plan, judged. `account` knows what became of every row so far."""

    totals: Mapping[Group, GroupTotal]
    verdict: Verdict
    account: Account

    def allowed(self, kinds: frozenset[ActionKind]) -> list[Group]:
        """The groups of these kinds that no guard holds."""
        return [group for group in self.totals if group[0] in kinds and group not in self.verdict.held]

    def downloads(self) -> Totals:
        """How many objects and bytes the allowed fetches are."""
        chosen = [self.totals[group] for group in self.allowed(FETCHES)]
        return Totals(sum(total.actions for total in chosen), sum(total.fetched_bytes for total in chosen))


def plan(world: World, options: RunOptions, log: RunLog | None = None) -> Plan:
    """Gather the three streams, decide about every row, spool the actions and let the guard speak. Changes nothing.

    Raises KodoError, FolderUnusable, Interrupted.
    """
    try:
        totals, account = gather(world, options, log, world.bucket.listing(options.prefix, world.stop))
    except ListingUnordered as error:
        tell(world, log, Notice(NoticeKind.UNORDERED_LISTING, options.bucket, error.message))
        listing = world.state.sort_remote(world.bucket.unordered_listing(options.prefix, world.stop))
        totals, account = gather(world, options, log, listing)
    judged = Plan(totals, _judge(world, options, account, totals), account)
    counts: dict[ActionKind, int] = {}
    for (kind, _, _), total in totals.items():
        counts[kind] = counts.get(kind, 0) + total.actions
    world.emit(Planned(counts, judged.downloads().size_bytes, judged.verdict.tripped))
    return judged


def run(world: World, options: RunOptions, run_id: str, log: RunLog, bind: Callable[[], None]) -> Summary:
    """Back up one pair. `bind` ties the folder to the bucket; it is called once the plan stands, before any change.

    Every KodokeepError ends in the summary; what was finished before is committed.
    """
    started_s = world.clock()
    started = RunStarted(options.name, run_id, options.policy.mode, options.bucket, options.folder)
    world.emit(started)
    log.started(started, options.settings)
    planned: Plan | None = None
    error: KodokeepError | None = None
    try:
        if crashed := world.state.unfinished_run():
            Committer(run_id, world.folder, world.state, log, world.emit).settle(crashed)
        world.state.begin_run(run_id, options.policy.mode, world.state.settings())
        planned = plan(world, options, log)
        if not _holds_settings(planned):
            world.state.remember_settings(run_id, options.settings)
        bind()
        committer = Committer(run_id, world.folder, world.state, log, _counting(world, planned.account))
        _perform(world, options, planned, committer)
    except Interrupted:
        pass
    except KodokeepError as caught:
        error = caught
    account = planned.account if planned else Account()
    account.close(held=planned.verdict.held if planned else ())
    summary = summarise(options, account, world, run_id, world.clock() - started_s, error)
    summary = _finish(world, log, summary, account.failures if planned else None, _mounts(world, options, planned))
    world.emit(RunFinished(summary))
    return summary


def _finish(world: World, log: RunLog, summary: Summary, failures: list[str] | None, mounts: frozenset[str]) -> Summary:
    """Write the end of the run down. A disk too full even for that is told, unless something worse is to tell."""
    try:
        log.finished(summary)
        world.state.finish_run(summary, failures, mounts)
    except KodokeepError as error:
        if not summary.error:
            return replace(summary, exit=error.exit_code, error=error.message, hint=error.hint)
    return summary


def summarise(
    options: RunOptions, account: Account, world: World, run_id: str, seconds: float, error: KodokeepError | None
) -> Summary:
    """The run in numbers, and its exit code (design §10)."""
    listed_tally, walked_tally = account.tallies()
    parts = {part: account.total(part) for part in ("held", "failed", "stale", "deleted", "kept", "filtered")}
    parts |= {part: listed_tally.parts.get(part, 0) for part in ("unchanged", "touched", "adopted", "downloaded")}
    parts |= {part: listed_tally.parts.get(part, 0) for part in ("unavailable", "thawing")}
    parts["local_only"] = walked_tally.parts.get("local_only", 0)
    summary = Summary(
        name=options.name,
        run=run_id,
        mode=options.policy.mode,
        exit=0,
        listed=account.listed,
        walked=account.walked,
        archived=account.archived,
        bytes_downloaded=world.bucket.received_bytes,
        requests=world.bucket.requests,
        seconds=round(seconds, 3),
        error=error.message if error else "",
        hint=error.hint if error else "",
        listed_tally=listed_tally,
        walked_tally=walked_tally,
        **parts,
    )
    return replace(summary, exit=_exit(summary, options, error, interrupted=world.stop.is_set()))


def _exit(summary: Summary, options: RunOptions, error: KodokeepError | None, *, interrupted: bool) -> int:
    if error is not None:
        return error.exit_code
    if interrupted:
        return INTERRUPTED
    return 3 if summary.failed else 4 if summary.held or options.identity else 0


def _judge(world: World, options: RunOptions, account: Account, totals: Mapping[Group, GroupTotal]) -> Verdict:
    changed = _changed_settings(world.state.settings(), options.settings)
    synced = world.state.synced_count(options.prefix)
    now = Circumstances(account.listed, account.walked, synced, options.identity, changed)
    if options.accept_changes and not options.identity:
        return Verdict()
    return guard(totals, now, options.guard)


def _changed_settings(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    changed = [name for name in now if before and before.get(name, "") != now[name]]
    return ", ".join(f"{name}: {before.get(name, '')!r} is now {now[name]!r}" for name in changed)


def _holds_settings(planned: Plan) -> bool:
    """Changed settings count as known only once nothing is held for their sake."""
    return any(trip.kind is GuardKind.SETTINGS_CHANGED for trip in planned.verdict.tripped)


def _perform(world: World, options: RunOptions, plan_: Plan, committer: Committer) -> None:
    """Records first, then downloads, removals last; what a guard holds is told one by one."""
    state, stop = world.state, world.stop
    totals = plan_.downloads()
    needed_bytes, free_bytes = totals.size_bytes - world.folder.partial_bytes(), world.folder.free_bytes()
    if needed_bytes > free_bytes:
        raise FolderFull(
            f"{options.folder}: the plan needs {needed_bytes:,} bytes, the disk has {free_bytes:,} free",
            hint="make room, or choose another folder; nothing was changed",
        )
    for _, action in state.spooled(plan_.verdict.held):
        outcome = Outcome(action, OutcomeKind.HELD, action.reason)
        committer.log.outcome(outcome)
        committer.emit(ActionFinished(outcome))
    apply_records(state.spooled(plan_.allowed(RECORDS)), committer, stop)
    downloads = Downloads(world.bucket, world.folder, committer, totals, stop, accept_unsynced=options.accept_changes)
    downloads.perform(state.spooled(plan_.allowed(FETCHES)))
    delete(state.spooled(plan_.allowed(DELETES)), committer, stop)
    if not stop.is_set():
        world.folder.drop_temps(keep=downloads.unfinished_temps)


def _counting(world: World, account: Account) -> Emit:
    """Count an outcome the moment it is told."""

    def emit(event: Event) -> None:
        if isinstance(event, ActionFinished):
            account.outcome(event.outcome)
        world.emit(event)

    return emit


def _mounts(world: World, options: RunOptions, planned: Plan | None) -> frozenset[str]:
    """A mount point stays known while it is missing, until a whole walk was made of a change that a person accepted
    (rule 2).
    """
    seen = world.folder.mounts_seen()
    return seen if options.accept_changes and planned else seen | world.state.mounts()
