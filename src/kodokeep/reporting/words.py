"""Texts for people about plans and runs. Facts in, words out.

What belongs here: a run as a whole. What does not: single actions (`action_words`), and what guards, costs, traffic,
health and alerts say, which have a module each, so that all of it can be translated.
"""

from collections.abc import Mapping

from kodokeep import exits
from kodokeep.model.action import ActionKind
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
from kodokeep.model.summary import Summary, Tally
from kodokeep.reporting.units import count, duration, printable, size

FLOWS = {
    Mode.BACKUP: "bucket {bucket} to {folder}",
    Mode.SYNC: "bucket {bucket} with {folder}",
    Mode.PUBLISH: "{folder} to bucket {bucket}",
}
"""What goes where."""

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

CUT_SHORT = {"failed": "not done"}
"""Names of parts after an interruption: most of what was not done was not even tried."""

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

EXITS = {
    exits.DONE: "done",
    exits.BUG: "ended by an error of kodokeep itself",
    exits.WRONG_SETTING: "not run: a setting is wrong",
    exits.SOME_FAILED: "finished, but some objects failed",
    exits.HELD: "finished, but a guard holds changes back",
    exits.LOCKED: "not run: another run is working on the folder",
    exits.UNREACHABLE: "Kodo could not be reached or signed in to",
    exits.INTERRUPTED: "interrupted",
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


def notice(item: Notice) -> str:
    """One line for a warning or a remark."""
    detail = f" ({printable(item.detail)})" if item.detail else ""
    subject = f"{printable(item.subject)}: " if item.subject else ""
    return f"{subject}{NOTICES[item.kind]}{detail}"


def verdict(summary: Summary) -> str:
    """What an exit code other than 0 means and what comes next; empty if all is well."""
    match summary.exit:
        case exits.DONE:
            return ""
        case _ if summary.error:
            return f"error: {printable(summary.error)}"
        case exits.SOME_FAILED:
            failed = f"{count(summary.failed, 'object')} failed; the next run tries them first"
            return failed if summary.failed else OUT_OF_DATE
        case exits.HELD:
            return f"{count(summary.held, 'change')} held"
        case exits.INTERRUPTED:
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
    names = PARTS | CUT_SHORT if summary.exit == exits.INTERRUPTED else PARTS
    parts = ["nothing to do"] if summary.exit == exits.DONE and _untouched(summary) else []
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
