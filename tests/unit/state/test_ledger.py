"""The ledger: thaws, disabled objects and a month's traffic are known to the next process."""

from pathlib import Path

from msgspec.structs import replace

from kodokeep.model.archive import Thaw
from kodokeep.model.summary import Summary
from kodokeep.model.traffic import Spent
from kodokeep.state.store import StateStore
from tests.unit.state.samples import HOSTILE_KEYS, NEXT_RUN, RUN, opened, remote, step, synced

MONTH = "2026-11"


def thaw(key: str = "k", kind: int = 2) -> Thaw:
    return Thaw.asked(replace(remote(key), storage_type=kind), 1_000_000.9, 7)


def finish(store: StateStore) -> None:
    store.begin_run(NEXT_RUN, "backup", {})
    store.finish_run(Summary("n", NEXT_RUN, "backup", 0), [], frozenset())


def test_a_thaw_is_known_for_just_the_content_that_it_was_asked_for(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.ledger.remember_thaws([thaw(key) for key in HOSTILE_KEYS], MONTH)
    with StateStore.open_for_plan(tmp_path / "state.db") as store:
        for key in HOSTILE_KEYS:
            assert store.ledger.thaw_of(thaw(key).remote) == thaw(key)
        for other in ({"hash": "other"}, {"size_bytes": 1}, {"put_time_ns": 5}, {"key": "nobody's"}):
            assert store.ledger.thaw_of(replace(remote(), **other)) is None


def test_the_times_of_a_thaw_follow_its_storage_type() -> None:
    times = [(one.ready_s - one.asked_s, one.until_s - one.asked_s) for one in (thaw(), thaw(kind=3))]
    assert times == [(300, 7 * 86_400), (12 * 3600, 7 * 86_400)]


def test_a_thaw_that_is_asked_for_again_counts_again(store: StateStore) -> None:
    store.ledger.remember_thaws([thaw("a"), thaw("b", 3)], MONTH)
    store.ledger.remember_thaws([thaw("a")], MONTH)
    assert store.ledger.spent(MONTH) == Spent(0, 22, 11)


def test_a_thaw_is_forgotten_once_its_content_has_come(store: StateStore) -> None:
    store.ledger.remember_thaws([thaw("come"), thaw("other"), thaw("waits")], MONTH)
    store.commit(RUN, [step("come"), step("other", synced=synced("other", remote_hash="older"))])
    finish(store)
    known = {key: store.ledger.thaw_of(thaw(key).remote) is not None for key in ("come", "other", "waits")}
    assert known == {"come": False, "other": True, "waits": True}


def test_a_thaw_of_what_had_come_before_it_was_asked_for_is_not(store: StateStore) -> None:
    """The file was lost since, or edited."""
    store.ledger.remember_thaws([thaw("lost")], MONTH)
    store.commit(RUN, [step("lost", synced=synced("lost", run="19700112T134638Z"))])
    finish(store)
    assert store.ledger.thaw_of(thaw("lost").remote) is not None


def test_a_thaw_that_was_over_before_the_newest_one_is_forgotten(store: StateStore) -> None:
    store.ledger.remember_thaws([thaw("old"), Thaw.asked(thaw("late").remote, 1_000_001, 7)], MONTH)
    store.ledger.remember_thaws([Thaw.asked(thaw("new").remote, 1_000_000 + 7 * 86_400, 7)], MONTH)
    finish(store)
    assert [key for key in ("old", "late", "new") if store.ledger.thaw_of(thaw(key).remote)] == ["late", "new"]


def test_disabled_since_keeps_the_first_time_until_it_is_not_seen(store: StateStore) -> None:
    def seen(*keys: str, at_s: int) -> dict[str, int | None]:
        store.spool([])
        store.ledger.see_disabled(keys)
        store.ledger.keep_disabled(at_s)
        return {key: store.ledger.disabled_since(key) for key in "ab"}

    assert seen("a", at_s=10) == {"a": 10, "b": None}
    assert seen("a", "b", at_s=20) == {"a": 10, "b": 20}
    assert seen("b", at_s=30) == {"a": None, "b": 20}
    assert seen(at_s=40) == {"a": None, "b": None}
    assert seen("a", at_s=50) == {"a": 50, "b": None}


def test_traffic_adds_up_by_month(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.ledger.add_received(MONTH, 5)
        store.ledger.add_received(MONTH, 2**40)
        store.ledger.add_received("2026-12", 1)
        store.ledger.remember_thaws([thaw()], "2026-12")
    with StateStore.open_for_plan(tmp_path / "state.db") as store:
        months = [store.ledger.spent(month) for month in ("2026-10", MONTH, "2026-12")]
    assert months == [Spent(), Spent(2**40 + 5), Spent(1, 11)]
