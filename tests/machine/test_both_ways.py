"""Whatever people do on all sides, and whatever goes wrong: in the end the sides agree, and nothing is lost."""

from collections.abc import Callable

import pytest
from hypothesis import Phase, settings

from tests.e2e.kit import World
from tests.machine.fuse import Fuse
from tests.machine.histories import check_histories, policies
from tests.machine.published import Published
from tests.machine.shared import Shared

FEW = settings(
    max_examples=3,
    stateful_step_count=10,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
"""Always the same; `make soak` draws many more, and cuts what fails down to its shortest form."""


SOME = [
    {"deletions": "restore", "conflicts": "keep-both"},
    {"deletions": "restore", "conflicts": "remote"},
    {"deletions": "propagate", "conflicts": "newer"},
    {"deletions": "propagate", "conflicts": "local"},
]
"""`make soak` goes through all that there are."""


@pytest.mark.parametrize("options", SOME, ids=str)
def test_any_history_of_two_machines(make_world: Callable[..., World], fuse: Fuse, options: dict[str, str]) -> None:
    check_histories(lambda: Shared(make_world, **options), fuse, FEW)


@pytest.mark.parametrize("options", policies("publish"), ids=str)
def test_any_history_of_a_published_folder(
    make_world: Callable[..., World], fuse: Fuse, options: dict[str, str]
) -> None:
    check_histories(lambda: Published(make_world, **options), fuse, FEW)
