"""Cron expressions: what may be written, and what is refused."""

import re
from datetime import date

import pytest

from kodokeep.planning.cronfields import parse


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("30 2 * * mon-fri", "30 2 * * 1-5"),
        ("0 3 1 JAN,jul *", "0 3 1 1,7 *"),
        ("5/20 8 * * *", "5-59/20 8 * * *"),
        ("0 0 * * sun,7", "0 0 * * 0,7"),
        ("0 0 * * 5-7", "0 0 * * 5-7"),
        ("*/15 8-18/2 */2 * *", "*/15 8-18/2 */2 * *"),
        ("00 03 01 * *", "0 3 1 * *"),
        ("0  3\t* *   *", "0 3 * * *"),
    ],
)
def test_names_become_numbers_that_every_cron_knows(written: str, text: str) -> None:
    assert parse(written).text == text


def test_sunday_is_0_and_7() -> None:
    assert parse("0 3 * * 0").weekdays == parse("0 3 * * 7").weekdays == parse("0 3 * * sun").weekdays == {0}
    assert parse("0 3 * * 5-7").weekdays == {5, 6, 0}


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("60 2 * * *", "minute: 60 is not 0 to 59"),
        ("0 24 * * *", "hour: 24 is not 0 to 23"),
        ("0 0 0 * *", "day of the month: 0 is not 1 to 31"),
        ("0 0 * 13 *", "month: 13 is not 1 to 12, jan to dec"),
        ("0 0 * * 8", "weekday: 8 is not 0 to 7, sun to sat"),
        ("0 0 * foo *", "month: foo is not 1 to 12, jan to dec"),
        ("0 0 * mon *", "month: mon is not 1 to 12, jan to dec"),
        ("0 22-6 * * *", "hour: 22-6 runs backwards"),
        ("0 0 * * fri-mon", "weekday: fri-mon runs backwards"),
        ("*/0 * * * *", "minute: */0 has a step of 0"),
        ("0 0 L * *", "day of the month: L is not 1 to 31"),
        ("0 0 LW * *", "day of the month: LW is not 1 to 31"),
        ("0 0 15W * *", "day of the month: 15W is not 1 to 31"),
        ("0 0 * * 5L", "weekday: 5L is not 0 to 7, sun to sat"),
        ("0 0 * * 5#2", "weekday: '5#2' is not a number, a range, * or one of these with /step"),
        ("0 0 ? * *", "day of the month: '?' is not a number, a range, * or one of these with /step"),
        ("1,,2 0 * * *", "minute: '' is not a number, a range, * or one of these with /step"),
        ("*-5 0 * * *", "minute: '*-5' is not a number, a range, * or one of these with /step"),
        ("-1 0 * * *", "minute: '-1' is not a number, a range, * or one of these with /step"),
        ("٣ 0 * * *", "minute: '٣' is not a number, a range, * or one of these with /step"),
        ("0 0 30 2 *", "no such month has a day 30, so it never comes"),
        ("0 0 31 4,6,9,11 *", "no such month has a day 31, so it never comes"),
        ("0 0 31 2 */2", "no such month has a day 31, so it never comes"),
        ("0 0 * *", "it has 4 fields, not 5"),
    ],
)
def test_what_no_timer_could_be_told_is_refused_with_the_field(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(why)}$"):
        parse(written)


def test_a_day_counts_by_its_number_or_its_weekday_if_both_are_given() -> None:
    """1 June 2026 is a Monday."""
    either = parse("0 3 15 * 1")
    assert [day for day in range(1, 31) if either.has_day(date(2026, 6, day))] == [1, 8, 15, 22, 29]
    both = parse("0 3 */2 * 1")
    assert [day for day in range(1, 31) if both.has_day(date(2026, 6, day))] == [1, 15, 29]
    assert not either.has_day(date(2026, 2, 28))


def test_a_day_that_a_month_lacks_is_no_reason_to_refuse_the_weekdays() -> None:
    assert parse("0 0 30 2 1").has_day(date(2026, 2, 2))


@pytest.mark.parametrize(
    ("written", "every_day"),
    [
        ("0 3 * * *", True),
        ("0 3 1-31 * 1", True),
        ("0 3 1 * 0-6", True),
        ("0 3 * 1-11 *", False),
        ("0 3 * * 1-5", False),
    ],
)
def test_whether_a_day_is_left_out_is_known(written: str, every_day: bool) -> None:
    assert parse(written).every_day is every_day
