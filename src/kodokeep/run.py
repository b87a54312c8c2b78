"""One run over one pair: gather → decide → follow renames → guard → do → finish. Read this file first.

     bucket listing ─┐
     folder walk    ─┼─ merge ─ classify ─ decide ─ spool ─ pair renames ─ guard ─ do (batches) ─ finish
     last synced    ─┘

What belongs here: the order of things. What does not: how any of them is done; that is behind the ports.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain

from kodokeep import exits
from kodokeep.errors import BucketFull, FolderFull, Interrupted, KodokeepError, ListingUnordered
from kodokeep.execution.account import Account
from kodokeep.execution.archive import Archive
from kodokeep.execution.commit import Committer
from kodokeep.execution.conflicts import ConflictFiles, is_conflict_file
from kodokeep.execution.downloads import Downloads
from kodokeep.execution.expiries import look
from kodokeep.execution.gather import gather, tell
from kodokeep.execution.moves import move
from kodokeep.execution.parking import bring_home, clear_parking
from kodokeep.execution.plan import RECORDS, Plan
from kodokeep.execution.progress import Progress
from kodokeep.execution.records import apply_records
from kodokeep.execution.removals import FileRemoval, ObjectRemoval
from kodokeep.execution.renames import follow_renames
from kodokeep.execution.selection import Chosen, select
from kodokeep.execution.thaws import Thaws
from kodokeep.execution.traffic import Traffic, within_budget
from kodokeep.execution.uploads import Uploads
from kodokeep.model.action import FETCHING, LOSING_BUCKET, ActionKind, Group, GroupTotal
from kodokeep.model.event import ActionFinished, Event, GuardKind, Notice, NoticeKind, RunFinished, RunStarted
from kodokeep.model.options import RunOptions
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.summary import Summary
from kodokeep.planning.guard import Circumstances, UnderPrefix, Verdict, guard
from kodokeep.ports import Emit, RunLog, State, World

OF_LISTING = ("unchanged", "touched", "adopted", "downloaded", "unavailable", "thawing", "remote_only")
OF_BOTH_SIDES = (
    "uploaded", "copied", "moved", "deleted", "conflicts", "held", "stale", "failed", "filtered", "local_only", "kept"
)  # fmt: skip
EXTRA_NUMBERS = 2**40
"""Conflict files are no actions of the plan; their uploads are numbered from here."""


def plan(world: World, options: RunOptions, log: RunLog | None = None, chosen: Chosen | None = None) -> Plan:
    """Gather the three streams, decide about every row, spool the actions and let the guard speak. Changes nothing.

    With `chosen` only those actions stay in the plan.

    Raises KodoError, FolderUnusable, Interrupted.
    """
    try:
        gathered = gather(world, options, log, world.bucket.listing(options.prefix, world.stop))
    except ListingUnordered as error:
        tell(world, log, Notice(NoticeKind.UNORDERED_LISTING, options.bucket, error.message))
        listing = world.state.sort_remote(world.bucket.unordered_listing(options.prefix, world.stop))
        gathered = gather(world, options, log, listing)
    account = gathered.account
    follow_renames(world, options.policy, account)
    if chosen is not None:
        select(world, chosen, account, log)
    if within_s := options.archive.expiring_within_s:
        look(world, gathered.sample, gathered.lifetimes, options.policy.now_ns, within_s)
    totals = world.state.group_totals()
    verdict = _judge(world, options, account, totals)
    verdict, use = within_budget(world, options, totals, verdict, account.thawing_bytes)
    judged = Plan(totals, verdict, account, use)
    world.emit(judged.as_event())
    return judged


def run(
    world: World,
    options: RunOptions,
    run_id: str,
    log: RunLog,
    bind: Callable[[], None],
    chosen: Chosen | None = None,
) -> Summary:
    """Bring one pair's sides together. `bind` ties the folder to the bucket; it is called once the plan stands, before
    any change.

    Every KodokeepError ends in the summary; what was finished before is committed.
    """
    started_s = world.clock()
    started = RunStarted(options.name, run_id, options.policy.mode, options.bucket, options.folder)
    world.emit(started)
    log.started(started, options.settings)
    planned: Plan | None = None
    error: KodokeepError | None = None
    traffic = Traffic.of(world, options)
    try:
        settle(world, Committer(run_id, world.folder, world.state, log, world.emit))
        if options.starts_anew:
            world.state.forget_synced()
        world.state.begin_run(run_id, options.policy.mode, world.state.settings())
        if parked := world.state.parked():
            bring_home(world.bucket, world.state, parked)
        planned = plan(world, options, log, chosen)
        if _settles_settings(world.state, options, planned, chosen):
            world.state.remember_settings(run_id, options.settings)
        bind()
        world.state.ledger.keep_disabled(int(world.now_s()))
        committer = Committer(run_id, world.folder, world.state, log, _counting(world, planned.account))
        _perform(world, options, planned, committer, traffic)
    except Interrupted:
        pass
    except KodokeepError as caught:
        error = caught
    unrecorded = _last_note(traffic)
    error = error or unrecorded
    account = planned.account if planned else Account()
    account.close(held=planned.verdict.held if planned else ())
    accepted = options.accept_changes and planned is not None and chosen is None
    summary = summarise(options, account, world, run_id, world.clock() - started_s, error)
    summary = _finish(world, log, summary, account.failures if planned else None, _mounts(world, accepted=accepted))
    world.emit(RunFinished(summary))
    return summary


def settle(world: World, committer: Committer) -> None:
    """Make good what a crash left half done in the folder. It takes no answer of the bucket."""
    if crashed := world.state.unfinished_run():
        committer.settle(crashed)
    committer.recover_parked()


def _last_note(traffic: Traffic) -> KodokeepError | None:
    """Count into the month what came and is not recorded yet; the error, if that cannot be written."""
    try:
        traffic.note(last=True)
    except KodokeepError as error:
        return error
    return None


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
    parts = {part: listed_tally.parts.get(part, 0) for part in OF_LISTING}
    parts |= {part: account.total(part) for part in OF_BOTH_SIDES}
    summary = Summary(
        name=options.name,
        run=run_id,
        mode=options.policy.mode,
        exit=exits.DONE,
        listed=account.listed,
        walked=account.walked,
        archived=account.archived,
        bytes_downloaded=world.bucket.received_bytes,
        bytes_uploaded=world.bucket.sent_bytes,
        requests=world.bucket.requests,
        seconds=round(seconds, 3),
        error=error.message if error else "",
        hint=error.hint if error else "",
        listed_tally=listed_tally,
        walked_tally=walked_tally,
        **parts,
    )
    refused = account.refused > 0
    return replace(summary, exit=_exit(summary, options, error, interrupted=world.stop.is_set(), refused=refused))


def _exit(
    summary: Summary, options: RunOptions, error: KodokeepError | None, *, interrupted: bool, refused: bool
) -> int:
    if error is not None:
        return error.exit_code
    if interrupted:
        return exits.INTERRUPTED
    if summary.failed or refused:
        return exits.SOME_FAILED
    return exits.HELD if summary.held or options.identity else exits.DONE


def _judge(world: World, options: RunOptions, account: Account, totals: Mapping[Group, GroupTotal]) -> Verdict:
    changed = _changed_settings(world.state.settings(), options.settings)
    synced = world.state.synced_count(options.prefix)
    now = Circumstances(account.listed, account.walked, synced, options.identity, changed, _under(world.state, options))
    if options.accept_changes and not options.identity:
        return Verdict()
    return guard(totals, now, options.guard)


def _under(state: State, options: RunOptions) -> dict[str, UnderPrefix]:
    """What is planned under each of the guard's prefixes."""
    prefixes = options.guard.prefixes
    totals = state.prefix_totals(prefixes) if prefixes else {}
    return {prefix: UnderPrefix(part, state.synced_count(prefix)) for prefix, part in totals.items()}


def _changed_settings(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    changed = [name for name in now if before and before.get(name, "") != now[name]]
    return ", ".join(f"{name}: {_told(before.get(name, ''))} is now {_told(now[name])}" for name in changed)


def _told(setting: str) -> str:
    return repr(setting) if setting else "none"


def _settles_settings(state: State, options: RunOptions, planned: Plan, chosen: Chosen | None) -> bool:
    """Changed settings count as known only once nothing is held for their sake, of a plan that is whole (rule 18)."""
    if chosen is not None and _changed_settings(state.settings(), options.settings):
        return False
    return not any(trip.kind is GuardKind.SETTINGS_CHANGED for trip in planned.verdict.tripped)


def _perform(world: World, options: RunOptions, plan_: Plan, committer: Committer, traffic: Traffic) -> None:
    """Renames first, which make room; what comes before what goes, so that nothing is ever on neither side."""
    state, folder, bucket, stop = world.state, world.folder, world.bucket, world.stop
    for _, action in plan_.held(state):
        committer.tell(Outcome(action, OutcomeKind.HELD))
    # What was approved stays so until this run has come to its end.
    state.remember_held(committer.run, chain(plan_.held(state), plan_.approved(state)))
    progress = Progress(bucket, committer.emit, plan_.transfers(), world.clock, traffic)
    archive = Archive(bucket, folder, committer, progress, stop)
    _check_room(options, plan_, world, archive)
    apply_records(plan_.actions(state, *RECORDS), committer, stop)
    thaws = Thaws(bucket, committer, traffic, options.archive.thaw_days, stop)
    thaws.perform(plan_.actions(state, ActionKind.THAW))
    move(world, committer, plan_, options.prefix)
    conflict_files = ConflictFiles(bucket, folder, state, options.host, committer.run, stop)
    downloads = Downloads(
        bucket, folder, committer, progress, stop, conflict_files, accept_unsynced=options.accept_changes
    )
    downloads.perform(plan_.actions(state, *FETCHING))
    uploads = Uploads(bucket, folder, committer, progress, stop, archive)
    full = _upload(uploads, conflict_files, plan_, state)
    FileRemoval(bucket, committer, stop).perform(plan_.actions(state, ActionKind.DELETE))
    ObjectRemoval(bucket, committer, archive, stop).perform(plan_.actions(state, ActionKind.DELETE_OBJECT))
    if full is not None:
        raise full
    if not stop.is_set():
        if any(group.approved for group in plan_.totals):
            state.remember_held(committer.run, plan_.held(state))
        clear_parking(bucket, state, committer, options.host)
        folder.drop_temps(keep=[*downloads.unfinished_temps, *archive.unfinished_temps, *uploads.unfinished])


def _upload(uploads: Uploads, conflict_files: ConflictFiles, plan_: Plan, state: State) -> BucketFull | None:
    """Everything that goes to the bucket. A full one is no reason against deletions, which are what makes room."""
    try:
        uploads.perform_new(plan_.actions(state, ActionKind.UPLOAD))
        uploads.perform_over(plan_.actions(state, ActionKind.OVERWRITE))
        uploads.perform_new(enumerate(conflict_files.uploads(), EXTRA_NUMBERS))
    except BucketFull as full:
        return full
    return None


def _check_room(options: RunOptions, plan_: Plan, world: World, archive: Archive) -> None:
    """Raises FolderFull. What an earlier run left in `tmp` or saved in history takes no room again."""
    needed_bytes = plan_.fetched_bytes() - world.folder.partial_bytes()
    free_bytes = world.folder.free_bytes()
    if needed_bytes > free_bytes:
        needed_bytes -= archive.kept_bytes(plan_.actions(world.state, *LOSING_BUCKET))
    if needed_bytes > free_bytes:
        raise FolderFull(
            f"{options.folder}: the plan needs {needed_bytes:,} bytes, the disk has {free_bytes:,} free",
            hint="make room, or choose another folder; nothing was changed",
        )


def _counting(world: World, account: Account) -> Emit:
    """Count an outcome the moment it is told; the upload of a conflict file is no action of the plan."""

    def emit(event: Event) -> None:
        if isinstance(event, ActionFinished) and not is_conflict_file(event.outcome.action):
            account.outcome(event.outcome)
        elif isinstance(event, ActionFinished):
            account.extra_upload(event.outcome)
        world.emit(event)

    return emit


def _mounts(world: World, *, accepted: bool) -> frozenset[str]:
    """A mount point stays known while it is missing, until a person `accepted` all that a whole plan made of it (rule
    2).
    """
    seen = world.folder.mounts_seen()
    return seen if accepted else seen | world.state.mounts()
