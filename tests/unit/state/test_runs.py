"""Runs, versions and intents: what one run leaves to the next."""

import dataclasses
from collections.abc import Iterator

import pytest

from kodokeep.model.record import RunRecord, RunState, Totals
from kodokeep.model.summary import Summary, Tally
from kodokeep.state.store import StateStore
from tests.unit.state.samples import NEXT_RUN, RUN, action, step, synced, version

SUMMARY = Summary("photos", RUN, "backup", 3, listed=7, seconds=1.5, error="ü", listed_tally=Tally(7, {"unchanged": 7}))


def test_a_new_state_knows_nothing(store: StateStore) -> None:
    assert store.settings() == {}
    assert store.mounts() == frozenset()
    assert store.newest_run() == ""
    assert store.unfinished_run() == ""
    assert store.intents() == ()
    assert store.last_run() is None
    assert store.runs(5) == []
    assert store.totals() == Totals(0, 0, 0, 0)


def test_a_run_is_on_record_with_its_whole_summary(store: StateStore) -> None:
    store.begin_run(RUN, "backup", {"prefix": "ü/"})
    assert store.last_run() == RunRecord(RUN, "backup", {"prefix": "ü/"}, RunState.OPEN, 0, None)
    store.commit(RUN, [step("a"), step("b")])
    store.commit(RUN, [step("c")])
    store.finish_run(SUMMARY, ["a"], frozenset({"mnt"}))
    assert store.last_run() == RunRecord(RUN, "backup", {"prefix": "ü/"}, RunState.FINISHED, 3, SUMMARY)


def test_settings_are_those_of_the_run_that_began_last(store: StateStore) -> None:
    store.begin_run(RUN, "backup", {"prefix": "a"})
    store.finish_run(SUMMARY, [], frozenset())
    store.begin_run(NEXT_RUN, "backup", {"prefix": "b"})
    assert store.settings() == {"prefix": "b"}
    assert store.newest_run() == NEXT_RUN


def test_settings_count_once_they_are_to_be_remembered(store: StateStore) -> None:
    """Rule 18: a change that a guard holds must still be a change at the next run."""
    store.begin_run(RUN, "backup", {"prefix": "a"})
    assert store.settings() == {"prefix": "a"}
    store.remember_settings(RUN, {"prefix": "b"})
    store.begin_run(NEXT_RUN, "backup", store.settings())
    assert [record.settings for record in store.runs(2)] == [{"prefix": "b"}] * 2


def test_a_run_that_never_got_to_try_leaves_the_failures_alone(store: StateStore) -> None:
    plan = [action("a"), action("b")]
    for failures, order in ((["b"], "ba"), (None, "ba"), ([], "ab")):
        store.finish_run(SUMMARY, failures, frozenset())
        store.spool(plan)
        assert "".join(done.key for _, done in store.spooled([plan[0].group])) == order


def test_runs_come_newest_first_and_no_more_than_asked_for(store: StateStore) -> None:
    for day in range(10, 15):
        store.begin_run(f"202611{day}T030000Z", "backup", {})
    assert [record.run for record in store.runs(2)] == ["20261114T030000Z", "20261113T030000Z"]


def test_a_crashed_run_is_found_until_it_is_settled(store: StateStore) -> None:
    store.begin_run(RUN, "backup", {})
    store.begin_run(NEXT_RUN, "backup", {})
    assert store.unfinished_run() == RUN
    store.close_unfinished(RUN)
    assert store.unfinished_run() == NEXT_RUN
    store.finish_run(dataclasses.replace(SUMMARY, run=NEXT_RUN), [], frozenset())
    assert store.unfinished_run() == ""
    assert [record.state for record in store.runs(2)] == [RunState.FINISHED, RunState.INTERRUPTED]


def test_a_run_that_ends_in_the_middle_of_a_batch_is_to_be_settled(store: StateStore) -> None:
    """Rule 10: the disk filled up, say; the batch it leaves must not be taken for the next run's."""
    store.begin_run(RUN, "backup", {})
    store.intend([step("k", 1)])
    store.finish_run(SUMMARY, [], frozenset())
    assert store.unfinished_run() == RUN
    assert store.runs(1)[0].summary == SUMMARY
    store.commit(NEXT_RUN, [])
    store.close_unfinished(RUN)
    assert store.unfinished_run() == ""


def test_a_run_whose_end_cannot_be_recorded_has_not_ended(store: StateStore) -> None:
    def failures() -> Iterator[str]:
        yield "a"
        raise KeyboardInterrupt

    store.begin_run(RUN, "backup", {})
    with pytest.raises(KeyboardInterrupt):
        store.finish_run(SUMMARY, failures(), frozenset({"mnt"}))
    assert store.unfinished_run() == RUN
    assert store.mounts() == frozenset()
    store.finish_run(SUMMARY, [], frozenset({"mnt"}))
    assert store.mounts() == {"mnt"}


def test_mounts_are_replaced_and_need_not_be_utf8(store: StateStore) -> None:
    store.begin_run(RUN, "backup", {})
    store.finish_run(SUMMARY, ["a", "a"], frozenset({"mnt", "m\udcff"}))
    assert store.mounts() == {"mnt", "m\udcff"}
    store.finish_run(SUMMARY, [], frozenset({"other"}))
    assert store.mounts() == {"other"}


def test_intents_come_back_whole_until_a_commit(store: StateStore) -> None:
    batch = [step("b", 1, version=version()), step("a", 2, synced=None, placement=None)]
    store.intend(batch)
    store.intend([step("c", 1)])
    assert store.intents() == (*batch, step("c", 1))
    store.commit(RUN, batch[:1])
    assert store.intents() == ()


def test_a_large_batch_keeps_its_order(store: StateStore) -> None:
    batch = [step(f"{number % 7}", number) for number in range(1001)]
    store.intend(batch)
    assert store.intents() == tuple(batch)


def test_a_commit_records_versions_by_place(store: StateStore) -> None:
    store.commit(RUN, [step("k", version=version("k", "history/r/k"))])
    assert store.has_version_at("history/r/k")
    assert not store.has_version_at("history/r")
    store.add_versions([version("k", "history/r~2/k")])
    assert store.has_version_at("history/r~2/k")


def test_totals_count_a_shared_file_of_history_once(store: StateStore) -> None:
    """Rule 11: several versions may refer to one file; the same version may be recorded twice."""
    first, second = synced("a", size_bytes=5), synced("b", size_bytes=6)
    store.commit(RUN, [step("a", synced=first), step("b", synced=second)])
    shared = version("a", "history/r/a", size_bytes=100)
    store.add_versions([shared, shared, version("b", "history/r/a", size_bytes=100)])
    store.add_versions([version("a", "history/r/b", run_to=NEXT_RUN, size_bytes=10)])
    assert store.totals() == Totals(2, 11, 2, 110)
