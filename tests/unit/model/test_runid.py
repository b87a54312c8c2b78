"""Run ids ascend, whatever the clock does (rule 12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.model.runid import next_run_id

T0_S = 1_795_316_400  # 2026-11-22 03:00:00 UTC


def test_a_first_run_is_named_after_the_clock() -> None:
    assert next_run_id(T0_S, []) == "20261122T030000Z"
    assert next_run_id(T0_S + 0.9, []) == "20261122T030000Z"


@pytest.mark.parametrize("newest", ["20261122T030000Z", "20261122T030000Z~2", "20261122t030000z~17"])
def test_a_second_run_in_one_second_comes_after(newest: str) -> None:
    assert next_run_id(T0_S, ["20261101T000000Z", newest, "20261115T030000Z"]) == "20261122T030001Z"


def test_a_clock_that_went_back_does_not_matter() -> None:
    assert next_run_id(0, ["20261231T235959Z"]) == "20270101T000000Z"


@pytest.mark.parametrize(
    "name",
    ["", "lost+found", "20301122T030000", "20301122T030000Z~", "20301122T030000Z.jsonl", "20301399T030000Z",
     "２0301122T030000Z", "99991231T235959Z", "20301122T030000Z\n"],
)  # fmt: skip
def test_what_is_no_run_id_is_ignored(name: str) -> None:
    assert next_run_id(T0_S, [name]) == "20261122T030000Z"


@given(st.lists(st.integers(0, 4_000_000_000), max_size=20))
def test_ids_are_unique_and_ascend_with_any_clock(clock_s: list[int]) -> None:
    ids: list[str] = []
    for now_s in clock_s:
        ids.append(next_run_id(now_s, ids))
    assert ids == sorted(set(ids))
