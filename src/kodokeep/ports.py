"""What the engine asks of the world: small Protocols, named after the consumer's need, with no base class to inherit.

`run`, `planning` and `execution` see the folder, the bucket, the state and the run log only through these.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, time
from typing import Protocol

from kodokeep.model.action import Action, Group, GroupTotal, Standing
from kodokeep.model.archive import Lifetime, Thaw
from kodokeep.model.entry import LocalContent, LocalEntry, Obstacle, RemoteEntry, Stamp, SyncedEntry
from kodokeep.model.event import Event, Notice, RunStarted
from kodokeep.model.options import Policy
from kodokeep.model.outcome import (
    Did,
    DownloadRequest,
    Fetched,
    NotFetched,
    NotUploaded,
    Outcome,
    Parked,
    Placed,
    Placement,
    Relocation,
    Step,
    Uploaded,
    Version,
)
from kodokeep.model.summary import Summary
from kodokeep.model.traffic import Part, Place, Spent

Emit = Callable[[Event], None]
"""Tells all listeners; must be called from one thread only."""


class StopSignal(Protocol):
    """Set once when the user asks for an orderly end."""

    def is_set(self) -> bool:
        """True once the run should take up nothing new."""


class Source(Protocol):
    """A file of the tree, open to be uploaded. May be used from any thread, by one at a time."""

    @property
    def size_bytes(self) -> int:
        """How long the file was when it was opened."""

    @property
    def racy(self) -> bool:
        """True if the file was changed so shortly before it was opened that another change could hide (rule 13)."""

    def read(self, offset: int, size_bytes: int) -> bytes:
        """So many bytes from there, fewer only at the end of the file. Raises OSError."""

    def unchanged(self) -> bool:
        """True if the file still is what was seen when the upload was planned, whatever happened in between."""

    def close(self) -> None:
        """Close the file; more than once does no harm."""


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """One file to upload as `key`. Whoever takes the request closes `source`.

    `replaces` is the object that the key must still hold right before the upload is completed (rule 26), and whose mime
    type, metadata, storage type and expiry the new one takes over; None: the key must be free. `progress` is the
    absolute path of a file in which a resumable upload may remember how far it is; it is gone once the upload is done.
    """

    seq: int
    key: str
    source: Source
    mtime_ns: int
    replaces: RemoteEntry | None
    progress: str


class Bucket(Protocol):
    """The remote side."""

    def listing(self, prefix: str, stop: StopSignal) -> Iterator[RemoteEntry]:
        """Every object whose key starts with `prefix`, strictly ascending; ends only when proved complete.

        Raises ListingUnordered at the first key out of order, ListingBroken at a repeated key or a stuck marker,
        SignInRefused, ClockSkewed, BucketUnknown, Unreachable; Interrupted soon after `stop` is set, whatever the
        bucket does or does not answer.
        """

    def unordered_listing(self, prefix: str, stop: StopSignal) -> Iterator[RemoteEntry]:
        """The same without the guard on order (the caller sorts and finds duplicates)."""

    def download(self, requests: Iterable[DownloadRequest], stop: StopSignal) -> Iterator[Fetched | NotFetched | None]:
        """Fetch objects concurrently; results come as they finish, in any order, each request at most once.

        None comes a few times a second while nothing finishes. Requests are taken lazily, on the caller's thread, never
        more than a bounded number ahead. After `stop` is set none is taken, small
        ones in flight finish, partial files of the others stay for a resume. Failed ones were tried again at the end.
        Raises FolderFull if the disk has no room, after yielding all that finished.
        """

    def upload(self, requests: Iterable[UploadRequest], stop: StopSignal) -> Iterator[Uploaded | NotUploaded | None]:
        """Upload files concurrently; results and requests come and go as with `download`.

        A file that changes while it is read, an object that is not `replaces`, and a key that is taken by another
        content are STALE; a key that holds just this content already is Uploaded. What comes back is checked: the
        bucket's hash is that of the bytes that were read. After `stop` is set large ones pause and can be resumed.
        """

    # The ones below: batched, and Interrupted soon after `stop` is set, if it is given; then some may have been done.

    def stat_many(self, keys: Sequence[str], stop: StopSignal | None = None) -> list[RemoteEntry | None]:
        """The objects as they are now, part sizes included; None where there is none. Batched. Raises KodoError."""

    def delete_many(self, keys: Sequence[str], stop: StopSignal | None = None) -> list[Did]:
        """Delete objects; DONE also where there was none any more. Batched. Raises KodoError."""

    def move_many(self, moves: Sequence[Relocation], stop: StopSignal | None = None) -> list[Did]:
        """Give objects other keys, never over another object. Batched; they are independent of each other.

        DONE as well if an earlier, unanswered attempt did it: the target has the content, the source is gone. Raises
        KodoError.
        """

    def thaw_many(self, objects: Sequence[RemoteEntry], days: int, stop: StopSignal | None = None) -> list[Did]:
        """Ask for archived objects to be thawed for so many days. DONE also if that was asked for already; GONE if
        there is no such object any more, or one that is not archived. Batched. Raises KodoError.
        """

    def lifetimes(self, stop: StopSignal | None = None) -> tuple[Lifetime, ...]:
        """The bucket's rules that delete objects. Raises KodoError, Interrupted."""

    def copy_many(self, copies: Sequence[Relocation], stop: StopSignal | None = None) -> list[Did]:
        """Copy objects within the bucket, never over another object; the source is looked at first and the copy
        afterwards. GONE also if the source has another content now, or if the copy has (it is removed again, as
        long as the source has that content). Batched.
        Raises KodoError.
        """

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""

    @property
    def received_bytes(self) -> int:
        """Body bytes of objects received so far, unfinished ones included; may be read from another thread."""

    @property
    def sent_bytes(self) -> int:
        """Bytes of files sent so far, unfinished uploads included; may be read from another thread."""


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


class Folder(Protocol):
    """The local side: the tree and the files of `.kodokeep`. All paths are relative and `/`-separated."""

    def walk(self, prefix: str, mounts: frozenset[str]) -> Iterator[LocalEntry | Obstacle]:
        """The tree in key order, restricted to keys under `prefix`. `mounts` are the mount points known from state.

        Entries of one key come next to each other, the plainest path first. Raises FolderUnusable if the root cannot
        be read.
        """

    def mounts_seen(self) -> frozenset[str]:
        """Paths of directories on another device than their parent, as met by the last complete walk."""

    def content(self, path: str, parts: tuple[int, ...]) -> LocalContent | None:
        """Hash a file: v1 qetag, md5 and, if `parts` is not empty and sums up to the size, the v2 qetag.

        None if the file is gone, no regular file, or changed while it was read. Raises OSError if it cannot be read.
        """

    def temp_for(self, remote: RemoteEntry) -> str:
        """Absolute path of the temp file for this very content of this key; the same in every run."""

    def drop_temps(self, keep: Iterable[str]) -> None:
        """Remove every temp file, and every upload's progress, but those named (absolute paths)."""

    def open_source(self, path: str, stamp: Stamp) -> Source | None:
        """A file of the tree to be uploaded; None if it is not there, or not what was seen.

        Raises OSError if it cannot be read.
        """

    def progress_for(self, key: str, stamp: Stamp) -> str:
        """Absolute path of the progress file of an upload of this very content to this key; the same in every run."""

    def copy_to_temp(self, path: str, temp: str) -> LocalContent | None:
        """Copy a file of the tree into a temp file (absolute path, replaced), hashing what is copied; no hard link.

        None if the file is gone, unreadable, or changed meanwhile. Raises FolderFull.
        """

    def parking_path(self, key: str) -> str:
        """Where below the folder (a path of `.kodokeep/tmp`) the file that leaves `key` waits while a cycle of renames
        is gone through.
        """

    def recover_parked(self, run: str) -> Iterator[tuple[str, str, int, int]]:
        """Move into `history/<run>` what still waits at a parking path, durably, and tell it as `unrecorded_history`.

        To be called while no batch is open: what waits then never reached its new place, nor its old one.
        Raises FolderFull, FolderUnusable.
        """

    def free_bytes(self) -> int:
        """Bytes that may still be written to the folder's file system."""

    def partial_bytes(self) -> int:
        """Bytes of the disk that unfinished downloads of earlier runs hold, and which need not be found again."""

    def allocate(self, key: str, recorded: str | None, leaving: str | None = None) -> str:
        """The tree path for a new file of `key` (rule 7); claims it until `forget_claims`. Makes its directories.

        `recorded` is the path in state, reused if it is free or already this key's. `leaving` is the path of the file
        that is to be moved there: on a disk that ignores case, `A` is free for the file that leaves `a`.
        """

    def history_location(self, run: str, path: str) -> str:
        """A free place below `.kodokeep` for what `path` holds (rule 11); claimed until `forget_claims`."""

    def forget_claims(self) -> None:
        """A batch is over: the disk itself now answers what is free."""

    def sync(self) -> None:
        """Make everything written and renamed so far durable."""

    def temp_inode(self, temp: str) -> int:
        """The inode of a temp file (absolute path, as of `temp_for`)."""

    def inode(self, path: str) -> int:
        """The inode of a file of the tree that is to be moved; 0 if it is gone."""

    def place(self, placement: Placement) -> Placed:
        """Perform one placement: no-replace where absence was seen, else capture-then-check (rule 9)."""

    def settle_clock(self) -> None:
        """Wait, a few milliseconds at most, until files placed just now are older than the disk's clock can tell."""

    def restamp(self, path: str) -> Placed | None:
        """Stat a placed file once more (rule 13): DONE with stamp and racy; None if it is gone."""

    def has_tree_file(self, path: str) -> bool:
        """True if there is a file at this path of the tree, spelled just so."""

    def settle(self, placement: Placement) -> Placed:
        """Finish or undo a placement that a crash interrupted (rule 10), in the order of the batch.

        DONE with a stamp: the new file is in place. DONE without: the old file left as planned, or went on from where
        it was parked. STALE: undone, the tree is as before. One with a `source` is finished if it can be.
        """

    def has_file(self, location: str) -> bool:
        """True if there is a file at this place below `.kodokeep`."""

    def unrecorded_history(self, run: str) -> Iterator[tuple[str, str, int, int]]:
        """Files below `history/<run>` and its `~N` twins: (location, tree path, size_bytes, mtime_ns).

        Raises FolderUnusable.
        """


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
    def ledger(self) -> "Ledger":
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


class Ledger(Protocol):
    """What is remembered beside what both sides agreed on. Whatever writes is durable when the call returns."""

    def thaw_of(self, remote: RemoteEntry) -> Thaw | None:
        """The thaw that was asked for of just this content of this key, be it over."""

    def remember_thaws(self, thaws: Sequence[Thaw], month: str) -> None:
        """Record thaws that Kodo agreed to, and count them into a month."""

    def see_disabled(self, keys: Sequence[str]) -> None:
        """Take down keys of disabled objects, for as long as the plan lives."""

    def keep_disabled(self, now_s: int) -> None:
        """Make what was seen since the plan began the whole of what is disabled; what was so before keeps its time."""

    def disabled_since(self, key: str) -> int | None:
        """When an object was first seen to be disabled that has been so in every run since."""

    def spent(self, month: str) -> Spent:
        """What was fetched and thawed in a month."""

    def add_received(self, month: str, received_bytes: int) -> None:
        """More was fetched."""


class RunLog(Protocol):
    """The append-only audit trail of one run."""

    def started(self, event: RunStarted, settings: Mapping[str, str]) -> None:
        """The first line: what runs, with which settings."""

    def step(self, step: Step) -> None:
        """Record a step that was performed, with all that a rebuild needs."""

    def outcome(self, outcome: Outcome) -> None:
        """Record an action that was not done, and why."""

    def standing(self, standing: Standing) -> None:
        """Record a row that was not backed up for a reason a person should know (unavailable, thawing, blocked)."""

    def versions(self, versions: Sequence[Version]) -> None:
        """Record history files that a crashed run had left unrecorded."""

    def notice(self, notice: Notice) -> None:
        """Record a warning."""

    def finished(self, summary: Summary) -> None:
        """The last line, synced."""

    def sync(self) -> None:
        """Make the log durable; comes before the state commit (rule 1)."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside that a run touches. `clock` only ever goes forward, `now_s` is the time of day (Unix time)."""

    bucket: Bucket
    folder: Folder
    state: State
    emit: Emit
    stop: StopSignal
    clock: Callable[[], float] = monotonic
    now_s: Callable[[], float] = time
