"""How files are cut."""

from hypothesis import given
from hypothesis import strategies as st

from kodokeep.kodo.parts import Limits

MIB = 1024 * 1024
BLOCK = 4 * MIB


@given(st.integers(1, 2**45))
def test_parts_add_up_and_are_whole_blocks(size: int) -> None:
    sizes = Limits().part_sizes(size)
    assert sum(sizes) == size
    assert len(sizes) <= 10_000
    assert all(part == sizes[0] for part in sizes[:-1])
    assert len(sizes) == 1 or sizes[0] % BLOCK == 0
    assert sizes[-1] <= sizes[0]


def test_parts_are_as_small_as_their_number_allows() -> None:
    at_most = 10_000 * BLOCK
    assert Limits().part_sizes(at_most) == (BLOCK,) * 10_000
    assert set(Limits().part_sizes(at_most + 1)[:-1]) == {2 * BLOCK}
    assert Limits().part_sizes(2 * at_most) == (2 * BLOCK,) * 10_000
    assert set(Limits().part_sizes(2 * at_most + 1)[:-1]) == {3 * BLOCK}
