"""An open, empty state."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.state.store import StateStore
from tests.unit.state.samples import opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    with opened(tmp_path) as store:
        yield store
