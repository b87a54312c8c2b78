"""What the folder's tests start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.local.folder import LocalFolder
from tests.unit.local.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty folder."""
    return Bench(tmp_path)


@pytest.fixture
def folder(bench: Bench) -> Iterator[LocalFolder]:
    """The same, opened for a run."""
    with bench.open() as folder:
        yield folder
