"""The composition root: builds the rooms around one pair and lets them work. Nothing else knows them all."""

import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kodokeep import __version__, exits
from kodokeep.errors import Interrupted, KodokeepError
from kodokeep.execution.plan import Plan
from kodokeep.execution.selection import Chosen
from kodokeep.kodo.account import KodoAccount
from kodokeep.kodo.bucket import KodoBucket
from kodokeep.kodo.survey import Survey
from kodokeep.kodo.urls import host_of
from kodokeep.local.folder import LocalFolder
from kodokeep.local.identity import FolderIdentity
from kodokeep.local.lock import FolderLock
from kodokeep.model.action import Action
from kodokeep.model.bandwidth import Bandwidth
from kodokeep.model.cloud import BucketInfo, Places
from kodokeep.model.entry import NS_PER_S, SyncedEntry
from kodokeep.model.event import Event, Gathering, GuardTripped, Notice, RunFinished, Transferring
from kodokeep.model.options import Credentials, PairOptions, Policy, RunOptions, TrafficLimit, TransportOptions
from kodokeep.model.record import Approved, HeldAction, RunRecord
from kodokeep.model.runid import next_run_id
from kodokeep.model.summary import Summary
from kodokeep.pair import (
    identity_of,
    identity_problem,
    is_of_another_bucket,
    known_runs,
    open_to_plan,
    private_directory,
    state_file,
)
from kodokeep.planning.filters import pair_settings
from kodokeep.planning.traffic import rates_of
from kodokeep.ports import Emit, Folder, RunLog, StopSignal, World
from kodokeep.reporting.runlog import JsonlRunLog
from kodokeep.run import plan, run, summarise
from kodokeep.state.look import StateLook
from kodokeep.state.store import StateStore

if TYPE_CHECKING:
    from kodokeep.reporting.planfile import PlanFile

SWITCH_INTERVAL_S = 0.0005
"""The transfer thread and the writer pass the interpreter to and fro for every file; Python's 5 ms starve both."""


wall_clock_s: Callable[[], float] = time.time
"""What months, thaws and lifetimes go by, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a person allows this once: `accept_changes` releases what guards hold, `adopt` binds the folder anew,
    `chosen` leaves all but these actions alone, `bandwidth` holds instead of the pair's.
    """

    accept_changes: bool = False
    adopt: bool = False
    chosen: Chosen | None = None
    bandwidth: Bandwidth | None = None


class PlanReport:
    """A plan to be looked at; a context manager, because its actions are read from a spool on disk."""

    def __init__(self, stack: ExitStack, state: StateStore, planned: Plan, summary: Summary) -> None:
        self._stack = stack
        self._state = state
        self._verdict = planned.verdict
        self._groups = tuple(planned.totals)
        self.summary = summary
        self.traffic = planned.traffic
        self.guards: tuple[GuardTripped, ...] = planned.verdict.tripped

    def actions(self) -> Iterator[tuple[Action, bool]]:
        """Every action with whether a guard holds it, in the order in which a run takes them up."""
        for _, action in self._state.spooled(self._groups):
            yield action, self._verdict.holds(action)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def run_pair(pair: PairOptions, credentials: Credentials, request: RunRequest, emit: Emit, stop: StopSignal) -> Summary:
    """Bring one pair's sides together. Never raises KodokeepError: errors are in the summary, also the last event."""
    try:
        identity = identity_of(pair)
        problem = "" if request.adopt else identity_problem(identity, pair)
        if problem:
            with _planned(pair, credentials, request, emit, stop, problem) as report:
                summary = report.summary
            emit(RunFinished(summary))
            return summary
        return _run(pair, credentials, request, emit, stop, identity)
    except KodokeepError as error:
        summary = Summary(pair.name, "", pair.mode, error.exit_code, error=error.message, hint=error.hint)
    except Interrupted:
        summary = Summary(pair.name, "", pair.mode, exits.INTERRUPTED)
    emit(RunFinished(summary))
    return summary


def apply_pair(
    pair: PairOptions,
    credentials: Credentials,
    request: RunRequest,
    plan_file: "PlanFile",
    emit: Emit,
    stop: StopSignal,
) -> Summary:
    """Do what a plan file says, as far as it still is what a new plan says. Errors are told as by `run_pair`."""
    chosen = ((planned.fingerprint, planned.action.key) for planned in plan_file.actions())
    return run_pair(pair, credentials, replace(request, chosen=chosen), emit, stop)


def held_pair(pair: PairOptions) -> Iterator[HeldAction]:
    """What guards held in the last run, by key (rule 23). Raises LockHeld, StateUnusable."""
    with StateStore.open_for_plan(state_file(pair)) as state:
        yield from state.held()


def approve_pair(pair: PairOptions, prefixes: Sequence[str]) -> Approved:
    """Release what guards held in the last run, all of it or the keys that begin so. Raises LockHeld, StateUnusable."""
    file = state_file(pair)
    if not file.exists():
        return Approved(0, 0)
    with FolderLock(private_directory(pair), now=lambda: datetime.now(UTC)), StateStore.open(file) as state:
        return state.approve(prefixes)


def plan_pair(
    pair: PairOptions, credentials: Credentials, request: RunRequest, emit: Emit, stop: StopSignal
) -> PlanReport:
    """Plan one pair and change nothing. Raises KodokeepError, KeyboardInterrupt if `stop` is set meanwhile."""
    problem = "" if request.adopt else identity_problem(identity_of(pair), pair)
    try:
        return _planned(pair, credentials, request, emit, stop, problem)
    except Interrupted:
        raise KeyboardInterrupt from None


def buckets(credentials: Credentials, transport: TransportOptions) -> Sequence[BucketInfo]:
    """The account's buckets by name. Raises KodoError."""
    return KodoAccount(credentials, transport).buckets()


def places(bucket: str, credentials: Credentials, transport: TransportOptions) -> Places:
    """Where a bucket's objects can be fetched from. Raises KodoError."""
    survey = Survey(bucket, credentials, transport)
    origins = survey.hosts().io_src
    return Places(tuple(survey.domains()), host_of(origins[0]) if origins else "")


def check_keys(credentials: Credentials, transport: TransportOptions) -> None:
    """Ask Kodo whether it knows these keys. Raises SignInRefused, ClockSkewed, Unreachable, KodoError."""
    KodoAccount(credentials, transport).check_keys()


def pair_runs(pair: PairOptions, limit: int) -> Sequence[RunRecord]:
    """The newest runs, newest first."""
    with StateLook.open(state_file(pair)) as look:
        return look.runs(limit)


def pair_entries(pair: PairOptions, prefix: str) -> Iterator[SyncedEntry]:
    """What is backed up, in key order."""
    with StateStore.open_for_plan(state_file(pair)) as state:
        yield from state.synced(prefix)


def _run(
    pair: PairOptions,
    credentials: Credentials,
    request: RunRequest,
    emit: Emit,
    stop: StopSignal,
    identity: FolderIdentity,
) -> Summary:
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with ExitStack() as stack:
        folder = stack.enter_context(_folder(pair, create=True))
        private = private_directory(pair)
        lock = stack.enter_context(FolderLock(private, now=lambda: datetime.now(UTC)))
        state = stack.enter_context(StateStore.open(state_file(pair)))
        log = JsonlRunLog(private / "runs", program=f"kodokeep {__version__}")
        stack.callback(log.close)
        run_id = next_run_id(time.time(), known_runs(pair, state))
        bucket = _bucket(_limited(pair, request.bandwidth), credentials, _logging(emit, log))
        world = World(bucket, folder, state, _with_heartbeat(emit, lock), stop, now_s=wall_clock_s)
        options = replace(_options(pair, request, ""), starts_anew=is_of_another_bucket(identity))
        return run(world, options, run_id, log, identity.write, request.chosen)


def _planned(
    pair: PairOptions, credentials: Credentials, request: RunRequest, emit: Emit, stop: StopSignal, problem: str
) -> PlanReport:
    started_s = time.monotonic()
    with ExitStack() as stack:
        folder: Folder = stack.enter_context(_folder(pair, create=False))
        state = stack.enter_context(open_to_plan(pair))
        bucket = _bucket(pair, credentials, emit)
        world = World(bucket, folder, state, emit, stop, now_s=wall_clock_s)
        options = _options(pair, request, problem)
        planned = plan(world, options)
        planned.close(state)
        summary = summarise(options, planned.account, world, "", time.monotonic() - started_s, None)
        return PlanReport(stack.pop_all(), state, planned, summary)


def _options(pair: PairOptions, request: RunRequest, identity: str) -> RunOptions:
    return RunOptions(
        name=pair.name,
        bucket=pair.bucket,
        folder=pair.folder,
        prefix=pair.prefix,
        policy=Policy(
            pair.mode,
            pair.deletions,
            pair.conflicts,
            int(wall_clock_s() * NS_PER_S),
            pair.archive.archived,
            request.accept_changes,
        ),
        guard=pair.guard,
        settings=pair_settings(pair),
        accept_changes=request.accept_changes,
        identity=identity,
        filters=pair.filters,
        host=platform.node(),
        archive=pair.archive,
        traffic=_traffic(pair),
        zone=pair.zone,
    )


def _traffic(pair: PairOptions) -> TrafficLimit | None:
    if pair.monthly_traffic is None:
        return None
    return TrafficLimit(
        pair.monthly_traffic, rates_of(pair.monthly_traffic, pair.prices, through_cdn=pair.domain is not None)
    )


def _folder(pair: PairOptions, *, create: bool) -> LocalFolder:
    return LocalFolder.open(pair.folder, create=create, portable_names=pair.portable_names, symlinks=pair.symlinks)


def _bucket(pair: PairOptions, credentials: Credentials, notice: Callable[[Notice], None]) -> KodoBucket:
    return KodoBucket(pair.bucket, credentials, pair.transport, domain=pair.domain, notice=notice)


def _limited(pair: PairOptions, bandwidth: Bandwidth | None) -> PairOptions:
    if bandwidth is None:
        return pair
    return replace(pair, transport=replace(pair.transport, bandwidth=replace(bandwidth, zone=pair.zone)))


def _logging(emit: Emit, log: RunLog) -> Callable[[Notice], None]:
    def notice(item: Notice) -> None:
        log.notice(item)
        emit(item)

    return notice


def _with_heartbeat(emit: Emit, lock: FolderLock) -> Emit:
    """Renew the lock's sign of life as the run goes on."""

    def tell(event: Event) -> None:
        if isinstance(event, Gathering | Transferring):
            lock.heartbeat()
        emit(event)

    return tell
