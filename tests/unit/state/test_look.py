"""Looking: beside a run, at states of older versions, and at no state at all."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from kodokeep.errors import StateUnusable
from kodokeep.model.record import Totals
from kodokeep.model.summary import Summary
from kodokeep.state.look import StateLook
from kodokeep.state.migrations import MIGRATIONS
from kodokeep.state.store import StateStore
from tests.unit.state.samples import NEXT_RUN, RUN, opened, step, synced, version

DONE = Summary("photos", RUN, "backup", 0, seconds=3.0)


def finished(store: StateStore, summary: Summary) -> None:
    store.begin_run(summary.run, "backup", {})
    store.finish_run(summary, [], frozenset())


def test_nothing_is_found_where_nothing_is_and_nothing_is_made(tmp_path: Path) -> None:
    with StateLook.open(tmp_path / "state.db") as look:
        assert (look.runs(5), look.last_success(), look.totals()) == ([], None, Totals(0, 0, 0, 0))
    assert list(tmp_path.iterdir()) == []


def test_the_last_success_is_found_behind_any_number_of_failures(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        finished(store, DONE)
        for number in range(10, 60):
            finished(store, replace(DONE, run=f"202612{number}T030000Z", exit=3))
        with StateLook.open(tmp_path / "state.db") as look:
            success = look.last_success()
            assert success is not None
            assert (success.run, success.summary) == (RUN, DONE)
            assert [record.run for record in look.runs(2)] == ["20261259T030000Z", "20261258T030000Z"]


def test_totals_are_those_of_the_end_of_the_last_run(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.begin_run(RUN, "backup", {})
        entry = synced("a", size_bytes=5)
        store.commit(RUN, [step("a", synced=entry, version=version("a", "history/r/a", size_bytes=100))])
        store.finish_run(DONE, [], frozenset())
        store.begin_run(NEXT_RUN, "backup", {})
        store.commit(NEXT_RUN, [step("b", synced=synced("b", size_bytes=6))])
        with StateLook.open(tmp_path / "state.db") as look:
            assert look.totals() == Totals(1, 5, 1, 100)
            assert look.unfinished_run() == NEXT_RUN
        store.finish_run(replace(DONE, run=NEXT_RUN), [], frozenset())
        with StateLook.open(tmp_path / "state.db") as look:
            assert look.totals() == Totals(2, 11, 1, 100)


def test_before_the_first_end_of_a_run_they_are_counted(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.begin_run(RUN, "backup", {})
        store.commit(RUN, [step("a", synced=synced("a", size_bytes=5))])
        with StateLook.open(tmp_path / "state.db") as look:
            assert look.totals() == Totals(1, 5, 0, 0)


@pytest.mark.parametrize("known", range(1, len(MIGRATIONS)))
def test_states_of_all_older_versions_can_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: int
) -> None:
    with monkeypatch.context() as older:
        older.setattr("kodokeep.state.opening.MIGRATIONS", MIGRATIONS[:known])
        with opened(tmp_path) as store:
            store.begin_run(RUN, "backup", {})
    file = tmp_path / "state.db"
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("UPDATE runs SET state = 'finished', summary = '{\"exit\": 0, \"name\": \"photos\","
                           f" \"run\": \"{RUN}\", \"mode\": \"backup\"}}'")  # fmt: skip
    connection.close()
    with pytest.raises(StateUnusable, match="older version"):
        StateStore.open_for_plan(file)
    with StateLook.open(file) as look:
        success = look.last_success()
        assert success is not None
        assert success.run == RUN
        assert look.totals() == Totals(0, 0, 0, 0)
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (known,), "looking changed it"
    connection.close()
