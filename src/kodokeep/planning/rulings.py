"""Rulings: what the cells of the decision tables say. Each is a small function of one case, with words for the manual.

Whatever a cell says is subject to what can be done: see `_act`. Not here: which case gets which ruling (`decide`).
"""

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from kodokeep.model.action import (
    FETCHING,
    LOSING_BUCKET,
    LOSING_FOLDER,
    Action,
    ActionKind,
    Decision,
    Reason,
    Row,
    Standing,
    StandingKind,
)
from kodokeep.model.entry import DISABLED, LocalContent, RemoteEntry
from kodokeep.model.options import Archived, Conflicts, Deletions, Policy
from kodokeep.planning.classify import Change, Sameness, sameness
from kodokeep.planning.conflicts import settle
from kodokeep.planning.lifetimes import is_over, was_outlived

_CHANGING_FILE = FETCHING | {ActionKind.DELETE}
_THAWS = {2: Reason.TO_THAW, 3: Reason.TO_THAW_DEEP}
_THAWS_TO_REPLACE = {2: Reason.TO_REPLACE, 3: Reason.TO_REPLACE_DEEP}
_THAWS_TO_SAVE = {2: Reason.TO_SAVE, 3: Reason.TO_SAVE_DEEP}


class Case(NamedTuple):
    """One row, what its file holds if that was needed, the policy, and how each side changed."""

    row: Row
    content: LocalContent | None
    policy: Policy
    local: Change
    remote: Change


Rule = Callable[[Case], Decision]


class Ruling(NamedTuple):
    """What a cell of a table says, for people and as a function."""

    words: str
    rule: Rule


def _act(case: Case, kind: ActionKind, reason: Reason) -> Decision:
    """An action, unless it cannot be: it would change what a symlink leads to, it needs bytes that the bucket does not
    give, or the bucket would lose such bytes (rule 25). What is frozen may be asked to thaw instead.
    """
    row = case.row
    if kind in _CHANGING_FILE and row.local is not None and row.local.link:
        return Standing(StandingKind.BLOCKED, Reason.LINK, row)
    withheld = _withheld(row.remote)
    if withheld is None or kind not in FETCHING | LOSING_BUCKET:
        return Action(kind, reason, row, case.content)
    if withheld is Reason.FROZEN and case.policy.archived is Archived.THAW and not row.object.disabled:
        return _thaw(case, kind, reason)
    if kind in LOSING_BUCKET and not (withheld is Reason.THAWING and case.policy.archived is Archived.THAW):
        lost = Reason.FROZEN if withheld is Reason.THAWING else withheld
        return Standing(StandingKind.HELD, lost, row)
    return Standing(_withheld_kind(withheld), withheld, row)


def _thaw(case: Case, kind: ActionKind, reason: Reason) -> Decision:
    """A thaw tells what it is for, so that guards hold it with what it is for: what is held may freeze again. So what
    can only be held is not thawed at all, until a person releases it.
    """
    if reason is Reason.NEVER_SYNCED and not case.policy.accepts:
        waits = StandingKind.HELD if kind in LOSING_BUCKET else StandingKind.UNAVAILABLE
        return Standing(waits, Reason.FROZEN_UNSYNCED, case.row)
    losing_folder = _THAWS_TO_REPLACE if kind in LOSING_FOLDER else _THAWS
    thaws = _THAWS_TO_SAVE if kind in LOSING_BUCKET else losing_folder
    return Action(ActionKind.THAW, thaws[case.row.object.storage_type], case.row, case.content)


def _withheld(remote: RemoteEntry | None) -> Reason | None:
    """Why the bucket does not give an object's bytes, if it does not."""
    if remote is None:
        return None
    if remote.thawing:
        return Reason.THAWING
    if remote.frozen:
        return Reason.FROZEN
    return Reason.DISABLED if remote.disabled else None


def _withheld_kind(reason: Reason) -> StandingKind:
    return StandingKind.THAWING if reason is Reason.THAWING else StandingKind.UNAVAILABLE


def _do(kind: ActionKind, reason: Reason) -> Rule:
    """The rule that always asks for this action."""
    return lambda case: _act(case, kind, reason)


def _leave(kind: StandingKind, reason: Reason) -> Rule:
    """The rule that never asks for one."""
    return lambda case: Standing(kind, reason, case.row)


def _by_deletions(propagated: Rule, otherwise: Rule) -> Rule:
    """The content is gone from one side: does it leave the other one?"""
    return lambda case: (propagated if case.policy.deletions is Deletions.PROPAGATE else otherwise)(case)


def _unless_taken_away(rule: Rule) -> Rule:
    """An object whose lifetime was over, or that was disabled before it went, was deleted by no user, so that is not
    followed: the file may be all that is left of it. Nor is it put back, against whoever took it away.
    """
    return lambda case: _kept_for(case) or rule(case)


def _kept_for(case: Case) -> Decision | None:
    record = case.row.record
    if is_over(record, case.policy.now_ns):
        return _act(case, ActionKind.KEEP, Reason.EXPIRED)
    return _act(case, ActionKind.KEEP, Reason.WITHDRAWN) if record.status == DISABLED else None


def _unless_equal(rule: Rule) -> Rule:
    """Equal contents are recorded, never moved."""
    return lambda case: _equal(case) if _sameness(case) is Sameness.SAME else rule(case)


def _equal(case: Case) -> Decision:
    return _act(case, ActionKind.ADOPT, Reason.EQUAL)


def _sameness(case: Case) -> Sameness:
    return sameness(case.row.object, case.content)


def _nothing(case: Case) -> Decision:
    """Neither content changed; what else did is recorded."""
    if case.remote is Change.TOUCHED:
        return _act(case, ActionKind.TOUCH, Reason.METADATA)
    if case.local is Change.TOUCHED:
        return _act(case, ActionKind.TOUCH, Reason.LOCAL_TOUCH)
    if was_outlived(case.row.record, case.policy.now_ns):
        record = replace(case.row.record, expires_s=None)
        return Action(ActionKind.TOUCH, Reason.METADATA, replace(case.row, synced=record), case.content)
    return Standing(StandingKind.UNCHANGED, Reason.UNCHANGED, case.row)


def _replace_unsynced(case: Case) -> Decision:
    """The bucket's content is to stand where a file is that was never synced (rule 22). The group NEVER_SYNCED is held;
    where no hash can tell, the object is fetched and compared, and replaces nothing.
    """
    if _sameness(case) is Sameness.UNKNOWN:
        return _act(case, ActionKind.DOWNLOAD, Reason.UNVERIFIABLE)
    return _act(case, ActionKind.REPLACE, Reason.NEVER_SYNCED)


def _conflict(case: Case) -> Decision:
    """Both sides have contents of their own. Keeping both sweeps nothing away, so it is never held."""
    match settle(case.row, case.policy):
        case Conflicts.LOCAL:
            return _act(case, ActionKind.OVERWRITE, Reason.BOTH_CHANGED)
        case Conflicts.REMOTE if case.row.synced is None:
            return _replace_unsynced(case)
        case Conflicts.REMOTE:
            return _act(case, ActionKind.REPLACE, Reason.BOTH_CHANGED)
        case _:
            unknown = _sameness(case) is Sameness.UNKNOWN
            return _act(case, ActionKind.CONFLICT, Reason.UNVERIFIABLE if unknown else Reason.BOTH_CHANGED)


_download_lost = _do(ActionKind.DOWNLOAD, Reason.LOST)
_delete = _do(ActionKind.DELETE, Reason.GONE)
_delete_object = _do(ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY)
_keep_object = _do(ActionKind.KEEP, Reason.GONE_LOCALLY)
_overwrite_edited = _do(ActionKind.OVERWRITE, Reason.EDITED)

NOTHING = Ruling("nothing", _nothing)
FORGET = Ruling("forget", _do(ActionKind.FORGET, Reason.BOTH_GONE))
KEPT = Ruling("nothing (kept)", _leave(StandingKind.KEPT, Reason.KEPT))
LOCAL_ONLY = Ruling("nothing (local only)", _leave(StandingKind.LOCAL_ONLY, Reason.LOCAL_ONLY))
REMOTE_ONLY = Ruling("nothing (remote only)", _leave(StandingKind.REMOTE_ONLY, Reason.REMOTE_ONLY))

DOWNLOAD_NEW = Ruling("download", _do(ActionKind.DOWNLOAD, Reason.NEW))
DOWNLOAD_CHANGED = Ruling("download", _do(ActionKind.DOWNLOAD, Reason.CHANGED))
DOWNLOAD_LOST = Ruling("download", _download_lost)
REPLACE_CHANGED = Ruling("replace the file", _unless_equal(_do(ActionKind.REPLACE, Reason.CHANGED)))
REPLACE_EDITED = Ruling("replace the file", _unless_equal(_do(ActionKind.REPLACE, Reason.EDITED)))
REPLACE_UNSYNCED = Ruling("replace the file, once approved", _unless_equal(_replace_unsynced))

UPLOAD_NEW = Ruling("upload", _do(ActionKind.UPLOAD, Reason.NEW))
UPLOAD_EDITED = Ruling("upload", _do(ActionKind.UPLOAD, Reason.EDITED))
UPLOAD_LOST = Ruling("upload", _unless_taken_away(_do(ActionKind.UPLOAD, Reason.LOST_OBJECT)))
OVERWRITE_EDITED = Ruling("overwrite the object", _unless_equal(_overwrite_edited))
OVERWRITE_CHANGED = Ruling("overwrite the object", _unless_equal(_do(ActionKind.OVERWRITE, Reason.EDITED_OBJECT)))
OVERWRITE_UNSYNCED = Ruling(
    "overwrite the object, once approved", _unless_equal(_do(ActionKind.OVERWRITE, Reason.NEVER_SYNCED))
)
CONFLICT = Ruling("per `conflicts`", _unless_equal(_conflict))

DELETE_OR_KEEP = Ruling(
    "per `deletions`: delete the file, or keep it",
    _unless_taken_away(_by_deletions(_delete, _do(ActionKind.KEEP, Reason.GONE))),
)
DELETE_OR_UPLOAD = Ruling(
    "per `deletions`: upload, or delete the file",
    _unless_taken_away(_by_deletions(_delete, _do(ActionKind.UPLOAD, Reason.LOST_OBJECT))),
)
DELETE_OBJECT_OR_DOWNLOAD = Ruling(
    "per `deletions`: download, or delete the object", _by_deletions(_delete_object, _download_lost)
)
DELETE_OBJECT_OR_KEEP = Ruling(
    "per `deletions`: keep the object, or delete it", _by_deletions(_delete_object, _keep_object)
)
KEEP_OBJECT = Ruling("keep the object", _keep_object)
