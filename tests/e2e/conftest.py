"""What every end-to-end test starts from."""

from tests.e2e.fixtures import cloud, make_world, meanwhile, world

__all__ = ["cloud", "make_world", "meanwhile", "world"]
