"""The same worlds as end to end, for hours."""

from tests.e2e.fixtures import cloud, make_world, world
from tests.machine.fuse import fuse

__all__ = ["cloud", "fuse", "make_world", "world"]
