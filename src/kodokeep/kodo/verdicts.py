"""Verdicts: what a move or a copy came to, told by what both keys hold now. Pure.

Kodo has no conditional writes, and a reply can be lost: "no such source" and "target exists" are also what a second
attempt hears when the first one did it (rule 26). So what was answered is not asked, but what is there.
"""

from kodokeep.model.entry import RemoteEntry, same_content
from kodokeep.model.outcome import Did, DidKind, Relocation

NO_SOURCE = Did(DidKind.GONE, "there is no such object any more")
OTHER_SOURCE = Did(DidKind.GONE, "the object has another content now")
TAKEN = Did(DidKind.TAKEN, "another object has the key")
CHANGED_MEANWHILE = Did(DidKind.FAILED, "the bucket was changed at the same time")
DONE = Did(DidKind.DONE)


def of_move(move: Relocation, source: RemoteEntry | None, target: RemoteEntry | None) -> Did:
    """What became of a move that was refused for want of a source, or because of its target."""
    if source is None:
        return DONE if target is not None and same_content(target, move) else NO_SOURCE
    if target is not None:
        return TAKEN
    return CHANGED_MEANWHILE


def of_source(copy: Relocation, source: RemoteEntry | None) -> Did | None:
    """Why a copy need not be tried; None if it may."""
    if source is None:
        return NO_SOURCE
    return None if same_content(source, copy) else OTHER_SOURCE


def of_copy(copy: Relocation, target: RemoteEntry | None) -> Did:
    """What became of a copy that was made, or refused because of its target."""
    if target is None:
        return CHANGED_MEANWHILE
    return DONE if same_content(target, copy) else TAKEN


def is_stray(source: RemoteEntry, target: RemoteEntry) -> bool:
    """True if the object that a copy made has another content than planned, and may be removed again.

    Its source has that content now, so it is our copy, or as good as one: nothing is lost.
    """
    return same_content(source, target)
