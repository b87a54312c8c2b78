"""Thirty files that both sides agree on, for scenarios that hurt users of other tools; mode = sync."""

import os

import pytest

from tests.e2e.kit import Result, World

HOUR_NS = 3600 * 10**9
MANY = {f"d{number % 3}/{number:02}": b"content %d" % number for number in range(30)}


@pytest.fixture
def synced(world: World) -> World:
    """Thirty files that both sides agree on. Deletions go to the other side."""
    return begin(world)


def begin(world: World, **options: object) -> World:
    world.configure(**{"mode": "sync", "deletions": "propagate"} | options)
    world.put_many(MANY)
    assert world.run().exit == 0
    return world


def check_nothing_to_do(world: World) -> None:
    """However often it runs; very young files are hashed once more (rule 13)."""
    for allowed in ({"unchanged", "touched"}, {"unchanged"}):
        result = world.run()
        assert result.exit == 0
        assert set(result.counts()) <= allowed
        assert no_content_travelled(result)


def no_content_travelled(result: Result) -> bool:
    return not result.downloads() and not result.uploads()


def age(world: World, by_ns: int, *keys: str) -> None:
    """Move the times of files."""
    for key in keys or world.tree():
        place = world.folder / key
        mtime_ns = place.stat().st_mtime_ns + by_ns
        os.utime(place, ns=(mtime_ns, mtime_ns))
