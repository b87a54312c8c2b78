"""Which numbers a monitor gets of each pair, and what they mean. Names as Prometheus' best practices have them.

What belongs here: names, helps and values. What does not: how they get out (`metrics`). No label and no value is a key
of an object or a secret.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kodokeep.model.health import Ailment
from kodokeep.model.record import Totals
from kodokeep.model.runid import began
from kodokeep.model.status import PairStatus
from kodokeep.model.summary import LISTED_PARTS, WALKED_PARTS, Summary

OUTCOMES = (*LISTED_PARTS, *(part for part in WALKED_PARTS if part not in LISTED_PARTS))
"""What the objects and files of a run can come out as."""

Values = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True)
class Gauge:
    """One metric: its name without `kodokeep_`, its help, and the values that a pair has of it, each with what
    `labels` it has besides those of the pair. A pair of which it is not known has none.
    """

    name: str
    help: str
    values: Callable[[PairStatus], Values]
    labels: tuple[str, ...] = ()


def _one(value: float | None) -> Values:
    return () if value is None else [((), float(value))]


def _of_run(value: Callable[[Summary], float]) -> Callable[[PairStatus], Values]:
    return lambda status: () if status.last_summary is None else [((), float(value(status.last_summary)))]


def _of_totals(value: Callable[[Totals], int]) -> Callable[[PairStatus], Values]:
    return lambda status: () if status.totals is None else [((), float(value(status.totals)))]


def _objects(status: PairStatus) -> Iterator[tuple[tuple[str, ...], float]]:
    if status.last_summary is not None:
        for outcome in OUTCOMES:
            yield (outcome,), float(getattr(status.last_summary, outcome))


def _bytes(status: PairStatus) -> Iterator[tuple[tuple[str, ...], float]]:
    if status.last_summary is not None:
        yield ("downloaded",), float(status.last_summary.bytes_downloaded)
        yield ("uploaded",), float(status.last_summary.bytes_uploaded)


def _exit_code(status: PairStatus) -> Values:
    return _one(next((attempt.exit for attempt in status.past.attempts if attempt.exit is not None), None))


GAUGES = (
    Gauge(
        "stale",
        "1 if the last success of the pair is older than it may become, or if it has a schedule and no success.",
        lambda status: _one(status.health.stale),
    ),
    Gauge(
        "broken",
        "1 if the last attempt to run the pair did not end well, or was cut off.",
        lambda status: _one(status.health.broken),
    ),
    Gauge(
        "missed",
        "1 if a run of the pair was due and none began.",
        lambda status: _one(Ailment.MISSED in status.health.reasons),
    ),
    Gauge("at_work", "1 while a run of the pair is going on.", lambda status: _one(status.past.at_work)),
    Gauge(
        "state_readable",
        "1 if the state of the pair could be looked at; if not, what is kept and its last run are left out.",
        lambda status: _one(status.totals is not None),
    ),
    Gauge(
        "last_success_timestamp_seconds",
        "When the last run of the pair that ended well ended, in seconds since the epoch; 0 if none did.",
        lambda status: _one(status.past.last_success_s or 0),
    ),
    Gauge(
        "last_success_age_seconds",
        "How long ago that was when this was written; in a file, time() minus the timestamp is the age now.",
        lambda status: _one(status.age_s),
    ),
    Gauge(
        "stale_after_seconds",
        "How old the last success of the pair may become before it is stale.",
        lambda status: _one(status.health.stale_after_s),
    ),
    Gauge(
        "next_due_timestamp_seconds",
        "When the next run of the pair is due by its schedule, in seconds since the epoch.",
        lambda status: _one(None if status.due is None else status.due.timestamp()),
    ),
    Gauge(
        "last_attempt_timestamp_seconds",
        "When the last attempt to run the pair began, whatever came of it, in seconds since the epoch.",
        lambda status: _one(None if status.last_attempt is None else status.last_attempt.started_s),
    ),
    Gauge("last_attempt_exit_code", "Exit code of the last attempt to run the pair that ended.", _exit_code),
    Gauge(
        "last_run_timestamp_seconds",
        "When the last run of the pair that came to its end began, in seconds since the epoch.",
        _of_run(lambda summary: began(summary.run).timestamp()),
    ),
    Gauge("last_run_duration_seconds", "How long that run took.", _of_run(lambda summary: summary.seconds)),
    Gauge("last_run_listed_objects", "How many objects its listing had.", _of_run(lambda summary: summary.listed)),
    Gauge("last_run_objects", "How many objects and files came out of it in which way.", _objects, ("outcome",)),
    Gauge("last_run_bytes", "How many bytes of content travelled in it.", _bytes, ("outcome",)),
    Gauge("last_run_requests", "How many requests to Kodo it took.", _of_run(lambda summary: summary.requests)),
    Gauge(
        "synced_objects",
        "How many objects were in step at the end of the last run.",
        _of_totals(lambda totals: totals.objects),
    ),
    Gauge(
        "synced_bytes",
        "How many bytes these have.",
        _of_totals(lambda totals: totals.object_bytes),
    ),
    Gauge(
        "history_contents",
        "How many replaced or removed contents history had then.",
        _of_totals(lambda totals: totals.history_contents),
    ),
    Gauge(
        "history_bytes",
        "How many bytes these have.",
        _of_totals(lambda totals: totals.history_bytes),
    ),
    Gauge("state_bytes", "What the state of the pair takes on the disk.", lambda status: _one(status.state_bytes)),
)
"""In the order in which they are written."""
