"""Decide: the table of `backup` mode. One row in, one decision out (design §6, rules 16, 21, 22)."""

from kodokeep.model.action import Action, ActionKind, Decision, Reason, Row, Standing, StandingKind
from kodokeep.model.entry import LocalContent
from kodokeep.model.options import Deletions, Policy
from kodokeep.planning.classify import Change, Sameness, local_change, remote_change, sameness


def decide(row: Row, content: LocalContent | None, policy: Policy) -> Decision:
    """What `backup` does about one key.

    | remote \\ local      | unchanged | touched | modified | deleted  | absent / added               |
    |----------------------|-----------|---------|----------|----------|------------------------------|
    | unchanged            | nothing   | touch   | replace  | download | -                            |
    | touched              | touch     | touch   | replace  | download | -                            |
    | modified             | replace   | replace | replace  | download | -                            |
    | added                | -         | -       | -        | -        | download / adopt if equal    |
    | deleted              | per `deletions`     | the same | forget   | -                            |
    | absent (kept orphan) | nothing   | nothing | nothing  | forget   | nothing                      |

    Equal contents are adopted, never fetched. `content` is the hashed file where `needs_content` asked for one; if a
    file that had to be hashed could not be, the caller passes a row with an obstacle instead.
    """
    if row.obstacle is not None:
        return Standing(StandingKind.BLOCKED, Reason.OBSTACLE, row)
    remote = remote_change(row, content)
    match remote:
        case Change.ADDED:
            return _first_sight(row, content)
        case Change.DELETED | Change.ABSENT:
            return _gone(row, content, policy.deletions)
        case _:
            return _both(row, content, remote)


def _first_sight(row: Row, content: LocalContent | None) -> Decision:
    """The bucket has it and nothing was ever synced; a file of that key is adopted only by its content (rule 22)."""
    assert row.remote is not None
    if row.local is None:
        return _fetch(ActionKind.DOWNLOAD, Reason.NEW, row, content)
    match sameness(row.remote, content):
        case Sameness.SAME:
            return Action(ActionKind.ADOPT, Reason.EQUAL, row, content)
        case Sameness.UNKNOWN:
            return _fetch(ActionKind.DOWNLOAD, Reason.UNVERIFIABLE, row, content)
        case Sameness.DIFFERENT:
            return _fetch(ActionKind.REPLACE, Reason.NEVER_SYNCED, row, content)


def _gone(row: Row, content: LocalContent | None, deletions: Deletions) -> Decision:
    """The bucket does not have it."""
    if row.synced is None:
        return Standing(StandingKind.LOCAL_ONLY, Reason.LOCAL_ONLY, row)
    if row.local is None:
        return Action(ActionKind.FORGET, Reason.BOTH_GONE, row)
    if row.synced.kept:
        return Standing(StandingKind.KEPT, Reason.KEPT, row)
    kind = ActionKind.DELETE if deletions is Deletions.PROPAGATE else ActionKind.KEEP
    return Action(kind, Reason.GONE, row, content)


def _both(row: Row, content: LocalContent | None, remote: Change) -> Decision:
    """The bucket has it, and it was synced before."""
    assert row.remote is not None
    local = local_change(row, content)
    if local is Change.DELETED:
        return _fetch(ActionKind.DOWNLOAD, Reason.CHANGED if remote is Change.MODIFIED else Reason.LOST, row, content)
    if remote is Change.MODIFIED or local is Change.MODIFIED:
        return _differing(row, content, Reason.EDITED if local is Change.MODIFIED else Reason.CHANGED)
    if remote is Change.TOUCHED:
        return Action(ActionKind.TOUCH, Reason.METADATA, row, content)
    if local is Change.TOUCHED:
        return Action(ActionKind.TOUCH, Reason.LOCAL_TOUCH, row, content)
    return Standing(StandingKind.UNCHANGED, Reason.UNCHANGED, row)


def _differing(row: Row, content: LocalContent | None, reason: Reason) -> Decision:
    """One side's content moved; both may have moved to the same bytes."""
    assert row.remote is not None
    if sameness(row.remote, content) is Sameness.SAME:
        return Action(ActionKind.ADOPT, Reason.EQUAL, row, content)
    return _fetch(ActionKind.REPLACE, reason, row, content)


def _fetch(kind: ActionKind, reason: Reason, row: Row, content: LocalContent | None) -> Decision:
    """An action that needs the object's bytes, unless the bucket does not give them."""
    assert row.remote is not None
    if row.remote.thawing:
        return Standing(StandingKind.THAWING, Reason.THAWING, row)
    if row.remote.frozen:
        return Standing(StandingKind.UNAVAILABLE, Reason.FROZEN, row)
    if row.remote.disabled:
        return Standing(StandingKind.UNAVAILABLE, Reason.DISABLED, row)
    return Action(kind, reason, row, content)
