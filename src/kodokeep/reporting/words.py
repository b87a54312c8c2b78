"""All texts for people about plans and runs, in one place so that they can be translated. Facts in, words out.

A line names its pair first, so that the lines of several pairs can be told apart in one log.
"""

from collections.abc import Mapping, Sequence

from kodokeep.model.action import Action, ActionKind, Reason, Standing, StandingKind
from kodokeep.model.event import (
    Gathering,
    GuardKind,
    GuardTripped,
    Notice,
    NoticeKind,
    Planned,
    RunStarted,
    Transferring,
)
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.summary import WALKED_PARTS, Summary, Tally
from kodokeep.reporting.units import count, duration, printable, size

SIGNS = {
    ActionKind.DOWNLOAD: "+",
    ActionKind.REPLACE: "~",
    ActionKind.DELETE: "-",
    ActionKind.ADOPT: "=",
    ActionKind.TOUCH: "=",
    ActionKind.KEEP: "=",
    ActionKind.FORGET: "=",
}
"""+ comes, ~ is replaced, - goes, = is recorded only."""

REASONS = {
    Reason.NEW: "new",
    Reason.CHANGED: "changed in the bucket",
    Reason.LOST: "lost locally",
    Reason.EDITED: "edited locally",
    Reason.GONE: "gone from the bucket",
    Reason.EQUAL: "is there already",
    Reason.METADATA: "only metadata changed",
    Reason.LOCAL_TOUCH: "only the local time changed",
    Reason.NEVER_SYNCED: "differs from a local file that was never backed up",
    Reason.BOTH_GONE: "gone on both sides",
    Reason.DISABLED: "disabled in the bucket",
    Reason.FROZEN: "archived in the bucket, must be thawed first",
    Reason.THAWING: "being thawed",
    Reason.OBSTACLE: "something is in the way locally",
    Reason.LOCAL_ONLY: "only local",
    Reason.KEPT: "kept after it left the bucket",
    Reason.UNVERIFIABLE: "compared by its bytes, as its hash cannot be",
    Reason.UNCHANGED: "unchanged",
}

PLANNED = {
    ActionKind.DOWNLOAD: "to download",
    ActionKind.REPLACE: "to replace",
    ActionKind.DELETE: "to delete",
    ActionKind.ADOPT: "there already",
    ActionKind.TOUCH: "with new metadata",
    ActionKind.KEEP: "to keep",
    ActionKind.FORGET: "to forget",
}

PARTS = {"local_only": "local only"}
"""Names of a tally's parts that read otherwise for people."""

INTERRUPTED = 130
CUT_SHORT = {"failed": "not done"}
"""Names of parts after an interruption: most of what was not done was not even tried."""

OUTCOMES = {
    OutcomeKind.DONE: "done",
    OutcomeKind.FAILED: "failed",
    OutcomeKind.STALE: "changed meanwhile, the next run takes it",
    OutcomeKind.HELD: "held",
    OutcomeKind.UNAVAILABLE: "not available",
    OutcomeKind.THAWING: "being thawed",
}

NOTICES = {
    NoticeKind.OBSTACLE: "cannot be looked at, so nothing is done there",
    NoticeKind.NOT_A_KEY: "cannot be an object, left alone",
    NoticeKind.UNORDERED_LISTING: "the bucket lists its keys out of order; they are sorted here",
    NoticeKind.SETTLED_CRASH: "an interrupted run was settled",
    NoticeKind.UNVERIFIED: "could not be verified by its hash",
    NoticeKind.ALTERED_BODY: "the domain gave other bytes than the bucket lists; fetched from the origin",
    NoticeKind.THROTTLED: "Kodo asks to slow down",
    NoticeKind.NO_DOMAIN: "no usable domain; downloads go through the origin",
    NoticeKind.CROSS_DEVICE: "is on another file system, files are copied there",
    NoticeKind.STOPPING: "stopping",
}

IDENTITIES = {
    "missing-here": "this machine has backed up into it, but its .kodokeep/identity.json is gone",
    "missing-there": "its .kodokeep/identity.json is there, but this machine has never backed up into it",
}
"""What is amiss with a folder whose two records do not match; anything else says itself what differs."""

GUARDS = {
    GuardKind.IDENTITY: "this is not known to be the folder of the last run: {seen}",
    GuardKind.BUCKET_EMPTY: "the bucket lists {seen} objects, though {limit} were backed up from it",
    GuardKind.FOLDER_EMPTY: "the folder has {seen} files, though {limit} were in step with the bucket",
    GuardKind.EVERYTHING_CHANGED: "everything changed: {seen} of {limit} files",
    GuardKind.SHARE: "{seen} % of the files would change, the limit is {limit} % (guard_percent)",
    GuardKind.BYTES: "{seen} would change, the limit is {limit} (guard_bytes)",
    GuardKind.SETTINGS_CHANGED: "settings differ from those of the last run: {seen}",
    GuardKind.NEVER_SYNCED: "local files that were never backed up differ from the bucket's objects of the same key",
}

IDLE = frozenset({"unchanged", "unavailable", "thawing", "filtered", "local_only", "kept"})
"""Parts of a tally that are no work."""

_BUSY = frozenset(WALKED_PARTS) - IDLE

EXITS = {
    0: "done",
    1: "ended by an error of kodokeep itself",
    2: "not run: a setting is wrong",
    3: "finished, but some objects failed",
    4: "finished, but a guard holds changes back",
    5: "not run: another run is working on the folder",
    6: "Kodo could not be reached or signed in to",
    130: "interrupted",
}


def started(event: RunStarted) -> str:
    """What a run is about to do."""
    return f"{event.mode} of bucket {event.bucket} to {printable(event.folder)}, run {event.run}"


def gathering(event: Gathering) -> str:
    """How far the listing and the walk are."""
    return f"{count(event.listed, 'object')} listed, {count(event.walked, 'file')} looked at"


def transferring(event: Transferring) -> str:
    """How far the downloads are."""
    objects = f"{event.done_objects:,} of {count(event.total_objects, 'object')}"
    return f"{objects}, {size(event.done_bytes)} of {size(event.total_bytes)}"


def planned(event: Planned) -> str:
    """What is to be done; empty if nothing is."""
    parts = [f"{number:,} {PLANNED[kind]}" for kind, number in event.counts.items() if number]
    if parts and event.download_bytes:
        parts.append(f"{size(event.download_bytes)} to fetch")
    held = "; some of it is held:" if parts and event.guards else ""
    return ", ".join(parts) + held


def guards(name: str, tripped: Sequence[GuardTripped], command: str, *, look: bool = True) -> list[str]:
    """What is held and why, guard by guard, and the commands to look at it and to go on, once.

    `command` is how the user calls kodokeep. With `look` off the reader is looking already.
    """
    kinds = {event.kind for event in tripped}
    lines = []
    for event in tripped:
        lines.append(f"held: {_guard_reason(event)}")
        if event.kind is GuardKind.IDENTITY or GuardKind.IDENTITY not in kinds:  # which holds all, whatever others do
            lines.append(f"      {_guard_extent(event)}")
    if not lines:
        return []
    if look:
        lines.append(f"      to look: {command} plan {name}")
    if GuardKind.IDENTITY in kinds:
        settings = GuardKind.SETTINGS_CHANGED in kinds
        purpose = "the settings were changed" if settings else "the folder was moved or restored"
        return [*lines, f"      if {purpose} on purpose: {command} run {name} --adopt"]
    return [*lines, f"      to go on: {command} run {name} --accept-changes"]


def _guard_extent(event: GuardTripped) -> str:
    if event.kind is GuardKind.IDENTITY:
        return f"nothing is touched ({count(event.actions, 'change')} held); is the right disk mounted?"
    return f"{count(event.actions, 'file')} ({size(event.size_bytes)}) would be replaced or deleted; the rest goes on"


def _guard_reason(event: GuardTripped) -> str:
    seen, limit = event.seen, event.limit
    if event.kind is GuardKind.BYTES:
        seen, limit = size(int(seen)), size(int(limit))
    if event.kind is GuardKind.IDENTITY:
        seen = IDENTITIES.get(seen, seen)
    return GUARDS[event.kind].format(seen=printable(seen), limit=limit)


def action(item: Action) -> str:
    """One line for one action: sign, key, size, reason."""
    return f"{SIGNS[item.kind]} {printable(item.key)}  {size(item.size_bytes)}, {REASONS[item.reason]}"


def outcome(item: Outcome) -> str:
    """One line for an action that was not done."""
    detail = item.detail or REASONS[item.action.reason]
    return f"{OUTCOMES[item.kind]}: {printable(item.action.key)}: {printable(detail)}"


def skipped(item: Standing) -> str:
    """One line for an object that cannot be backed up now."""
    obstacle = item.row.obstacle
    what = "failed" if item.kind is StandingKind.BLOCKED else "not available"
    if item.kind is StandingKind.THAWING:
        what = "waiting"
    detail = f": {obstacle.detail}" if obstacle is not None and obstacle.detail else ""
    return f"{what}: {printable(item.row.key)}: {REASONS[item.reason]}{printable(detail)}"


def notice(item: Notice) -> str:
    """One line for a warning or a remark."""
    detail = f" ({printable(item.detail)})" if item.detail else ""
    subject = f"{printable(item.subject)}: " if item.subject else ""
    return f"{subject}{NOTICES[item.kind]}{detail}"


def verdict(summary: Summary) -> str:
    """What an exit code other than 0 means and what comes next; empty if all is well."""
    match summary.exit:
        case 0:
            return ""
        case _ if summary.error:
            return f"error: {printable(summary.error)}"
        case 3:
            return f"{count(summary.failed, 'object')} failed; the next run tries them first"
        case 4:
            return f"{count(summary.held, 'change')} held until you agree"
        case _ if summary.exit == INTERRUPTED:
            return "interrupted; what was finished is kept, the next run goes on from there"
        case code:
            return f"{EXITS.get(code, code)}"


def result(summary: Summary) -> str:
    """The last line of a run: both sides reconciled, bytes, time and speed (rule 32)."""
    if summary.error and not summary.listed_tally.total:
        return f"{summary.name}: {EXITS.get(summary.exit, summary.exit)}"
    names = PARTS | CUT_SHORT if summary.exit == INTERRUPTED else PARTS
    parts = ["nothing to do"] if summary.exit == 0 and _untouched(summary) else []
    parts.append(_account(summary.listed_tally, "listed", names))
    if summary.walked_tally.total:
        parts.append(_account(summary.walked_tally, "local", names))
    parts.append(_travelled(summary))
    return f"{summary.name}: " + "; ".join(parts)


def _untouched(summary: Summary) -> bool:
    return not any(summary.walked_tally.parts.get(part) or summary.listed_tally.parts.get(part) for part in _BUSY)


def _account(tally: Tally, side: str, names: Mapping[str, str]) -> str:
    total = f"{tally.total:,} {side}"
    parts = nonzero(tally.parts, names)
    if not tally.reconciles:
        return f"{total} ≠ {parts or '0'} (does not add up, please report this)"
    return f"{total} = {parts}" if parts else total


def nonzero(parts: Mapping[str, int], names: Mapping[str, str] = PARTS) -> str:
    """`12,300 unchanged + 45 downloaded`."""
    return " + ".join(f"{number:,} {names.get(part, part)}" for part, number in parts.items() if number)


def _travelled(summary: Summary) -> str:
    took = duration(summary.seconds)
    if not summary.bytes_downloaded:
        return took
    fetched = size(summary.bytes_downloaded)
    if summary.seconds < 1:
        return f"{fetched} in {took}"
    return f"{fetched} in {took} ({size(summary.bytes_downloaded / summary.seconds)}/s)"
