"""Opening: whose file it is, who else has it, and file systems that are not up to it."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.errors import FolderFull, LockHeld, StateUnusable
from kodokeep.model.options import Policy
from kodokeep.model.record import Totals
from kodokeep.model.summary import Summary
from kodokeep.state import opening
from kodokeep.state.migrations import MIGRATIONS
from kodokeep.state.store import StateStore
from tests.unit.state.samples import NEXT_RUN, RUN, action, opened, remote, step

CHANGED = [action().group]


def sql(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def read_all(store: StateStore) -> None:
    store.intents()
    list(store.synced(""))


def test_a_state_is_found_again(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.commit(RUN, [step("k")])
    with opened(tmp_path) as store:
        assert [entry.key for entry in store.synced("")] == ["k"]


def test_commits_survive_a_power_cut(store: StateStore) -> None:
    (synchronous,) = store._database.row("PRAGMA synchronous")
    assert synchronous == 2  # FULL: the write-ahead log is synced at every commit


def test_a_newer_version_is_refused_and_untouched(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    file = tmp_path / "state.db"
    sql(file, "PRAGMA user_version = 99")
    before = file.read_bytes()
    for way in (StateStore.open, StateStore.open_for_plan):
        with pytest.raises(StateUnusable, match="newer version"):
            way(file)
    assert file.read_bytes() == before


def test_migrations_run_once_each_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as store:
        store.commit(RUN, [step("k")])
    another = "CREATE TABLE later (run TEXT)"
    monkeypatch.setattr(opening, "MIGRATIONS", (*MIGRATIONS, lambda database: database.execute(another)))
    with pytest.raises(StateUnusable, match="older version") as raised:
        StateStore.open_for_plan(tmp_path / "state.db")
    assert "kodokeep run" in raised.value.hint
    for _ in range(2):
        with opened(tmp_path) as store:
            assert store._database.row("PRAGMA user_version") == (len(MIGRATIONS) + 1,)
            assert store._database.rows("SELECT count(*) FROM later") == [(0,)]
            assert [entry.key for entry in store.synced("")] == ["k"]


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_says_how_to_go_on(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.db").write_bytes(content)
    for way in (StateStore.open, StateStore.open_for_plan):
        with pytest.raises(StateUnusable, match="damaged") as raised:
            way(tmp_path / "state.db")
        assert "move state.db away and run again" in raised.value.hint
    assert (tmp_path / "state.db").read_bytes() == content


def test_damage_that_shows_later_is_told_as_well(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.commit(RUN, [step(f"{number:05d}") for number in range(2000)])
    file = tmp_path / "state.db"
    content = bytearray(file.read_bytes())
    half = len(content) // 2  # what comes first is the schema
    content[half:] = b"\xa5" * (len(content) - half)
    file.write_bytes(content)
    with opened(tmp_path) as store, pytest.raises(StateUnusable, match="damaged"):
        list(store.synced(""))


@pytest.mark.parametrize(
    "statement", ["UPDATE intents SET steps = x'c1'", "UPDATE synced SET mime = CAST(x'ff' AS TEXT)"]
)
def test_damaged_values_are_told_as_well(tmp_path: Path, statement: str) -> None:
    with opened(tmp_path) as store:
        store.commit(RUN, [step()])
        store.intend([step()])
    sql(tmp_path / "state.db", statement)
    with opened(tmp_path) as store, pytest.raises(StateUnusable, match="damaged"):
        read_all(store)


def test_a_database_of_something_else_is_refused_and_untouched(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    sql(file, "CREATE TABLE theirs (x)")
    before = file.read_bytes()
    for way in (StateStore.open, StateStore.open_for_plan):
        with pytest.raises(StateUnusable, match="no state of kodokeep"):
            way(file)
    assert file.read_bytes() == before


def test_a_place_that_cannot_be_written_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateUnusable) as raised:
        StateStore.open(tmp_path / "file" / "state.db")
    assert "state_dir" in raised.value.hint


def test_the_directory_is_made_for_a_run_only(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "state.db"
    StateStore.open_for_plan(file).close()
    assert list(tmp_path.iterdir()) == []
    StateStore.open(file).close()
    assert file.exists()


def test_a_writer_meets_another_writer(tmp_path: Path) -> None:
    with opened(tmp_path) as store, opened(tmp_path) as other:
        with store._database.transaction(), pytest.raises(LockHeld):
            other.begin_run(RUN, "backup", {})
        other.begin_run(RUN, "backup", {})


def test_a_full_disk_is_told_and_the_last_commit_stands(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.commit(RUN, [step("a")])
        (pages,) = store._database.row("PRAGMA page_count")
        store._database.rows(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(FolderFull):
            store.commit(RUN, [step(f"{number:05d}") for number in range(2000)])
        assert [entry.key for entry in store.synced("")] == ["a"]


class TestWithoutSharedMemory:
    """A directory in the place of SQLite's shared memory file: as on file systems that cannot map it (rule 6)."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        (tmp_path / "state.db-shm").mkdir()
        return tmp_path

    def test_a_run_works_alone(self, place: Path) -> None:
        with opened(place) as store:
            store.commit(RUN, [step("k")])
            with pytest.raises(LockHeld):
                StateStore.open(place / "state.db", busy_timeout_s=0)
            with pytest.raises(LockHeld):
                StateStore.open_for_plan(place / "state.db", busy_timeout_s=0)
        with opened(place) as store:
            assert [entry.key for entry in store.synced("")] == ["k"]

    def test_looking_works_when_no_run_is_going_on(self, place: Path) -> None:
        with opened(place) as store:
            store.commit(RUN, [step("k")])
        with StateStore.open_for_plan(place / "state.db") as store:
            assert [entry.key for entry in store.synced("")] == ["k"]

    def test_a_network_file_system_is_not_even_asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(opening, "on_network", lambda path: True)
        with opened(tmp_path) as store:
            store.commit(RUN, [step("k")])
            assert not (tmp_path / "state.db-shm").exists()
        with StateStore.open_for_plan(tmp_path / "state.db") as store:
            assert store.synced_count("") == 0
            assert not (tmp_path / "state.db-shm").exists()


class TestForPlan:
    """`open_for_plan` changes nothing, whatever it finds."""

    def test_a_missing_file_reads_as_empty(self, tmp_path: Path) -> None:
        with StateStore.open_for_plan(tmp_path / "state.db") as store:
            assert list(store.synced("")) == []
            assert store.unfinished_run() == ""
            assert store.totals() == Totals(0, 0, 0, 0)
            store.spool([action("a")])
            assert [seq for seq, _ in store.spooled(CHANGED)] == [1]
        assert list(tmp_path.iterdir()) == []

    def test_an_empty_file_reads_as_empty(self, tmp_path: Path) -> None:
        (tmp_path / "state.db").touch()
        with StateStore.open_for_plan(tmp_path / "state.db") as store:
            assert list(store.synced("")) == []
        assert (tmp_path / "state.db").read_bytes() == b""

    def test_all_that_planning_needs_works_and_leaves_no_trace(self, tmp_path: Path) -> None:
        with opened(tmp_path) as store:
            store.begin_run(RUN, "backup", {})
            store.commit(RUN, [step("a"), step("b")])
            store.finish_run(Summary("n", RUN, "backup", 3), ["b"], frozenset())
        before = (tmp_path / "state.db").read_bytes()
        with StateStore.open_for_plan(tmp_path / "state.db") as store:
            listed = [entry.key for entry in store.sort_remote(map(remote, "ba"))]
            assert listed == ["a", "b"]
            store.spool(action(entry.key) for entry in store.synced(""))
            assert list(store.unhashed_arrivals()) == []
            assert list(store.pair(Policy())) == []
            assert not store.is_approved(action("a"))
            assert [done.key for _, done in store.spooled(CHANGED)] == ["b", "a"]
        assert [file.name for file in tmp_path.iterdir()] == ["state.db"]
        assert (tmp_path / "state.db").read_bytes() == before

    def test_writing_is_a_bug(self, tmp_path: Path) -> None:
        with StateStore.open_for_plan(tmp_path / "state.db") as store, pytest.raises(RuntimeError):
            store.begin_run(RUN, "backup", {})

    def test_it_works_beside_a_run(self, tmp_path: Path) -> None:
        with opened(tmp_path) as store:
            store.begin_run(RUN, "backup", {})
            with StateStore.open_for_plan(tmp_path / "state.db", busy_timeout_s=0) as onlooker:
                assert onlooker.newest_run() == RUN
                with store._database.transaction():
                    assert onlooker.newest_run() == RUN
                store.begin_run(NEXT_RUN, "backup", {})
                assert onlooker.newest_run() == NEXT_RUN

    def test_it_works_on_read_only_media(self, public_directory: Path) -> None:
        with opened(public_directory) as store:
            store.begin_run(RUN, "backup", {})
        before = sorted(public_directory.iterdir())
        os.chmod(public_directory / "state.db", 0o444)  # noqa: PTH101 - beside its twin below
        os.chmod(public_directory, 0o555)  # noqa: PTH101
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            with StateStore.open_for_plan(public_directory / "state.db") as store:
                assert store.newest_run() == RUN
            with pytest.raises(StateUnusable, match="cannot be used"):
                StateStore.open(public_directory / "state.db")
        finally:
            if root:
                os.seteuid(0)
            os.chmod(public_directory, 0o755)  # noqa: PTH101
        assert sorted(public_directory.iterdir()) == before

    @pytest.fixture
    def public_directory(self) -> Iterator[Path]:
        """A directory that another user may reach, unlike pytest's own."""
        directory = Path(tempfile.mkdtemp())
        directory.chmod(0o755)
        yield directory
        shutil.rmtree(directory)
