import threading
from collections.abc import Iterator

import pytest

from kodokeep.errors import Interrupted
from kodokeep.kodo.prefetch import prefetched
from kodokeep.kodo.retry import Cancelled

NEVER = threading.Event()


def counted(taken: list[int], last: int) -> Iterator[int]:
    for number in range(last):
        taken.append(number)
        yield number


def test_all_items_come_in_order() -> None:
    assert list(prefetched(counted([], 100), threading.Event(), NEVER)) == list(range(100))


def test_one_more_is_on_its_way_and_no_more() -> None:
    taken: list[int] = []
    for number in prefetched(counted(taken, 50), threading.Event(), NEVER):
        assert len(taken) <= number + 2


def test_errors_come_in_their_place() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise OSError("no more")

    items = prefetched(failing(), threading.Event(), NEVER)
    assert next(items) == 1
    with pytest.raises(OSError, match="no more"):
        next(items)


def test_closing_early_cancels_and_leaves_no_thread() -> None:
    cancel = threading.Event()
    items = prefetched(counted([], 1000), cancel, NEVER)
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert cancel.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "kodo-prefetch"]


def test_a_stop_is_heeded_while_the_source_hangs() -> None:
    cancel, stop = threading.Event(), threading.Event()

    def hang(_number: int) -> int:
        stop.set()
        cancel.wait()
        raise Cancelled

    with pytest.raises(Interrupted):
        next(prefetched(map(hang, [1]), cancel, stop))
    assert not [thread for thread in threading.enumerate() if thread.name == "kodo-prefetch"]
