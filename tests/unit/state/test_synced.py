"""Synced entries come back whole, in key order, and may be written while they are read."""

import pytest

from kodokeep.model.entry import SyncedEntry
from kodokeep.state.store import StateStore
from kodokeep.state.synced import PAGE_ROWS, after_prefix
from tests.unit.state.samples import HOSTILE_KEYS, RUN, STAMP, step, synced


def keys(store: StateStore, prefix: str = "") -> list[str]:
    return [entry.key for entry in store.synced(prefix)]


def test_an_entry_comes_back_with_every_field(store: StateStore) -> None:
    full = synced("full")
    bare = SyncedEntry("bare", "bare", "h", "c", 0, None, STAMP)
    store.commit(RUN, [step("full", synced=full), step("bare", synced=bare)])
    assert list(store.synced("")) == [bare, full]


def test_a_later_step_replaces_every_field(store: StateStore) -> None:
    store.commit(RUN, [step("k", synced=synced("k"))])
    bare = SyncedEntry("k", "k", "h", "c", 0, None, STAMP)
    store.commit(RUN, [step("k", synced=bare)])
    assert list(store.synced("")) == [bare]


def test_steps_of_one_commit_apply_in_their_order(store: StateStore) -> None:
    gone = step("a", synced=None)
    store.commit(RUN, [step("a"), gone, step("b"), step("b", synced=None), step("b", synced=synced("b", run="later"))])
    assert list(store.synced("")) == [synced("b", run="later")]


def test_a_step_forgets_one_key_and_records_another(store: StateStore) -> None:
    """A rename; the next one goes to the key that the first one left."""
    store.commit(RUN, [step("a"), step("b")])
    store.commit(RUN, [step("c", forgets="b"), step("b", synced=synced("b", run="later"), forgets="a")])
    assert list(store.synced("")) == [synced("b", run="later"), synced("c")]
    assert (store.has_synced("a"), store.has_synced("b")) == (False, True)


@pytest.mark.parametrize("prefix", HOSTILE_KEYS)
def test_a_prefix_restricts_exactly(store: StateStore, prefix: str) -> None:
    store.commit(RUN, [step(key) for key in HOSTILE_KEYS])
    assert keys(store, prefix) == sorted(key for key in HOSTILE_KEYS if key.startswith(prefix))


def test_the_bound_of_a_prefix_passes_over_the_surrogates() -> None:
    assert after_prefix("a\ud7ff") == "a\ue000"
    assert after_prefix("a\U0010ffff\U0010ffff") == "b"
    assert after_prefix("\U0010ffff") == b""


def test_the_count_leaves_kept_orphans_out(store: StateStore) -> None:
    store.commit(
        RUN,
        [step("a/1", synced=synced("a/1", kept=False)), step("a/2"), step("b", synced=synced("b", kept=False))],
    )
    assert store.synced_count("a/") == 1
    assert store.synced_count("") == 2


def test_commits_behind_the_cursor_disturb_nothing(store: StateStore) -> None:
    """Rule 31: each entry read is removed or rewritten at once, over several pages."""
    expected = [f"{number:05d}" for number in range(2 * PAGE_ROWS + 7)]
    store.commit(RUN, [step(key) for key in expected])
    seen = []
    for entry in store.synced(""):
        seen.append(entry.key)
        rewritten = synced(entry.key, run="later") if len(seen) % 2 else None
        if len(seen) % 50 == 0 or rewritten is None:
            store.commit(RUN, [step(entry.key, synced=rewritten)])
    assert seen == expected
    assert keys(store) == expected[::2]
