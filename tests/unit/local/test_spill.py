"""Sorting on disk gives what sorting in memory gives, and leaves nothing behind."""

import random
from pathlib import Path
from typing import NamedTuple

import pytest

from kodokeep.errors import FolderFull
from kodokeep.local.spill import Sorter


class Pair(NamedTuple):
    name: str
    number: int | None


def shuffled(count: int) -> list[Pair]:
    rows = [Pair(f"{number:05}図", number) for number in range(count)]
    random.Random(7).shuffle(rows)
    return rows


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 95, 1000])
def test_rows_come_back_sorted(tmp_path: Path, count: int) -> None:
    rows = shuffled(count)
    with Sorter(Pair, str(tmp_path), limit=10, block=3) as sorter:
        for row in rows:
            sorter.add(row)
        assert list(sorter.sorted()) == sorted(rows)


def test_equal_rows_all_come_back(tmp_path: Path) -> None:
    with Sorter(Pair, str(tmp_path), limit=2, block=1) as sorter:
        for _ in range(5):
            sorter.add(Pair("same", None))
        assert list(sorter.sorted()) == [Pair("same", None)] * 5


def test_a_bounded_number_of_rows_is_in_memory(tmp_path: Path) -> None:
    with Sorter(Pair, str(tmp_path), limit=10, block=3) as sorter:
        for row in shuffled(1000):
            sorter.add(row)
            assert len(sorter._rows) < 10
        assert len(list(sorter.sorted())) == 1000


def test_the_temporary_file_has_no_name(tmp_path: Path) -> None:
    with Sorter(Pair, str(tmp_path), limit=1) as sorter:
        sorter.add(Pair("a", 1))
        assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_no_file_is_told(tmp_path: Path) -> None:
    with Sorter(Pair, str(tmp_path / "missing"), limit=1) as sorter, pytest.raises(FolderFull, match="sort"):
        sorter.add(Pair("a", 1))
