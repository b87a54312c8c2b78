"""Delivery: what a message is, and several of them on their way beside each other, for so long and no longer.

What belongs here: that nobody waits for ever. What does not: how anything is sent.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kodokeep.model.alert import AlertKind

TIMEOUT_S = 60.0
"""For all deliveries of one alert together."""


class NotDelivered(Exception):
    """A delivery failed. The message says why, and holds no address and no secret."""


@dataclass(frozen=True, slots=True)
class Message:
    """A text as it is sent. `kind` lets a service colour it."""

    kind: AlertKind
    title: str
    body: str


def deliver_all(deliveries: Mapping[str, Callable[[], None]], timeout_s: float = TIMEOUT_S) -> dict[str, str]:
    """Make all deliveries at once, each in a thread of its own; gives why those failed that did, by name.

    One that is not over in time is left behind: its thread ends with the process, or when its network gives up.
    """
    failed: dict[str, str] = {}
    threads = {
        name: threading.Thread(target=_make, args=(name, delivery, failed), daemon=True, name=f"alert-{name}")
        for name, delivery in deliveries.items()
    }
    for thread in threads.values():
        thread.start()
    deadline_s = time.monotonic() + timeout_s
    for name, thread in threads.items():
        thread.join(max(0.0, deadline_s - time.monotonic()))
        if thread.is_alive():
            failed[name] = f"not done within {timeout_s:g} s"
    return {name: failed[name] for name in deliveries if name in failed}


def _make(name: str, delivery: Callable[[], None], failed: dict[str, str]) -> None:
    try:
        delivery()
    except NotDelivered as error:
        failed[name] = str(error)
    except Exception as error:  # noqa: BLE001 - whatever a library does; its text may hold the address
        failed[name] = f"a bug: {type(error).__name__}"
