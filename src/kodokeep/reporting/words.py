"""All texts for people about plans and runs, in one place so that they can be translated. Facts in, words out.

A line names its pair first, so that the lines of several pairs can be told apart in one log.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from kodokeep.model.action import Action, ActionKind, Reason, Standing, StandingKind
from kodokeep.model.event import (
    Gathering,
    GuardKind,
    Notice,
    NoticeKind,
    Planned,
    RunStarted,
    Transferring,
)
from kodokeep.model.options import Mode
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.record import HeldAction
from kodokeep.model.summary import Summary, Tally
from kodokeep.reporting.units import count, duration, minute, printable, size

SIGNS = {
    ActionKind.DOWNLOAD: "+",
    ActionKind.REPLACE: "~",
    ActionKind.DELETE: "-",
    ActionKind.MOVE: ">",
    ActionKind.UPLOAD: "↑+",
    ActionKind.OVERWRITE: "↑~",
    ActionKind.DELETE_OBJECT: "↑-",
    ActionKind.MOVE_OBJECT: "↑>",
    ActionKind.CONFLICT: "!",
    ActionKind.THAW: "*",
    ActionKind.ADOPT: "=",
    ActionKind.TOUCH: "=",
    ActionKind.KEEP: "=",
    ActionKind.FORGET: "=",
}
"""+ comes, ~ is replaced, - goes, > is renamed: in the folder, or with ↑ in the bucket. ! is a conflict, of which both
contents are kept; * is asked to thaw; = is recorded only.
"""

FLOWS = {
    Mode.BACKUP: "bucket {bucket} to {folder}",
    Mode.SYNC: "bucket {bucket} with {folder}",
    Mode.PUBLISH: "{folder} to bucket {bucket}",
}
"""What goes where."""

_ARCHIVED = "archived in the bucket, can be read 1 to 5 minutes after it is asked to thaw"
_DEEP_ARCHIVED = "deep-archived in the bucket, can be read 5 to 12 hours after it is asked to thaw"

REASONS = {
    Reason.NEW: "new",
    Reason.CHANGED: "changed in the bucket",
    Reason.LOST: "lost locally",
    Reason.EDITED: "edited locally",
    Reason.GONE: "gone from the bucket",
    Reason.GONE_LOCALLY: "gone from the folder",
    Reason.LOST_OBJECT: "lost from the bucket",
    Reason.EDITED_OBJECT: "edited in the bucket",
    Reason.BOTH_CHANGED: "changed on both sides",
    Reason.RENAMED: "renamed",
    Reason.EQUAL: "is there already",
    Reason.METADATA: "only metadata changed",
    Reason.LOCAL_TOUCH: "only the local time changed",
    Reason.NEVER_SYNCED: "differs on the two sides, which were never in step",
    Reason.BOTH_GONE: "gone on both sides",
    Reason.DISABLED: "disabled in the bucket",
    Reason.FROZEN: "archived in the bucket, must be thawed first (archived = thaw)",
    Reason.THAWING: "being thawed",
    Reason.TO_THAW: _ARCHIVED,
    Reason.TO_THAW_DEEP: _DEEP_ARCHIVED,
    Reason.TO_REPLACE: f"{_ARCHIVED}, and then replaces a file",
    Reason.TO_REPLACE_DEEP: f"{_DEEP_ARCHIVED}, and then replaces a file",
    Reason.TO_SAVE: f"{_ARCHIVED}, and saved before the bucket loses it",
    Reason.TO_SAVE_DEEP: f"{_DEEP_ARCHIVED}, and saved before the bucket loses it",
    Reason.FROZEN_UNSYNCED: "archived in the bucket, and differs from the file, which was never in step with it; only"
    " `run --accept-changes` has it thawed",
    Reason.EXPIRED: "Kodo deleted it as its lifetime was over; the file is kept",
    Reason.WITHDRAWN: "it was disabled in the bucket, and is gone now; the file is kept",
    Reason.OBSTACLE: "something is in the way locally",
    Reason.LINK: "what a symlink leads to is read, and never changed or removed through it",
    Reason.MOVING: "the file changed while it was read",
    Reason.LOCAL_ONLY: "only local",
    Reason.REMOTE_ONLY: "only in the bucket",
    Reason.FILTERED: "left out by a filter",
    Reason.KEPT: "kept after it left the other side",
    Reason.UNVERIFIABLE: "compared by its bytes, as its hash cannot be",
    Reason.UNCHANGED: "unchanged",
}

PLANNED = {
    ActionKind.DOWNLOAD: "to download",
    ActionKind.REPLACE: "to replace",
    ActionKind.DELETE: "to delete",
    ActionKind.MOVE: "to rename",
    ActionKind.UPLOAD: "to upload",
    ActionKind.OVERWRITE: "to overwrite in the bucket",
    ActionKind.DELETE_OBJECT: "to delete in the bucket",
    ActionKind.MOVE_OBJECT: "to rename in the bucket",
    ActionKind.CONFLICT: "in conflict",
    ActionKind.THAW: "to thaw",
    ActionKind.ADOPT: "there already",
    ActionKind.TOUCH: "with new metadata",
    ActionKind.KEEP: "to keep",
    ActionKind.FORGET: "to forget",
}

PARTS = {"conflicts": "in conflict", "local_only": "local only", "remote_only": "only in the bucket"}
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

SKIPPED = {
    StandingKind.BLOCKED: "failed",
    StandingKind.STALE: OUTCOMES[OutcomeKind.STALE],
    StandingKind.THAWING: "waiting",
    StandingKind.HELD: "held, as its content could not be kept",
}
"""Why nothing is done about a key; the rest is not available."""

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
    NoticeKind.MOVED_ON: "is not any more what the plan saw, so nothing is done about it",
    NoticeKind.TRAFFIC_USED_UP: "the month's traffic is used up, so nothing more is fetched (monthly_traffic)",
    NoticeKind.PARKED: "an object waits under this reserved key; a cycle of renames goes on, or was cut off, somewhere",
    NoticeKind.LEFT_PARKED: "holds what a cycle of renames that was cut off could put nowhere else",
}

OUT_OF_DATE = "what is not any more as the plan file saw it was left alone; make a new plan"
"""What came of a plan file that was applied too late."""

IDLE = frozenset({"unchanged", "unavailable", "thawing", "filtered", "local_only", "remote_only"})
"""Parts of a tally that are no work."""

FAILED = 3

EXITS = {
    0: "done",
    1: "ended by an error of kodokeep itself",
    2: "not run: a setting is wrong",
    FAILED: "finished, but some objects failed",
    4: "finished, but a guard holds changes back",
    5: "not run: another run is working on the folder",
    6: "Kodo could not be reached or signed in to",
    130: "interrupted",
}


def started(event: RunStarted) -> str:
    """What a run is about to do."""
    return f"{event.mode} of {flow(event.mode, event.bucket, event.folder)}, run {event.run}"


def flow(mode: str, bucket: str, folder: str) -> str:
    """What goes where."""
    return FLOWS[Mode(mode)].format(bucket=bucket, folder=printable(folder))


def gathering(event: Gathering) -> str:
    """How far the listing and the walk are."""
    return f"{count(event.listed, 'object')} listed, {count(event.walked, 'file')} looked at"


def transferring(event: Transferring) -> str:
    """How far what travels is."""
    objects = f"{event.done_objects:,} of {count(event.total_objects, 'object')}"
    return f"{objects}, {size(event.done_bytes)} of {size(event.total_bytes)}"


def planned(event: Planned) -> str:
    """What is to be done; empty if nothing is."""
    parts = [f"{number:,} {text}" for kind, text in PLANNED.items() if (number := event.counts.get(kind))]
    if parts and event.download_bytes:
        parts.append(f"{size(event.download_bytes)} to fetch")
    if parts and event.upload_bytes:
        parts.append(f"{size(event.upload_bytes)} to send")
    extent = "all" if any(guard.kind is GuardKind.IDENTITY for guard in event.guards) else "some"
    held = f"; {extent} of it is held:" if parts and event.guards else ""
    return ", ".join(parts) + held


def action(item: Action) -> str:
    """One line for one action: sign, key, size, reason; for a move both keys, for a copy where it comes from."""
    key, origin = printable(item.key), ""
    if item.source is not None and item.copies:
        origin = f", copied from {printable(item.source.key)}"
    elif item.source is not None:
        key = f"{printable(item.source.key)} -> {key}"
    return f"{SIGNS[item.kind]} {key}  {size(item.size_bytes)}, {REASONS[item.reason]}{origin}"


def held(item: HeldAction) -> str:
    """One line for what a guard held."""
    released = ", released" if item.approved else ""
    return f"{SIGNS[item.kind]} {printable(item.key)}  {size(item.size_bytes)}, {REASONS[item.reason]}{released}"


def done(item: Outcome) -> str:
    """One line for an action that was done, as it came out. Of a conflict `detail` tells where the local content is."""
    told = item.action
    if item.adopted:
        return f"= {printable(told.key)}  {size(told.size_bytes)}, {REASONS[Reason.EQUAL]}"
    if told.copies and not item.copied:
        told = replace(told, source=None)
    kept = f"; {printable(item.detail)}" if is_conflict(item) and item.detail else ""
    return f"{action(told)}{kept}"


def is_conflict(item: Outcome) -> bool:
    """True if both contents were kept and a person should look at them."""
    return item.action.kind is ActionKind.CONFLICT and item.kind is OutcomeKind.DONE and not item.adopted


def outcome(item: Outcome) -> str:
    """One line for an action that was not done."""
    detail = item.detail or REASONS[item.action.reason]
    return f"{OUTCOMES[item.kind]}: {printable(item.action.key)}: {printable(detail)}"


def skipped(item: Standing) -> str:
    """One line for a key that nothing can be done about now."""
    obstacle = item.row.obstacle
    what = SKIPPED.get(item.kind, "not available")
    detail = f": {obstacle.detail}" if obstacle is not None and obstacle.detail else _times(item)
    return f"{what}: {printable(item.row.key)}: {REASONS[item.reason]}{printable(detail)}"


def _times(item: Standing) -> str:
    """Since when, from when on and until when, as far as it is known."""
    told = (("since", item.since_s), ("readable from", item.ready_s), ("to", item.until_s))
    times = [f"{word} {minute(seconds)}" for word, seconds in told if seconds is not None]
    return f", {', '.join(times)}" if times else ""


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
        case _ if summary.exit == FAILED:
            failed = f"{count(summary.failed, 'object')} failed; the next run tries them first"
            return failed if summary.failed else OUT_OF_DATE
        case 4:
            return f"{count(summary.held, 'change')} held"
        case _ if summary.exit == INTERRUPTED:
            return "interrupted; what was finished is kept, the next run goes on from there"
        case code:
            return f"{EXITS.get(code, code)}"


def result(summary: Summary) -> str:
    """The last line of a run: both sides reconciled, bytes, time and speed (rule 32)."""
    if summary.error and not summary.listed_tally.total:
        return f"{summary.name}: {EXITS.get(summary.exit, summary.exit)}"
    return f"{summary.name}: {account(summary)}"


def account(summary: Summary) -> str:
    """The same without the name."""
    names = PARTS | CUT_SHORT if summary.exit == INTERRUPTED else PARTS
    parts = ["nothing to do"] if summary.exit == 0 and _untouched(summary) else []
    parts.append(_account(summary.listed_tally, "listed", names))
    if summary.walked_tally.total:
        parts.append(_account(summary.walked_tally, "local", names))
    parts.append(_travelled(summary))
    return "; ".join(parts)


def _untouched(summary: Summary) -> bool:
    tallies = (summary.listed_tally, summary.walked_tally)
    return not any(number for tally in tallies for part, number in tally.parts.items() if part not in IDLE)


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
    fetched_bytes, sent_bytes = summary.bytes_downloaded, summary.bytes_uploaded
    if not fetched_bytes + sent_bytes:
        return took
    what = size(fetched_bytes)
    if sent_bytes:
        what = f"{what} down, {size(sent_bytes)} up" if fetched_bytes else f"{size(sent_bytes)} up"
    if summary.seconds < 1:
        return f"{what} in {took}"
    return f"{what} in {took} ({size((fetched_bytes + sent_bytes) / summary.seconds)}/s)"
