"""Traffic: what was fetched and thawed in a calendar month, and how that stands to the month's budget."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Part(StrEnum):
    """Actions that take of a budget at one rate, in the order in which they have their turn."""

    URGENT = "urgent"
    FETCHED = "fetched"
    THAWED = "thawed"
    DEEP_THAWED = "deep-thawed"


Place = tuple[int, str]
"""A size and a key: where in the order of its part an action stands."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Bytes that travelled, retries and altered bodies included, and bytes that were asked to be thawed."""

    received_bytes: int = 0
    thawed_bytes: int = 0
    deep_thawed_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month by somebody's clock: its name (`2026-11`), and when the next one begins."""

    name: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class TrafficUse:
    """How a plan stands to the month's budget, in bytes, or in money if `currency` is not empty.

    `planned` is what goes on takes; of what has to be thawed first, fetching it later included. `never` objects have to
    wait that no month's budget is enough for.
    """

    used: float
    limit: float
    planned: float
    ends: datetime
    currency: str = ""
    never: int = 0

    @property
    def left(self) -> float:
        """What may still be used."""
        return max(0.0, self.limit - self.used)
