"""What lies in the bucket and cannot be read: archived and disabled objects, by one bounded look."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kodokeep.doctor.keys import NETWORK
from kodokeep.errors import KodokeepError
from kodokeep.kodo.survey import Survey
from kodokeep.model.cloud import ObjectsSeen
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.finding import Finding, failed, ok, warning
from kodokeep.model.options import Archived, PairOptions
from kodokeep.model.status import PairStatus
from kodokeep.reporting.units import count

ARCHIVED, DISABLED, OBJECTS = "archived", "disabled", "objects"
MOST = 20_000
QUICK_MOST = 1_000
"""A page of the listing."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the bucket was looked at, for people."""

    seen: ObjectsSeen

    def __str__(self) -> str:
        objects = count(self.seen.objects, "object")
        return objects if self.seen.complete else f"the first {objects}"


def look(
    survey: Survey, pair: PairOptions, status: PairStatus, *, quick: bool
) -> tuple[RemoteEntry | None, Iterable[Finding]]:
    """One look at the listing: an object to try domains with, None if there is none, and what is to be told."""
    try:
        seen = survey.objects(pair.prefix, QUICK_MOST if quick else MOST)
    except KodokeepError as error:
        return None, [failed(OBJECTS, error.message, error.hint or NETWORK)]
    return seen.sample, () if quick else _told(pair, seen, status)


def _told(pair: PairOptions, seen: ObjectsSeen, status: PairStatus) -> Iterator[Finding]:
    """What of the bucket no run can fetch as it is."""
    if seen.objects == 0:
        where = f" below {pair.prefix!r}" if pair.prefix else ""
        yield warning(OBJECTS, f"there are none{where}", "is it the right bucket, and the right prefix?")
        return
    if seen.complete:
        yield ok(OBJECTS, count(seen.objects, "object"))
    else:
        yield ok(OBJECTS, f"more than {seen.objects:,}; only the first ones were looked at{_by_the_last_run(status)}")
    yield from _archived(pair, seen)
    if seen.disabled:
        yield warning(
            DISABLED, f"{seen.disabled:,} of {Extent(seen)}: nobody can read them while they are disabled",
            "enable them at portal.qiniu.com > Kodo > the bucket > files; or leave them out: exclude",
        )  # fmt: skip
    else:
        yield ok(DISABLED, f"none of {Extent(seen)}")


def _archived(pair: PairOptions, seen: ObjectsSeen) -> Iterator[Finding]:
    if not seen.archived:
        yield ok(ARCHIVED, f"none of {Extent(seen)}")
    elif pair.archive.archived is Archived.THAW:
        yield ok(ARCHIVED, f"{seen.archived:,} of {Extent(seen)} must be thawed before they can be read; runs do that")
    else:
        yield warning(
            ARCHIVED, f"{seen.archived:,} of {Extent(seen)} must be thawed before they can be read, which costs",
            f"archived = thaw in [bucket:{pair.name}]",
        )  # fmt: skip


def _by_the_last_run(status: PairStatus) -> str:
    """A run sees all of the bucket, so what it could not read is known beyond this look."""
    summary = status.last_run.summary if status.last_run is not None else None
    if summary is None or not summary.listed:
        return ""
    return f"; the last run could not read {summary.unavailable + summary.thawing:,} of {summary.listed:,}"
