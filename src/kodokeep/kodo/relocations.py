"""Relocations: moving, copying and deleting objects where they are, many at a time (protocol §4, §4.1).

What belongs here: which operations are sent, and who is looked at before and after. What does not: judging what is
found (`verdicts`), sending (`batch`).
"""

import threading
from collections.abc import Callable, Sequence
from functools import partial

from kodokeep.kodo import verdicts
from kodokeep.kodo.batch import Answer, Batches
from kodokeep.kodo.failures import Failure
from kodokeep.kodo.objects import Look, Objects
from kodokeep.kodo.urls import encoded_entry
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import Did, DidKind, Relocation

MISSING, EXISTS = 612, 614


class Relocations:
    """Changes where the objects of one bucket are; thread-safe. What one call asks for must be independent."""

    def __init__(self, batches: Batches, objects: Objects, bucket: str) -> None:
        self._batches = batches
        self._objects = objects
        self._bucket = bucket

    def delete(self, keys: Sequence[str], cancel: threading.Event) -> list[Did]:
        """Delete objects; one that is not there is deleted. Raises Failure, Cancelled."""
        answers = self._batches.run([f"/delete/{encoded_entry(self._bucket, key)}" for key in keys], cancel)
        return [verdicts.DONE if answer.code == MISSING else _told(answer) or verdicts.DONE for answer in answers]

    def move(self, moves: Sequence[Relocation], cancel: threading.Event) -> list[Did]:
        """Move objects, never over another. Raises Failure, Cancelled."""
        answers = self._run("move", moves, cancel)
        dids = [verdicts.DONE if answer.code == 200 else _told(answer) for answer in answers]
        doubted = _unknown(dids)
        sources = self._objects.look([moves[index].source_key for index in doubted], cancel)
        targets = self._objects.look([moves[index].target_key for index in doubted], cancel)
        for index, source, target in zip(doubted, sources, targets, strict=True):
            dids[index] = _judged(partial(verdicts.of_move, moves[index]), source, target)
        return [did for did in dids if did is not None]

    def copy(self, copies: Sequence[Relocation], cancel: threading.Event) -> list[Did]:
        """Copy objects, never over another. Raises Failure, Cancelled.

        A copy that turns out to have another content than was planned, because its source just got it, is removed.
        """
        sources = self._objects.look([copy.source_key for copy in copies], cancel)
        dids = [_judged(partial(verdicts.of_source, copy), look) for copy, look in zip(copies, sources, strict=True)]
        wanted = _unknown(dids)
        answers = dict(zip(wanted, self._run("copy", [copies[index] for index in wanted], cancel), strict=True))
        for index, answer in answers.items():
            dids[index] = verdicts.NO_SOURCE if answer.code == MISSING else _told(answer)
        arrived = _unknown(dids)
        targets = self._objects.look([copies[index].target_key for index in arrived], cancel)
        for index, look in zip(arrived, targets, strict=True):
            dids[index] = _judged(partial(verdicts.of_copy, copies[index]), look)
        astray = {
            index: look
            for index, look in zip(arrived, targets, strict=True)
            if dids[index] == verdicts.TAKEN and answers[index].code == 200
        }
        self._remove_strays(copies, astray, dids, cancel)
        return [did for did in dids if did is not None]

    def _remove_strays(
        self, copies: Sequence[Relocation], astray: dict[int, Look], dids: list[Did | None], cancel: threading.Event
    ) -> None:
        """Copies whose source changed at the last moment go again; what anybody else has put there since stays."""
        sources = self._objects.look([copies[index].source_key for index in astray], cancel)
        strays = [
            index
            for (index, target), source in zip(astray.items(), sources, strict=True)
            if isinstance(source, RemoteEntry) and isinstance(target, RemoteEntry) and verdicts.is_stray(source, target)
        ]
        removed = self.delete([copies[index].target_key for index in strays], cancel)
        for index, did in zip(strays, removed, strict=True):
            dids[index] = verdicts.OTHER_SOURCE if did.kind is DidKind.DONE else did

    def _run(self, name: str, relocations: Sequence[Relocation], cancel: threading.Event) -> list[Answer]:
        operations = [
            f"/{name}/{encoded_entry(self._bucket, one.source_key)}/{encoded_entry(self._bucket, one.target_key)}"
            for one in relocations
        ]
        return self._batches.run(operations, cancel)


def _told(answer: Answer) -> Did | None:
    """What an answer tells by itself; None if a look at the keys has to."""
    if answer.failure is None or answer.code in (MISSING, EXISTS):
        return None
    return _failed(answer.failure)


def _failed(failure: Failure) -> Did:
    return Did(DidKind.FAILED, failure.error.message)


def _judged(verdict: Callable[..., Did | None], *looks: Look) -> Did | None:
    for look in looks:
        if isinstance(look, Failure):
            return _failed(look)
    return verdict(*looks)


def _unknown(dids: Sequence[Did | None]) -> list[int]:
    return [index for index, did in enumerate(dids) if did is None]
