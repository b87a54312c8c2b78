"""Parking: getting objects out of the reserved keys where they wait while a cycle of renames is gone through (rule 20).

What belongs here: where an object goes whose cycle was cut off, so that it is never left behind. What does not: the
cycle itself (`moves`), the form of reserved keys (`model.parking`).
"""

from collections.abc import Iterable, Sequence
from itertools import count

from kodokeep.execution.commit import Committer
from kodokeep.model.entry import RemoteEntry, same_content
from kodokeep.model.event import Notice, NoticeKind
from kodokeep.model.outcome import Did, DidKind, Parked, Relocation
from kodokeep.planning.conflicts import conflict_key
from kodokeep.ports import Bucket, State

_WAITS_ON = (DidKind.TAKEN, DidKind.FAILED)


def bring_home(bucket: Bucket, state: State, parked: Sequence[Parked]) -> list[Parked]:
    """Whatever waits goes to its new key, or back to its old one. What finds both taken waits on, and is returned.

    Raises KodoError.
    """
    waiting = _still_waiting(bucket, parked, [each.target_key for each in parked])
    waiting = _still_waiting(bucket, list(waiting), [each.home_key for each in waiting])
    state.unpark([each.parking_key for each in parked if each not in waiting])
    return list(waiting)


def clear_parking(bucket: Bucket, state: State, committer: Committer, host: str) -> None:
    """Leave nothing behind at the end of a run: by then other actions did what was left of the cut off cycles.

    Where the new or the old key has the same content by now, the waiting object is one too many; where both have
    others, it becomes an object with a conflict name, and a person is told. Raises KodoError.
    """
    parked = state.parked()
    superfluous = _superfluous(bucket, parked)
    deleted = bucket.delete_many([each.parking_key for each in superfluous]) if superfluous else []
    gone = [each for each, did in zip(superfluous, deleted, strict=True) if did.kind is DidKind.DONE]
    state.unpark([each.parking_key for each in gone])
    for each in bring_home(bucket, state, [each for each in parked if each not in superfluous]):
        _keep_as_conflict(bucket, state, committer, each, host)


def _superfluous(bucket: Bucket, parked: Sequence[Parked]) -> list[Parked]:
    keys = [key for each in parked for key in (each.target_key, each.home_key)]
    found = bucket.stat_many(keys) if keys else []
    pairs = zip(parked, found[::2], found[1::2], strict=True)
    return [each for each, at_target, at_home in pairs if _holds(at_target, each) or _holds(at_home, each)]


def _keep_as_conflict(bucket: Bucket, state: State, committer: Committer, each: Parked, host: str) -> None:
    for number in count(1):
        key = conflict_key(each.target_key, host, committer.run, number)
        (did,) = bucket.move_many([Relocation(each.parking_key, key, each.hash, each.size_bytes)])
        if did.kind is DidKind.TAKEN:
            continue
        if did.kind is not DidKind.FAILED:
            state.unpark([each.parking_key])
            notice = Notice(NoticeKind.LEFT_PARKED, key, f"was {each.home_key}")
            committer.log.notice(notice)
            committer.emit(notice)
        return


def _holds(found: RemoteEntry | None, each: Parked) -> bool:
    return found is not None and same_content(found, each)


def _still_waiting(bucket: Bucket, parked: Iterable[Parked], targets: Sequence[str]) -> dict[Parked, Did]:
    """Move parked objects to these keys; those that could not, each with the reason."""
    moves = [
        Relocation(each.parking_key, target, each.hash, each.size_bytes)
        for each, target in zip(parked, targets, strict=True)
    ]
    results = bucket.move_many(moves) if moves else []
    return {each: did for each, did in zip(parked, results, strict=True) if did.kind in _WAITS_ON}
