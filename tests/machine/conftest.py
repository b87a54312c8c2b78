"""The same worlds as end to end, to be crashed."""

from tests.e2e.fixtures import cloud, make_world, world

__all__ = ["cloud", "make_world", "world"]
