"""An engine without a bucket or a folder: it tells prepared events and answers with prepared values."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.entry import LocalEntry, RemoteEntry, Stamp, SyncedEntry
from kodokeep.model.event import Event, GuardTripped, RunFinished, RunStarted
from kodokeep.model.health import Health, Past
from kodokeep.model.options import Credentials, PairOptions, TransportOptions
from kodokeep.model.record import Approved, HeldAction, RunRecord, RunState, Totals
from kodokeep.model.status import PairStatus
from kodokeep.model.summary import Summary, Tally
from kodokeep.model.traffic import TrafficUse
from kodokeep.planning.health import attempt_of
from kodokeep.ports import Emit, StopSignal

RUN = "20261122T030000Z"
MTIME_NS = 1_700_000_000_000_000_000


def action(kind: ActionKind, key: str, reason: Reason, size_bytes: int = 1024) -> Action:
    remote = None if kind is ActionKind.DELETE else RemoteEntry(key, size_bytes, "Fhash", MTIME_NS)
    local = None if kind is ActionKind.DOWNLOAD else LocalEntry(key, key, Stamp(size_bytes, MTIME_NS, MTIME_NS))
    return Action(kind, reason, Row(key, remote, local, None))


def synced(key: str, size_bytes: int = 3, put_time_ns: int | None = MTIME_NS) -> SyncedEntry:
    stamp = Stamp(size_bytes, MTIME_NS, MTIME_NS)
    return SyncedEntry(key, f"path/{key}", "Fremote", "Fcontent", size_bytes, put_time_ns, stamp)


def summary(name: str, exit_code: int = 0, **counts: Any) -> Summary:
    listed = Tally(3, {"unchanged": 2, "downloaded": 1})
    values = {"listed": 3, "unchanged": 2, "downloaded": 1, "bytes_downloaded": 2048, "seconds": 0.5} | counts
    return Summary(name, RUN, "backup", exit_code, listed_tally=listed, **values)


@dataclass
class FakePlan:
    """A plan that can be read as often as one likes."""

    summary: Summary
    guards: tuple[GuardTripped, ...] = ()
    planned: Sequence[tuple[Action, bool]] = ()
    traffic: TrafficUse | None = None

    def actions(self) -> Iterator[tuple[Action, bool]]:
        return iter(self.planned)


@dataclass
class FakeEngine:
    """Remembers what it was asked for. `events` come between the start and the end of each run."""

    events: Sequence[Event] = ()
    exits: dict[str, int] = field(default_factory=dict)
    errors: Mapping[str, BaseException] = field(default_factory=dict)
    plans: dict[str, FakePlan] = field(default_factory=dict)
    records: Sequence[RunRecord] = ()
    entries: Sequence[SyncedEntry] = ()
    held: Sequence[HeldAction] = ()
    status: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    during_run: Any = None

    def run_pair(
        self, pair: PairOptions, credentials: Credentials, request: Any, emit: Emit, stop: StopSignal
    ) -> Summary:
        self.asked.append(("run", pair.name, credentials.access_key, request.accept_changes, request.adopt))
        return self._run(pair, emit, stop)

    def apply_pair(
        self, pair: PairOptions, credentials: Credentials, request: Any, plan_file: Any, emit: Emit, stop: StopSignal
    ) -> Summary:
        keys = [planned.action.key for planned in plan_file.actions()]
        self.asked.append(("apply", pair.name, credentials.access_key, request.accept_changes, keys))
        return self._run(pair, emit, stop)

    def _run(self, pair: PairOptions, emit: Emit, stop: StopSignal) -> Summary:
        if pair.name in self.errors:
            raise self.errors[pair.name]
        emit(RunStarted(pair.name, RUN, pair.mode, pair.bucket, pair.folder))
        for event in self.events:
            emit(event)
        if self.during_run:
            self.during_run()
        result = summary(pair.name, 130 if stop.is_set() else self.exits.get(pair.name, 0))
        emit(RunFinished(result))
        return result

    def plan_pair(self, pair: PairOptions, credentials: Credentials, request: Any, emit: Emit, stop: StopSignal) -> Any:
        if pair.name in self.errors:
            raise self.errors[pair.name]
        for event in self.events:
            emit(event)
        return nullcontext(self.plans.get(pair.name, FakePlan(summary(pair.name))))

    def check_keys(self, credentials: Credentials, transport: TransportOptions) -> None:
        self.asked.append(("check", credentials, transport))
        if "check" in self.errors:
            raise self.errors["check"]

    def held_pair(self, pair: PairOptions) -> Iterator[HeldAction]:
        return iter(self.held)

    def approve_pair(self, pair: PairOptions, prefixes: Sequence[str]) -> Approved:
        if pair.name in self.errors:
            raise self.errors[pair.name]
        self.asked.append(("approve", pair.name, tuple(prefixes)))
        released = [held for held in self.held if held.key.startswith(tuple(prefixes) or "")]
        return Approved(len(released), sum(held.size_bytes for held in released))

    def look(self, pair: PairOptions) -> PairStatus:
        """A pair whose last run ended well, three hours ago, but for what `status` says."""
        if pair.name in self.errors:
            raise self.errors[pair.name]
        record = RunRecord(RUN, "backup", {}, RunState.FINISHED, 1, summary(pair.name))
        success = attempt_of(record)
        told = PairStatus(
            pair.name,
            pair.bucket,
            pair.folder,
            str(pair.mode),
            datetime(2026, 11, 22, 6, tzinfo=UTC),
            Past((success,), success.ended_s),
            Health(telling=success),
            totals=Totals(3, 4096, 1, 10),
            state_bytes=2048,
            last_run=record,
            last_success=record,
        )
        return replace(told, **self.status.get(pair.name, {}))

    def pair_runs(self, pair: PairOptions, limit: int) -> Sequence[RunRecord]:
        return self.records[:limit]

    def pair_entries(self, pair: PairOptions, prefix: str) -> Iterator[SyncedEntry]:
        self.asked.append(("ls", pair.name, prefix))
        return (entry for entry in self.entries if entry.key.startswith(prefix))
