"""Objects freeze, thaw, are disabled and expire, under any budget: nothing is lost, and all comes in the end."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.e2e.kit import World
from tests.machine.fuse import Fuse
from tests.machine.withheld import Withheld

KEYS = st.sampled_from(["a", "b", "d/x", "d/y", "e/x"])
NUMBERS = st.integers(0, 9)
STEPS = st.integers(0, 60)
CONTENTS = st.sampled_from([b"", b"one", b"two", b"three", b"long" * 10]) | st.integers(0, 99).map(
    lambda number: b"content %d" % number
)
HAPPENINGS = st.one_of(
    st.tuples(st.just("put"), KEYS, CONTENTS, st.sampled_from([0, 0, 1, 3])),
    st.tuples(st.just("put"), KEYS, CONTENTS, st.sampled_from([0, 0, 1, 3])),
    st.tuples(st.just("delete"), NUMBERS),
    st.tuples(st.just("move"), NUMBERS, KEYS),
    st.tuples(st.just("edit"), KEYS, CONTENTS),
    st.tuples(st.just("remove"), NUMBERS),
    st.tuples(st.just("rename"), NUMBERS, KEYS),
    st.tuples(st.just("change_type"), NUMBERS, st.sampled_from([0, 2, 2, 3])),
    st.tuples(st.just("change_type"), NUMBERS, st.sampled_from([0, 2, 2, 3])),
    st.tuples(st.just("thaw"), NUMBERS, st.just(1)),
    st.tuples(st.just("disable"), NUMBERS, st.integers(0, 1)),
    st.tuples(st.just("wait"), st.sampled_from([1, 13, 30, 60, 200])),
    st.tuples(st.just("limit"), st.sampled_from([None, 1, 10, 40])),
    st.tuples(st.just("approve")),
    st.tuples(st.just("run"), st.booleans()),
    st.tuples(st.just("run"), st.just(False)),
    st.tuples(st.just("lose_state")),
    st.tuples(st.just("crash"), STEPS),
    st.tuples(st.just("meanwhile"), STEPS, st.just("change_type"), NUMBERS, st.sampled_from([0, 2, 3])),
    st.tuples(st.just("meanwhile"), STEPS, st.sampled_from(["thaw", "disable"]), NUMBERS, st.just(1)),
)
OPTIONS = (
    {"mode": "backup", "deletions": "propagate"},
    {"mode": "sync", "deletions": "propagate"},
    {"mode": "sync", "deletions": "restore", "conflicts": "remote"},
    {"mode": "publish", "deletions": "propagate"},
)
FEW = settings(
    max_examples=5,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_any_history_of_what_is_withheld(make_world: Callable[..., World], fuse: Fuse, options: dict[str, str]) -> None:
    check(make_world, fuse, options, FEW)


def check(make_world: Callable[..., World], fuse: Fuse, options: dict[str, str], how: settings) -> None:
    """Live through so many histories, each in a world of its own."""

    @how
    @given(st.lists(HAPPENINGS, min_size=8, max_size=30))
    def live(happenings: list[tuple[object, ...]]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            story = Withheld(make_world(), options, patch, fuse)
            for name, *arguments in happenings:
                getattr(story, str(name))(*arguments)
            story.settle()

    live()
