"""When a run is due: what the clock shows is what counts, whatever is done to the clock."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from kodokeep.model.schedule import Schedule
from kodokeep.planning.cronfields import parse
from kodokeep.planning.timetable import crons, last_due, longest_gap_s, next_due
from tests import plain_crons

SECOND = timedelta(seconds=1)
EXPRESSIONS = st.one_of(plain_crons.ANY, plain_crons.NIGHTLY)
ZONES = st.sampled_from(sorted(plain_crons.CHANGES))
MOMENTS = st.integers(0, 6 * 365 * 86_400).map(lambda later_s: datetime(2026, 1, 1, tzinfo=UTC) + later_s * SECOND)
WINDOW = 8 * 60


def schedule_of(*written: str, zone: str | None = None) -> Schedule:
    return Schedule("; ".join(written), tuple(cron for each in written for cron in crons(each)), zone)


def forwards(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    found = [next_due(schedule, start - SECOND, UTC)]
    while found[-1] < end:
        found.append(next_due(schedule, found[-1], UTC))
    return found[:-1]


def backwards(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    found = [last_due(schedule, end - SECOND, UTC)]
    while found[-1] >= start:
        found.append(last_due(schedule, found[-1] - SECOND, UTC))
    return found[-2::-1]


@given(st.lists(plain_crons.NIGHTLY, min_size=1, max_size=2), plain_crons.changes())
@settings(max_examples=60)
def test_no_moment_is_left_out_or_comes_twice_when_clocks_change(
    written: list[str], change: tuple[str, datetime]
) -> None:
    zone, start = change
    schedule = schedule_of(*written, zone=zone)
    expected = plain_crons.due(schedule.crons, ZoneInfo(zone), start, WINDOW)
    end = start + WINDOW * plain_crons.MINUTE
    assert forwards(schedule, start, end) == expected
    assert backwards(schedule, start, end) == expected


@given(EXPRESSIONS, MOMENTS)
def test_on_any_day_it_is_due_as_its_fields_say(written: str, start: datetime) -> None:
    start = start.replace(second=0, microsecond=0)
    schedule = schedule_of(written)
    assert forwards(schedule, start, start + WINDOW * plain_crons.MINUTE) == plain_crons.due(
        (written,), UTC, start, WINDOW
    )


@given(st.lists(EXPRESSIONS, min_size=1, max_size=2), ZONES, MOMENTS)
def test_what_comes_next_comes_after_what_was_last(written: list[str], zone: str, now: datetime) -> None:
    schedule = schedule_of(*written, zone=zone)
    last, following = last_due(schedule, now, UTC), next_due(schedule, now, UTC)
    assert last <= now < following
    assert next_due(schedule, last, UTC) == following
    assert last_due(schedule, following - SECOND, UTC) == last
    assert last_due(schedule, following, UTC) == following


@given(EXPRESSIONS, MOMENTS)
def test_no_two_moments_are_further_apart_than_the_longest_gap(written: str, now: datetime) -> None:
    schedule = schedule_of(written)
    moments = [next_due(schedule, now, UTC)]
    for _ in range(20):
        moments.append(next_due(schedule, moments[-1], UTC))
    longest = max((later - earlier).total_seconds() for earlier, later in pairwise(moments))
    assert longest <= longest_gap_s(schedule, now, UTC)


@given(plain_crons.ANY)
def test_an_expression_is_read_as_its_own_text(written: str) -> None:
    fields = parse(written)
    assert parse(fields.text) == fields
    minutes, _, _, _, weekdays = written.split()
    assert fields.minutes == plain_crons.reads(minutes, 0)
    assert fields.weekdays == {number % 7 for number in plain_crons.reads(weekdays, 4)}
