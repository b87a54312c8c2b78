"""Learnt contents: found again for the very content that was fetched, and no longer than they are needed."""

import pytest
from msgspec.structs import replace

from kodokeep.model.summary import Summary
from kodokeep.state.store import StateStore
from tests.unit.state.samples import HOSTILE_KEYS, NEXT_RUN, RUN, remote, step


def test_every_key_is_found_again(store: StateStore) -> None:
    fetched = [replace(remote(key), content_hash=f"F{number}") for number, key in enumerate(HOSTILE_KEYS)]
    store.learn(fetched)
    assert [store.learnt_hash(entry) for entry in fetched] == [entry.content_hash for entry in fetched]


@pytest.mark.parametrize("fields", [{"key": "K"}, {"hash": "other"}, {"size_bytes": 12}, {"put_time_ns": 1}], ids=str)
def test_another_content_is_not_taken_for_it(store: StateStore, fields: dict[str, object]) -> None:
    store.learn([remote()])
    other = replace(remote(), **fields)
    assert store.learnt_hash(other) is None
    store.learn([replace(other, content_hash="Fother")])
    assert store.learnt_hash(other) == "Fother"


def test_what_came_to_be_synced_is_forgotten_at_the_end_of_the_run(store: StateStore) -> None:
    store.begin_run(RUN, "backup", {})
    store.learn([remote("held"), remote("synced")])
    store.commit(RUN, [step("synced")])
    store.finish_run(Summary("photos", RUN, "backup", 4), [], frozenset())
    store.begin_run(NEXT_RUN, "backup", {})
    assert [store.learnt_hash(remote(key)) for key in ("held", "synced")] == ["Fhash", None]
