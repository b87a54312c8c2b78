"""What takes its time, done beside the schedule: telling people of what happened. One after the other."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from kodokeep.cli.output import say

LONGEST_END_S = 60.0
"""Whoever ends the process waits no longer for what is still to be told."""

Errand = Callable[[], object]


class Errands:
    """A thread that runs errands. One that fails is told, and costs no other."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Errand | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="errands", daemon=True)
        self._thread.start()

    def run(self, errand: Errand) -> None:
        """Do this, when those before are done."""
        self._queue.put(errand)

    def close(self) -> None:
        """Do what is left."""
        self._queue.put(None)
        self._thread.join(LONGEST_END_S)

    def _work(self) -> None:
        while (errand := self._queue.get()) is not None:
            try:
                errand()
            except Exception as error:  # noqa: BLE001 - a bug here must not end the schedule
                from kodokeep.cli.crash import save_report  # noqa: PLC0415 - slow to load, and rarely needed

                say(save_report(error))
