"""Synced entries come in the byte order of the UTF-8 key, and a prefix means what it says, for any keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.model.action import ActionKind, Group, Reason
from kodokeep.state.synced import after_prefix
from tests.unit.state.samples import RUN, action, opened, remote, step

HOSTILE = st.text(st.sampled_from("a/\x00%_\ud7ff\ue000\uffff\U0001f600\U0010ffff"), max_size=4)
KEYS = HOSTILE | st.text(st.characters(codec="utf-8"), max_size=8)


@given(keys=st.lists(KEYS, unique=True, max_size=12), prefix=HOSTILE)
def test_order_is_that_of_bytes_and_prefixes_restrict_exactly(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], prefix: str
) -> None:
    in_order = sorted(keys, key=str.encode)
    with opened(tmp_path_factory.mktemp("state")) as store:
        store.commit(RUN, [step(key) for key in keys])
        assert [entry.key for entry in store.synced("")] == in_order
        assert [entry.key for entry in store.synced(prefix)] == [key for key in in_order if key.startswith(prefix)]
        assert [entry.key for entry in store.sort_remote(map(remote, keys))] == in_order
        store.spool(map(action, keys))
        assert [done.key for _, done in store.spooled([Group(ActionKind.REPLACE, Reason.CHANGED)])] == in_order


@given(prefix=KEYS, key=KEYS)
def test_the_bound_of_a_prefix_is_above_all_that_start_with_it_and_nothing_else(prefix: str, key: str) -> None:
    bound = after_prefix(prefix)
    below = isinstance(bound, bytes) or key.encode() < bound.encode()
    assert (key >= prefix and below) == key.startswith(prefix)
