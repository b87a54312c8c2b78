"""Thaws: asking for archived objects to be thawed, many at a time (protocol §4, restoreAr; §4.1).

What belongs here: what is sent, and what the answers mean. What does not: sending (`batch`), what is remembered.
"""

import threading
from collections.abc import Sequence

from kodokeep.kodo.batch import Answer, Batches
from kodokeep.kodo.failures import Failure
from kodokeep.kodo.objects import Look, Objects
from kodokeep.kodo.urls import encoded_entry
from kodokeep.kodo.verdicts import DONE, NO_SOURCE, OTHER_SOURCE
from kodokeep.model.entry import RemoteEntry, same_content
from kodokeep.model.outcome import Did, DidKind

REFUSED, FORBIDDEN, MISSING = 400, 403, 612
ALREADY = "already restored"
NOT_ARCHIVED = Did(DidKind.GONE, "the object is not archived any more")


class Thaws:
    """Asks about the objects of one bucket; thread-safe."""

    def __init__(self, batches: Batches, objects: Objects, bucket: str) -> None:
        self._batches = batches
        self._objects = objects
        self._bucket = bucket

    def ask(self, remotes: Sequence[RemoteEntry], days: int, cancel: threading.Event) -> list[Did]:
        """Ask for each to be thawed. Raises Failure, Cancelled.

        What is refused as if it was not archived is looked at: a missing permission is answered with the same status.
        """
        answers = self._batches.run(
            [f"/restoreAr/{encoded_entry(self._bucket, remote.key)}/freezeAfterDays/{days}" for remote in remotes],
            cancel,
        )
        forbidden = [index for index, answer in enumerate(answers) if answer.code == FORBIDDEN]
        looks = dict(
            zip(forbidden, self._objects.look([remotes[index].key for index in forbidden], cancel), strict=True)
        )
        return [
            _forbidden(remotes[index], answer, looks[index]) if index in looks else _answered(answer)
            for index, answer in enumerate(answers)
        ]


def _answered(answer: Answer) -> Did:
    """Done also where it was asked for before: by somebody, or by us, and the reply was lost."""
    if answer.failure is None:
        return DONE
    if answer.code == MISSING:
        return NO_SOURCE
    if answer.code == REFUSED and ALREADY in answer.failure.error.message:
        return DONE
    return Did(DidKind.FAILED, answer.failure.error.message)


def _forbidden(remote: RemoteEntry, answer: Answer, look: Look) -> Did:
    if look is None:
        return NO_SOURCE
    if isinstance(look, RemoteEntry) and not same_content(look, remote):
        return OTHER_SOURCE
    if isinstance(look, RemoteEntry) and look.storage_type not in (2, 3):
        return NOT_ARCHIVED
    refusal = look if isinstance(look, Failure) else answer.failure
    assert refusal is not None
    return Did(DidKind.FAILED, refusal.error.message)
