"""However files are renamed on one side, the other side follows without a byte of content (rule 20)."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.e2e.kit import World
from tests.machine.shared import BUCKET, Shared
from tests.machine.sides import Side

KEYS = ["a", "a/b", "a/c", "a//b", "b", "d/1", "d/2", "d/3", "dir/", "A", "\u4e2d", "x%%y", "..", ""]
UNIQUE = st.permutations([b"content %d" % number for number in range(len(KEYS))])
EQUAL = st.lists(st.sampled_from([b"", b"same", b"other", b"unlike"]), min_size=len(KEYS), max_size=len(KEYS))


def rearrange(side: Side, targets: dict[str, str]) -> None:
    """Give every key its new name, all at once: by way of names that nobody else uses."""
    for number, key in enumerate(targets):
        side.rename(key, f"on the way/{number}")
    for number, target in enumerate(targets.values()):
        side.rename(f"on the way/{number}", target)


@pytest.mark.parametrize("name", ["machine 0", BUCKET])
@pytest.mark.parametrize(("deletions", "contents"), [("restore", UNIQUE), ("propagate", UNIQUE), ("propagate", EQUAL)])
def test_any_renames_move_no_byte(
    make_world: Callable[..., World], name: str, deletions: str, contents: st.SearchStrategy[list[bytes]]
) -> None:
    @settings(max_examples=5, derandomize=True, database=None, deadline=None, suppress_health_check=[*HealthCheck])
    @given(before=st.permutations(KEYS), after=st.permutations(KEYS), count=st.integers(1, len(KEYS)), data=contents)
    def follows(before: list[str], after: list[str], count: int, data: list[bytes]) -> None:
        shared = Shared(make_world, machines=1, deletions=deletions)
        first = dict(zip(before[:count], data, strict=False))
        for key, content in first.items():
            shared.change(BUCKET, lambda side, key=key, content=content: side.write(key, content))  # type: ignore[misc]
        shared.settle(rest=False)
        shared.change(name, lambda side: rearrange(side, dict(zip(first, after, strict=False))))
        expected = {target: first[key] for key, target in zip(first, after, strict=False)}
        assert shared.sides[name].contents() == expected
        result = shared.run(0, "--accept-changes")
        assert (result.exit, result.downloads(), result.uploads()) == (0, [], [])
        moved = {key for key, content in expected.items() if first.get(key) != content}
        assert set(result.counts()) <= {"moved", "unchanged", "touched"}
        assert result.counts().get("moved", 0) == len(moved)
        shared.settle()
        assert shared.bucket.contents() == expected

    follows()
