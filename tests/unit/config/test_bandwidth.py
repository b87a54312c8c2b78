"""`bandwidth` as people write it, and what they are told if it cannot be read."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.config.load import from_text
from kodokeep.config.speeds import bandwidth
from kodokeep.errors import ConfigError
from kodokeep.model.bandwidth import EVERY_DAY, Bandwidth, Window

FILE = Path("/etc/kodokeep/config.ini")
K, M = 1024, 1024 * 1024
WORKDAYS, WEEKEND = frozenset(range(5)), frozenset({5, 6})


def read(written: str, more: str = "") -> Bandwidth:
    (pair,) = from_text(f"[bucket:photos]\nfolder = /backup\nbandwidth = {written}\n{more}\n", FILE).pairs
    return pair.transport.bandwidth


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2M", Bandwidth((), 2 * M)),
        ("10K", Bandwidth((), 10 * K)),
        ("1.5 MiB/s", Bandwidth((), 3 * M // 2)),
        ("20480", Bandwidth((), 20 * K)),
        ("off", Bandwidth()),
        ("08:00-20:00 2M, 10M", Bandwidth((Window(480, 1200, 2 * M),), 10 * M)),
        ("8:00 - 20:00 2m", Bandwidth((Window(480, 1200, 2 * M),))),
        ("20:00-08:00 off, 1M", Bandwidth((Window(1200, 480, None),), M)),
        ("12:00-24:00 1M", Bandwidth((Window(720, 1440, M),))),
        ("12:00-00:00 1M", Bandwidth((Window(720, 0, M),))),
        ("mon-fri 08:00-20:00 2M, sat-sun off, 5M", Bandwidth(
            (Window(480, 1200, 2 * M, WORKDAYS), Window(0, 1440, None, WEEKEND)), 5 * M)),
        ("Fri - Mon 1M", Bandwidth((Window(0, 1440, M, frozenset({4, 5, 6, 0})),))),
        ("Sun 1M", Bandwidth((Window(0, 1440, M, frozenset({6})),))),
        ("\n  08:00-12:00 1M\n  12:00-20:00 2M\n  10M", Bandwidth(
            (Window(480, 720, M, EVERY_DAY), Window(720, 1200, 2 * M)), 10 * M)),
    ],
)  # fmt: skip
def test_what_is_written_is_what_holds(written: str, expected: Bandwidth) -> None:
    assert read(written) == expected


def test_the_hours_are_those_of_the_pairs_time_zone() -> None:
    assert read("08:00-20:00 2M", "time_zone = Asia/Shanghai").zone == "Asia/Shanghai"
    assert read("08:00-20:00 2M").zone is None


EXAMPLES = "a speed in bytes a second such as 10M, or 08:00-20:00 2M, 10M, or mon-fri 08:00-20:00 2M, sat-sun off"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("fast", EXAMPLES),
        ("10Mbit", EXAMPLES),
        ("1.5.2M", EXAMPLES),
        ("-2M", EXAMPLES),
        ("08:00-20:00", EXAMPLES),
        ("8-20 2M", EXAMPLES),
        ("08:00-25:00 2M", EXAMPLES),
        ("08:60-20:00 2M", EXAMPLES),
        ("24:00-08:00 2M", EXAMPLES),
        ("monday 2M", EXAMPLES),
        ("08:00-20:00 mon-fri 2M", EXAMPLES),
        ("08:00-20:00 2M,", f"{EXAMPLES}; one of them is empty"),
        ("08:00-20:00 2M, fast", f"{EXAMPLES}; not fast"),
        ("10M, 08:00-20:00 2M", "10M at the end: it holds at all other times"),
        ("08:00-08:00 2M", "a window that ends at another time than it starts"),
        ("0", "speeds of at least 10K a second, or off for no limit"),
        ("08:00-20:00 9.9K, 10M", "speeds of at least 10K a second, or off for no limit; not 08:00-20:00 9.9K"),
    ],
)
def test_bad_input_is_told_with_what_was_expected(written: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(written)
    assert caught.value.exit_code == 2
    assert caught.value.message == f'{FILE}: [bucket:photos] bandwidth = "{written}": expected {expected}'


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("0123456789:- MKoff,"), max_size=30))
def test_whatever_is_written_is_a_value_or_an_error_that_says_what_was_expected(written: str) -> None:
    with suppress(ValueError):
        assert isinstance(bandwidth(written), Bandwidth)
