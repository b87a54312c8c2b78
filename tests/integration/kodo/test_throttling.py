"""Being asked for less: fewer at once, a notice, and everything arrives all the same."""

import pytest

from kodokeep.model.event import NoticeKind
from kodokeep.model.outcome import Fetched
from tests.integration.kodo.conftest import World, content


@pytest.mark.parametrize("status", [429, 503, 571, 573])
def test_throttled_objects_arrive_with_fewer_at_once(world: World, status: int) -> None:
    for number in range(200):
        world.put(f"{number:03}", content(100, number))
    bucket = world.bucket()
    remotes = world.entries(bucket)
    world.emulator.faults([{"host": "io", "status": status, "times": 60}])
    results = world.fetch(bucket, remotes)
    assert all(isinstance(result, Fetched) for result in results)
    assert {notice.kind for notice in world.notices} == {NoticeKind.THROTTLED}
    limits = [int(notice.detail.split()[0]) for notice in world.notices]
    assert limits[0] == 8
    assert min(limits) <= 4
    assert not world.requests_of("io_src")
