"""One event, several listeners."""

from kodokeep.model.event import Event
from kodokeep.ports import Emit


def fan_out(*listeners: Emit) -> Emit:
    """Tell every listener, in this order."""

    def tell(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return tell
