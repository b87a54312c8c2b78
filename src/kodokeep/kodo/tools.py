"""Tools: what the downloads and uploads of one bucket are made with."""

from collections.abc import Callable
from dataclasses import dataclass

from kodokeep.kodo.meter import Meter
from kodokeep.kodo.objects import Stat
from kodokeep.kodo.parts import Limits
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.signing import Signer
from kodokeep.kodo.transport import Transport
from kodokeep.model.event import Notice


@dataclass(frozen=True, slots=True)
class Tools:
    """What transfers in either direction need. `transfers` None lets the engine find how many go at once."""

    transport: Transport
    retry: Retry
    stat: Stat
    meter: Meter
    notice: Callable[[Notice], None]
    transfers: int | None


@dataclass(frozen=True, slots=True)
class Account:
    """Whose uploads these are, where to, and how files are cut."""

    bucket: str
    signer: Signer
    limits: Limits
    now_s: Callable[[], float]
