"""Prefetching: an iterator that is advanced in a thread of its own while its last item is being used."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

from kodokeep.errors import Interrupted
from kodokeep.kodo.retry import Cancelled
from kodokeep.ports import StopSignal

T = TypeVar("T")

_HEARTBEAT_S = 0.25


def prefetched(source: Iterator[T], cancel: threading.Event, stop: StopSignal) -> Iterator[T]:
    """The items of `source`, always one more than was asked for on its way.

    Errors of `source` are raised in their place. Closing early sets `cancel`, which `source` must heed, and waits.
    Raises Interrupted once `stop` is set, however long `source` hangs.
    """
    items: SimpleQueue[T | BaseException | None] = SimpleQueue()
    wanted = threading.Semaphore(2)

    def fetch() -> None:
        try:
            while wanted.acquire() and not cancel.is_set():
                item = next(source, None)
                items.put(item)
                if item is None:
                    return
        except Cancelled:
            return
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            items.put(error)

    thread = threading.Thread(target=fetch, name="kodo-prefetch", daemon=True)
    thread.start()
    try:
        while (item := _awaited(items, stop)) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            wanted.release()
    finally:
        cancel.set()
        wanted.release()
        thread.join()


def _awaited(items: SimpleQueue[T], stop: StopSignal) -> T:
    while not stop.is_set():
        with suppress(Empty):
            return items.get(timeout=_HEARTBEAT_S)
    raise Interrupted
