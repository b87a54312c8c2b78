"""The clerk: asks rs about objects in doubt, beside the lanes, so that no download waits for an answer."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kodokeep.kodo.failures import Failure
from kodokeep.kodo.objects import Stat
from kodokeep.kodo.retry import Cancelled
from kodokeep.kodo.task import Answer, Task

_CLERKS = 4


class Clerk:
    """Stats objects; each task comes back through `deliver`, its answer filled in unless all is broken off."""

    def __init__(self, stat: Stat, deliver: Callable[[Task], None]) -> None:
        self._stat = stat
        self._deliver = deliver
        self._cancel = threading.Event()
        self._threads = ThreadPoolExecutor(_CLERKS, "kodo-clerk")

    def ask(self, task: Task) -> None:
        """Find out what the task's object is now."""
        self._threads.submit(self._answer, task)

    def break_off(self) -> None:
        """The run is stopping: find out nothing more. Every task comes back, soon and without an answer."""
        self._cancel.set()

    def close(self) -> None:
        """Break off what is under way; what was not begun does not come back."""
        self.break_off()
        self._threads.shutdown(cancel_futures=True)

    def _answer(self, task: Task) -> None:
        try:
            task.answer = Answer(self._stat(task.request.remote.key, self._cancel))
        except Cancelled:
            task.answer = None
        except Failure as failure:
            task.answer = Answer(None, failure.error)
        except Exception as error:  # noqa: BLE001 - the lane knows which of them concern one object only
            task.answer = Answer(None, error)
        self._deliver(task)
