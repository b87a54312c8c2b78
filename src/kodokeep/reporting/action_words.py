"""Texts for people about single actions: what is to be done about one key, what came of it, or why nothing is done."""

from msgspec.structs import replace

from kodokeep.model.action import Action, ActionKind, Reason, Standing, StandingKind
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.record import HeldAction
from kodokeep.reporting.units import minute, printable, size

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
