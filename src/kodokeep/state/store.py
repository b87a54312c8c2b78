"""The state as a whole: the port `State`, put together from the tables, and what commands read.

Belongs here: which tables change together. Does not: SQL.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from kodokeep.model.action import Action, Group, GroupTotal
from kodokeep.model.entry import RemoteEntry, SyncedEntry
from kodokeep.model.options import Policy
from kodokeep.model.outcome import Parked, Step, Version
from kodokeep.model.record import Approved, HeldAction, RunRecord, RunState, Totals
from kodokeep.model.summary import Summary
from kodokeep.model.traffic import Part
from kodokeep.ports import HeldGroups, Repaired, Share
from kodokeep.state import copies, ledger, pairing, selection
from kodokeep.state.approvals import HeldTable
from kodokeep.state.copies import Copies
from kodokeep.state.database import Database
from kodokeep.state.intents import IntentTable
from kodokeep.state.learnt import LearntTable
from kodokeep.state.ledger import Ledger
from kodokeep.state.listing import ListingSorter
from kodokeep.state.opening import BUSY_TIMEOUT_S, open_empty, open_for_reading, open_for_run
from kodokeep.state.pairing import Pairing
from kodokeep.state.parking import ParkingTable
from kodokeep.state.runs import RunTable
from kodokeep.state.selection import Selection
from kodokeep.state.sharing import Sharing
from kodokeep.state.spool import Spool
from kodokeep.state.synced import SyncedTable
from kodokeep.state.totals import TotalsTable
from kodokeep.state.versions import VersionTable


class StateStore:
    """What is remembered of one pair. One connection, one thread; a commit is durable when the call returns.

    Every method may raise LockHeld, FolderFull or StateUnusable.
    """

    def __init__(self, database: Database) -> None:
        """Use `open` or `open_for_plan`."""
        self._database = database
        self._synced = SyncedTable(database)
        self._learnt = LearntTable(database)
        self._versions = VersionTable(database)
        self._runs = RunTable(database)
        self._intents = IntentTable(database)
        self._held = HeldTable(database)
        self._parking = ParkingTable(database)
        self._spool = Spool(database, *pairing.TABLES, *copies.TABLES, *selection.TABLES, *ledger.TABLES)
        self._pairing = Pairing(database, self._spool)
        self._copies = Copies(database, self._spool, self._synced)
        self._selection = Selection(database, self._spool)
        self._sharing = Sharing(database, self._spool)
        self._listing = ListingSorter(database)
        self.ledger = Ledger(database)

    @classmethod
    def open(cls, file: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Self:
        """Open or create the state for a run, its directory too."""
        return cls(open_for_run(file, busy_timeout_s=busy_timeout_s))

    @classmethod
    def open_for_plan(cls, file: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Self:
        """Open the state to plan and to look: nothing is changed, and a missing file reads as an empty state.

        `spool` and `sort_remote` work, in temporary files elsewhere; whatever would write is a RuntimeError.
        """
        return cls(open_for_reading(file, busy_timeout_s=busy_timeout_s))

    @classmethod
    def open_empty(cls, file: Path) -> Self:
        """The same, as if there was no such file."""
        return cls(open_empty(file))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop what lives no longer than a run, a crashed one's too, and close the file."""
        self._spool.drop()
        self._listing.drop()
        self._database.close()

    def synced(self, prefix: str) -> Iterator[SyncedEntry]:
        """Synced entries with this prefix in key order, read by keyset pages (rule 31)."""
        return self._synced.entries(prefix)

    def forget_synced(self) -> None:
        """Forget what both sides agreed on, as if it was the first run; what history holds stays known."""
        with self._database.transaction():
            self._synced.clear()

    def synced_count(self, prefix: str) -> int:
        """How many synced entries there are under `prefix`, kept orphans left out."""
        return self._synced.count(prefix)

    def settings(self) -> Mapping[str, str]:
        """What the run that began last is on record as set up with; empty before the first."""
        last = self.last_run()
        return {} if last is None else last.settings

    def mounts(self) -> frozenset[str]:
        """Mount points inside the tree that the last finished run met (rule 2)."""
        return self._runs.mounts()

    def sort_remote(self, entries: Iterable[RemoteEntry]) -> Iterator[RemoteEntry]:
        """Sort a listing on disk. Raises ListingBroken at a duplicate key, before it gives any entry (rule 15)."""
        return self._listing.sorted(entries)

    def spool(self, actions: Iterable[Action]) -> Mapping[Group, GroupTotal]:
        """Replace the plan, numbered from 1, and return how much of each group it has; one pass, bounded memory."""
        return self._spool.fill(actions)

    def spooled(self, groups: Iterable[Group]) -> Iterator[tuple[int, Action]]:
        """The plan's actions of these groups with their numbers: by deadline, keys that failed last time, by key."""
        return self._spool.read(groups)

    def spooled_at(self, key: str) -> tuple[int, Action] | None:
        """The plan's action of a key with its number, if there is one."""
        return self._spool.at(key)

    def spooled_moves(self, groups: Iterable[Group]) -> Iterator[tuple[int, Action]]:
        """The plan's moves of these groups with their numbers: by stage, then by key."""
        return self._pairing.moves(groups)

    def unhashed_arrivals(self) -> Iterator[tuple[int, Action]]:
        """Uploads of new files that may be renames or copies and were not hashed yet (rule 20)."""
        return self._copies.unhashed_arrivals()

    def respool(self, seq: int, action: Action) -> None:
        """Replace an action of the plan, for one with the same key."""
        self._spool.respool(seq, action)

    def pair(self, policy: Policy) -> Iterator[Repaired]:
        """Put moves into the plan for what they are made of, then sources to copy from. Once for a plan."""
        yield from self._pairing.pair(policy)
        yield from self._copies.find(policy)

    def restrict(self, chosen: Iterable[tuple[str, str]]) -> Iterator[Action]:
        """Leave only the actions with these fingerprints in the plan; tells those that leave it."""
        return self._selection.restrict(chosen)

    def refused(self) -> Iterator[str]:
        """The keys of chosen actions that the plan does not have."""
        return self._selection.missing()

    def group_totals(self) -> Mapping[Group, GroupTotal]:
        """How much each group of the plan has now."""
        return self._spool.totals()

    def prefix_totals(self, prefixes: Sequence[str]) -> Mapping[str, Mapping[Group, GroupTotal]]:
        """The same for the actions under each of these prefixes."""
        return {prefix: self._spool.totals_under(prefix) for prefix in prefixes}

    def share(self, part: Part, budget_bytes: int | None, month_bytes: int | None, held: HeldGroups) -> Share:
        """How far so many bytes of a whole month's reach in a part of what is not held otherwise; small ones first."""
        return self._sharing.share(part, budget_bytes, month_bytes, held)

    def is_approved(self, action: Action) -> bool:
        """True if a person released just this action with just these preconditions (rule 23)."""
        return self._held.is_approved(action)

    def remember_held(self, run: str, actions: Iterable[tuple[int, Action]]) -> None:
        """Keep what a guard held so that it can be approved; what an earlier run held is dropped."""
        with self._database.transaction():
            self._held.replace(run, (action for _, action in actions))

    def held(self) -> Iterator[HeldAction]:
        """What guards held in the last run, by key; read by pages."""
        return self._held.all()

    def approve(self, prefixes: Sequence[str]) -> Approved:
        """Release what is held under these prefixes, or all of it if there is none; how much that was."""
        with self._database.transaction():
            return self._held.approve(prefixes)

    def park(self, parked: Sequence[Parked]) -> None:
        """Record durably which objects are about to wait under reserved keys (rule 20)."""
        with self._database.transaction():
            self._parking.put(parked)

    def parked(self) -> Sequence[Parked]:
        """What `park` recorded and no `unpark` has taken away."""
        return self._parking.all()

    def unpark(self, keys: Iterable[str]) -> None:
        """Forget objects parked under these reserved keys."""
        with self._database.transaction():
            self._parking.remove(keys)

    def has_synced(self, key: str) -> bool:
        """True if there is a synced entry of this key."""
        return self._synced.get(key) is not None

    def newest_run(self) -> str:
        """The greatest run id known, empty if none."""
        last = self.last_run()
        return "" if last is None else last.run

    def unfinished_run(self) -> str:
        """The id of a run that is not settled (the oldest, if there are several), empty if none."""
        return self._runs.oldest_open()

    def begin_run(self, run: str, mode: str, settings: Mapping[str, str]) -> None:
        """Record that a run starts."""
        with self._database.transaction():
            self._runs.begin(run, mode, settings)

    def remember_settings(self, run: str, settings: Mapping[str, str]) -> None:
        """Record that a run goes on with these settings: what later runs compare theirs with."""
        with self._database.transaction():
            self._runs.remember_settings(run, settings)

    def finish_run(self, summary: Summary, failures: Iterable[str] | None, mounts: frozenset[str]) -> None:
        """Record how a run ended, which keys failed (None: it never got to try), and the mount points met.

        Drops the spool. A run that leaves a batch open (the disk filled up in its middle) stays to be settled.
        """
        with self._database.transaction():
            state = RunState.OPEN if self._intents.pending() else RunState.FINISHED
            self._runs.finish(summary, state, failures, mounts)
            self._learnt.drop_synced()
            TotalsTable(self._database).put(self.totals())
            self.ledger.drop_settled()
        self._spool.drop()

    def close_unfinished(self, run: str) -> None:
        """Mark an unfinished run as interrupted, once it has been settled."""
        with self._database.transaction():
            self._runs.interrupt(run)

    def intend(self, steps: Sequence[Step]) -> None:
        """Store the placements of the open batch durably before any of them happens (rule 10)."""
        with self._database.transaction():
            self._intents.add(steps)

    def intents(self) -> Sequence[Step]:
        """What `intend` stored and no `commit` has taken away, in that order."""
        return self._intents.all()

    def commit(self, run: str, steps: Sequence[Step]) -> None:
        """In one transaction: what each step forgets and records, in order; and the open batch is closed."""
        with self._database.transaction():
            for forgetting, group in groupby(steps, key=lambda step: step.forgets is not None):
                if not forgetting:
                    self._synced.put(step.synced for step in group if step.synced is not None)
                    continue
                for step in group:  # in order: what one step forgets, a later one may record anew
                    self._synced.remove((step.forgets,) if step.forgets is not None else ())
                    self._synced.put((step.synced,) if step.synced is not None else ())
            self._versions.add(step.version for step in steps if step.version is not None)
            self._runs.count_steps(run, len(steps))
            self._intents.clear()

    def learn(self, fetched: Iterable[RemoteEntry]) -> None:
        """Remember the content hashes of objects whose own hash cannot be compared, and which came to no file."""
        with self._database.transaction():
            self._learnt.put(fetched)

    def learnt_hash(self, remote: RemoteEntry) -> str | None:
        """The content hash of this very content of this key, if a run learnt it."""
        return self._learnt.hash_of(remote)

    def add_versions(self, versions: Iterable[Version]) -> None:
        """Record history files that a crashed run left unrecorded."""
        with self._database.transaction():
            self._versions.add(versions)

    def has_version_at(self, location: str) -> bool:
        """True if some version refers to this place of history."""
        return self._versions.has_location(location)

    def locations_of(self, remote: RemoteEntry) -> Sequence[str]:
        """Where in history this very content of this key is, the newest place first."""
        return self._versions.locations_of(remote)

    def runs(self, limit: int) -> Sequence[RunRecord]:
        """The last `limit` runs, newest first."""
        return self._runs.newest(limit)

    def last_run(self) -> RunRecord | None:
        """The run that began last, if there was any."""
        return next(iter(self._runs.newest(1)), None)

    def totals(self) -> Totals:
        """How much is kept, in the tree and in history."""
        return Totals(*self._synced.totals(), *self._versions.totals())
