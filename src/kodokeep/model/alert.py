"""Alerts: what somebody should be told about a pair, and who wants to hear it. `reporting` words them, `alerts` sends.

The texts hold no names of keys unless a channel allows them, and never a secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kodokeep.model.event import GuardKind, GuardTripped
from kodokeep.model.summary import Summary


class AlertKind(StrEnum):
    """What an alert is about. WARNINGS: all that could be done was done, and something needs a look."""

    SUCCESS = "success"
    WARNINGS = "warnings"
    FAILURE = "failure"
    HELD = "held"
    MISSED = "missed"
    STALE = "stale"
    TEST = "test"


USUAL_KINDS = frozenset({AlertKind.WARNINGS, AlertKind.FAILURE, AlertKind.HELD, AlertKind.MISSED, AlertKind.STALE})
"""What a channel is told of by default."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to be told. `pair` "" is the config as a whole; `bucket` and `folder` are empty then. Then `what` is
    what does not start, if it is not all of it: `serve`, or a name that the config does not have.

    `keys` are some of the objects that failed, for channels that may be told. `last_success_s` is seconds since the
    epoch, None if there was none that is known of. `due_s` is when a missed run should have begun. `recovered`: what an
    earlier alert told of is over.
    """

    kind: AlertKind
    pair: str
    host: str
    at_s: float
    bucket: str = ""
    folder: str = ""
    summary: Summary | None = None
    error: str = ""
    hint: str = ""
    guards: tuple[GuardTripped, ...] = ()
    warnings: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    last_success_s: float | None = None
    due_s: float | None = None
    recovered: bool = False
    what: str = ""

    @property
    def held_by_traffic(self) -> bool:
        """True if nothing but the month's traffic holds anything."""
        return bool(self.guards) and all(guard.kind is GuardKind.TRAFFIC for guard in self.guards)


@dataclass(frozen=True, slots=True)
class ChannelOptions:
    """One `[notify:NAME]` section: an Apprise URL, or where it comes from, and what is told there.

    Exactly one of `url`, `url_command` and `url_variable` is set. `pairs` None means all of them.
    """

    name: str
    url: str | None = field(default=None, repr=False)
    url_command: str | None = field(default=None, repr=False)
    url_variable: str | None = None
    on: frozenset[AlertKind] = USUAL_KINDS
    pairs: frozenset[str] | None = None
    key_names: bool = False

    def wants(self, alert: Alert) -> bool:
        """True if this alert is to be told here."""
        return self.hears_of(alert.pair) and (alert.kind in self.on or alert.kind is AlertKind.TEST)

    def hears_of(self, pair: str) -> bool:
        """True if the pair is one of this channel's. What concerns the config as a whole concerns every pair."""
        return self.pairs is None or not pair or pair in self.pairs


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """URLs of a dead-man switch elsewhere, fetched when a run begins and ends. None: not told."""

    start: str | None = field(default=None, repr=False)
    success: str | None = field(default=None, repr=False)
    failure: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AlertOptions:
    """What is told about one pair besides the channels. `stale_after_s` None means derived from the schedule."""

    heartbeat: Heartbeat = Heartbeat()
    commands: Mapping[AlertKind, str] = field(default_factory=dict, repr=False)
    stale_after_s: int | None = None


NOBODY = AlertOptions()
"""Nobody is told but the channels."""


@dataclass(frozen=True, slots=True)
class MetricsOptions:
    """The `[metrics]` section: a file for node exporter's textfile collector, an address that `serve` listens at."""

    file: str | None = None
    listen: str | None = None
