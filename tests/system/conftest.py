"""What the system tests start from: an emulator, mounts that end with the test, and a pair."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator_process import Emulator
from tests.system.mounts import Mounts
from tests.system.pair import Pair

_BUCKETS = 60


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One server for all tests."""
    with Emulator(*(f"bucket-{number}" for number in range(_BUCKETS))) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def buckets() -> Iterator[str]:
    """Names of buckets that nobody used before."""
    return iter([f"bucket-{number}" for number in range(_BUCKETS)])


@pytest.fixture
def pair(emulator: Emulator, buckets: Iterator[str], tmp_path: Path) -> Iterator[Pair]:
    """An empty bucket and a folder that does not exist yet."""
    yield Pair(emulator, next(buckets), tmp_path)
    emulator.clear_faults()


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[Mounts]:
    """Mounts; ask for it after `pair`, so that it ends first."""
    mounts = Mounts(tmp_path)
    yield mounts
    mounts.close()
