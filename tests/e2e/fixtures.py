"""Fixtures for every test that runs the whole tool; a conftest imports what it needs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kodokeep import app
from kodokeep.kodo import retry
from tests.e2e.kit import Cloud, World

Meanwhile = Callable[[str, Callable[[], object]], None]


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """Buckets for all tests of this process."""
    cloud = Cloud()
    yield cloud
    cloud.stop()


@pytest.fixture
def make_world(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Makes worlds with records of their own; one `beside` another is a second machine with the same bucket.

    Back-off is cut short, faults end with the test.
    """
    worlds: list[World] = []

    def make(*, private: bool = False, beside: World | None = None) -> World:
        root = tmp_path / f"world-{len(worlds)}"
        root.mkdir()
        worlds.append(World(*((beside.emulator, beside.bucket) if beside else cloud.bucket(private=private)), root))
        return worlds[-1]

    monkeypatch.setattr(retry, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(retry, "LONGEST_WAIT_S", 0.01)
    yield make
    for world in worlds:
        world.emulator.clear_faults()
        world.emulator.clock(0)


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A public bucket and an empty folder."""
    return make_world()


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Once, right before the bucket is asked for something, something else happens."""

    def arrange(method: str, happens: Callable[[], object]) -> None:
        original, left = getattr(app.KodoBucket, method), [happens]

        def call(*arguments: Any) -> Any:
            if left:
                left.pop()()
            return original(*arguments)

        monkeypatch.setattr(app.KodoBucket, method, call)

    return arrange
