"""What both sides agreed on, the plan, and what was begun: what is asked of the state."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kodokeep.model.action import Action, Group, GroupTotal
from kodokeep.model.entry import RemoteEntry, SyncedEntry
from kodokeep.model.options import Policy
from kodokeep.model.outcome import Parked, Step, Version
from kodokeep.model.summary import Summary
from kodokeep.model.traffic import Part, Place
from kodokeep.ports.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Repaired:
    """What pairing changed: these actions are in the plan no more, those are instead."""

    before: tuple[Action, ...]
    after: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class HeldGroups:
    """What guards hold: groups as a whole, and of others what is under some prefixes."""

    whole: frozenset[Group]
    under: Mapping[str, frozenset[Group]]


@dataclass(frozen=True, slots=True)
class Share:
    """How far a budget reaches in one part of a plan: the place of the first action that it does not reach (None: it
    reaches for all), the bytes of those before it, and how much of each group comes at or after it. `never`: so many of
    these are more than a whole month's budget.
    """

    first_over: Place | None
    reached_bytes: int
    over: Mapping[Group, GroupTotal]
    never: int = 0


class State(Protocol):
    """What is remembered. One connection, one writer; every commit is durable when the call returns."""

    def synced(self, prefix: str) -> Iterator[SyncedEntry]:
        """Synced entries with this prefix in key order, read by keyset pages (rule 31)."""

    def forget_synced(self) -> None:
        """Forget what both sides agreed on, as if it was the first run; what history holds stays known."""

    def synced_count(self, prefix: str) -> int:
        """How many synced entries there are under `prefix`, kept orphans left out."""

    def settings(self) -> Mapping[str, str]:
        """What the last run was set up with (prefix, mode, …), to notice a change; empty before the first."""

    def mounts(self) -> frozenset[str]:
        """Mount points inside the tree that the last run met (rule 2)."""

    def sort_remote(self, entries: Iterable[RemoteEntry]) -> Iterator[RemoteEntry]:
        """Sort a listing on disk. Raises ListingBroken at a duplicate key."""

    def spool(self, actions: Iterable[Action]) -> Mapping[Group, GroupTotal]:
        """Throw the old spool away and store a plan, numbered from 1; consumed in one pass while `synced` is read.

        Returns how much each group has.
        """

    def unhashed_arrivals(self) -> Iterator[tuple[int, Action]]:
        """Uploads of new files that were not hashed yet and have the size of a content that left a key, or of one that
        is synced: they may be renames or copies (rule 20). `respool` may be called in between.
        """

    def respool(self, seq: int, action: Action) -> None:
        """Replace an action of the plan, for one with the same key."""

    def pair(self, policy: Policy) -> Iterator[Repaired]:
        """Find renames and copies among the spooled actions (rule 20), and put what they become into the spool.

        Tells every change of the plan, to be accounted for; it is made by then. To be called once for a plan, and read
        to its end.
        """

    def restrict(self, chosen: Iterable[tuple[str, str]]) -> Iterator[Action]:
        """Leave only the actions with these fingerprints (each comes with its key) in the plan; tells those that leave
        it. To be called once for a plan, after `pair`, and read to its end.
        """

    def refused(self) -> Iterator[str]:
        """The keys of actions that `restrict` was to keep, and which the plan does not have; in order."""

    def group_totals(self) -> Mapping[Group, GroupTotal]:
        """How much each group of the plan has now."""

    def prefix_totals(self, prefixes: Sequence[str]) -> Mapping[str, Mapping[Group, GroupTotal]]:
        """The same for the actions under each of these prefixes."""

    def is_approved(self, action: Action) -> bool:
        """True if a person released just this action with just these preconditions (rule 23)."""

    def remember_held(self, run: str, actions: Iterable[tuple[int, Action]]) -> None:
        """Keep the held actions, so that they can be approved, the ones that were already as such; what an earlier run
        held is dropped. `spooled` may be read for it; must come before the spool is dropped.
        """

    def park(self, parked: Sequence[Parked]) -> None:
        """Record durably which objects are about to wait under reserved keys while cycles are gone through."""

    def parked(self) -> Sequence[Parked]:
        """What `park` recorded and no `unpark` has taken away."""

    def unpark(self, keys: Iterable[str]) -> None:
        """Forget objects parked under these reserved keys."""

    def has_synced(self, key: str) -> bool:
        """True if there is a synced entry of this key."""

    def spooled(self, groups: Iterable[Group]) -> Iterator[tuple[int, Action]]:
        """The plan's actions of these groups with their numbers: what has a deadline first, by that, then keys that
        failed last time, then by key.

        Read by pages, so commits may happen in between.
        """

    def spooled_at(self, key: str) -> tuple[int, Action] | None:
        """The plan's action of a key with its number, if there is one."""

    def share(self, part: Part, budget_bytes: int | None, month_bytes: int | None, held: HeldGroups) -> Share:
        """How far so many bytes (None: all) of a whole month's reach in a part of what is not held otherwise, the small
        ones first.
        """

    @property
    def ledger(self) -> Ledger:
        """What is remembered of thaws, of disabled objects and of traffic."""

    def spooled_moves(self, groups: Iterable[Group]) -> Iterator[tuple[int, Action]]:
        """The plan's moves of these groups with their numbers: by stage, then by key. Read by pages, too."""

    def newest_run(self) -> str:
        """The greatest run id known, empty if none."""

    def unfinished_run(self) -> str:
        """The id of a run that crashed, or ended with a batch still open, and is not settled; empty if none."""

    def begin_run(self, run: str, mode: str, settings: Mapping[str, str]) -> None:
        """Record that a run starts."""

    def remember_settings(self, run: str, settings: Mapping[str, str]) -> None:
        """Record that a run goes on with these settings: what later runs compare theirs with."""

    def finish_run(self, summary: Summary, failures: Iterable[str] | None, mounts: frozenset[str]) -> None:
        """Record how a run ended, which keys failed (None: it never got to try), and the mount points met.

        Drops the spool.
        """

    def close_unfinished(self, run: str) -> None:
        """Mark a crashed run as interrupted, once it has been settled."""

    def intend(self, steps: Sequence[Step]) -> None:
        """Store the placements of the open batch durably before any of them happens (rule 10)."""

    def intents(self) -> Sequence[Step]:
        """What `intend` stored and no `commit` has taken away: the open batch of a crashed run."""

    def commit(self, run: str, steps: Sequence[Step]) -> None:
        """In one transaction: drop what each step forgets, record its synced entry and version, in order; clear all
        intents.
        """

    def learn(self, fetched: Iterable[RemoteEntry]) -> None:
        """Remember the `content_hash` of objects whose own hash cannot be compared, and which came to no file."""

    def learnt_hash(self, remote: RemoteEntry) -> str | None:
        """The content hash of this very content of this key, if a run learnt it."""

    def add_versions(self, versions: Iterable[Version]) -> None:
        """Record history files that a crashed run left unrecorded."""

    def has_version_at(self, location: str) -> bool:
        """True if some version refers to this place of history."""

    def locations_of(self, remote: RemoteEntry) -> Sequence[str]:
        """Where in history this very content of this key is, the newest place first."""
