"""The limit as transfers keep it. The clock that speed is measured with is turned by the test."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from kodokeep.kodo.bucket import KodoBucket, Tuning
from kodokeep.kodo.limiter import BURST_S, Terms
from kodokeep.kodo.parts import Limits
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.transport import Patience
from kodokeep.model.bandwidth import MINUTES_A_DAY, Bandwidth, Window
from kodokeep.model.outcome import Uploaded
from kodokeep.ports import UploadRequest
from tests.integration.kodo.conftest import NEVER, PUBLIC, World, content, read
from tests.integration.kodo.uploading import MIB, SMALL, Files, held

T = TypeVar("T")

KIB = 1024
BEAT_S = 0.15
"""How far the clock goes at each sign of life; more than BURST_S of it would be lost."""


def slack_bytes(rate: int) -> int:
    """What one transfer may take at once, and what is paid for afterwards: headers, forms around files."""
    terms = Terms.of(rate)
    return terms.lead_bytes + terms.step_bytes + 16 * KIB


@dataclass
class Limited:
    """A bucket's client with a limit; `clock_s` and `wall_s` stand still unless somebody turns them."""

    world: World
    bandwidth: Bandwidth
    limits: Limits = SMALL
    stall_s: int = 5
    clock_s: float = 0.0
    wall_s: float = field(default_factory=time.time)
    bucket: KodoBucket = field(init=False)

    def __post_init__(self) -> None:
        tuning = Tuning(
            lambda: self.wall_s, lambda: self.clock_s, Retry(longest_wait_s=0), Patience(5, self.stall_s), self.limits
        )
        self.bucket = self.world.bucket(options=self.world.options(bandwidth=self.bandwidth), tuning=tuning)

    @property
    def passed_bytes(self) -> int:
        return self.bucket.received_bytes + self.bucket.sent_bytes

    def beaten(self, results: Iterator[T | None], beat: Callable[[], object]) -> list[T]:
        """The results; `beat` is called at each sign of life, when no more may have passed than the limit allows."""
        found = []
        for result in results:
            if result is not None:
                found.append(result)
                continue
            if not self.bandwidth.windows:
                rate = self.bandwidth.otherwise or 0
                assert self.passed_bytes <= rate * (self.clock_s + BURST_S) + slack_bytes(rate)
            beat()
        return found

    def turned(self, results: Iterator[T | None]) -> list[T]:
        """The results, while the clock goes on at each sign of life."""

        def turn() -> None:
            self.clock_s += BEAT_S

        return self.beaten(results, turn)


def limited(world: World, rate: int, **options: object) -> Limited:
    return Limited(world, Bandwidth((), rate), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("sizes", [[700 * KIB], [300 * KIB] * 3, [10 * KIB] * 80], ids=["one", "three", "many"])
def test_objects_come_no_faster_than_the_limit_and_whole(world: World, sizes: list[int]) -> None:
    contents = [content(size, seed) for seed, size in enumerate(sizes)]
    for seed, data in enumerate(contents):
        world.put(f"{seed:03}", data)
    limit = limited(world, MIB)
    requests = [world.request(remote, seq) for seq, remote in enumerate(world.entries(limit.bucket))]
    results = limit.turned(limit.bucket.download(requests, NEVER))
    assert [read(result) for result in sorted(results, key=lambda result: result.request.seq)] == contents
    assert limit.clock_s >= (sum(sizes) - slack_bytes(MIB)) / MIB - BURST_S


@pytest.mark.parametrize(
    ("sizes", "limits"),
    [
        ([700 * KIB], SMALL),
        ([10 * KIB] * 60, SMALL),
        ([1200 * KIB], Limits(form_bytes=64 * KIB, part_bytes=MIB)),
    ],
    ids=["form", "many forms", "parts"],
)
def test_files_go_no_faster_than_the_limit_and_whole(world: World, sizes: list[int], limits: Limits) -> None:
    files, limit = Files(world), limited(world, MIB, limits=limits)
    contents = {f"{seed:03}": content(size, seed) for seed, size in enumerate(sizes)}
    requests = [files.request(name, data, seq=int(name)) for name, data in contents.items()]
    results = limit.turned(limit.bucket.upload(requests, NEVER))
    assert all(isinstance(result, Uploaded) for result in results)
    assert {name: held(world, world.prefix + name) for name in contents} == contents
    assert limit.clock_s >= (sum(sizes) - slack_bytes(MIB)) / MIB - BURST_S


def test_a_file_that_is_read_while_it_is_sent_keeps_to_the_limit(world: World) -> None:
    """Parts that are larger than a block are not held in memory."""
    files = Files(world)
    limit = limited(world, 20 * MIB, limits=Limits(form_bytes=MIB, part_bytes=5 * MIB))
    data = content(10 * MIB)
    requests = [files.request("a", data)]
    results = limit.turned(limit.bucket.upload(requests, NEVER))
    assert isinstance(results[0], Uploaded)
    assert held(world, world.prefix + "a") == data
    assert limit.clock_s >= 10 / 20 - BURST_S - 0.1


def test_downloads_and_uploads_share_the_limit(world: World) -> None:
    key = world.put("down", content(300 * KIB))
    files, limit = Files(world), limited(world, MIB)
    remote = limit.bucket.stat(key)
    assert remote is not None
    limit.turned(limit.bucket.download([world.request(remote)], NEVER))
    limit.turned(limit.bucket.upload([files.request("up", content(300 * KIB, 2))], NEVER))
    assert limit.passed_bytes >= 600 * KIB
    assert limit.clock_s >= (600 * KIB - slack_bytes(MIB)) / MIB - BURST_S


@pytest.mark.parametrize("size", [300 * KIB, 3 * MIB])
def test_a_stop_does_not_wait_for_what_the_limit_holds_back(world: World, size: int) -> None:
    world.put("a", content(size))
    stop, limit = threading.Event(), limited(world, 10 * KIB)
    (remote,) = world.entries(limit.bucket)
    assert limit.beaten(limit.bucket.download([world.request(remote)], stop), stop.set) == []
    assert limit.passed_bytes < size
    assert read(world.fetch_one(world.bucket(), remote)) == content(size)


def test_a_stop_breaks_off_a_form_that_is_half_sent_and_makes_no_object(world: World) -> None:
    files, stop, limit = Files(world), threading.Event(), limited(world, 10 * KIB)
    requests = [files.request("a", content(300 * KIB))]
    assert limit.beaten(limit.bucket.upload(requests, stop), stop.set) == []
    assert all(source.closed for source in files.sources)
    assert world.prefix + "a" not in world.emulator.keys(PUBLIC)


def test_what_waits_for_its_turn_is_not_taken_for_stalled(world: World) -> None:
    world.put("a", content(60 * KIB))
    limit = limited(world, 64 * KIB, stall_s=1)
    requests = [world.request(remote) for remote in world.entries(limit.bucket)]
    beats = iter(range(1000))

    def beat() -> None:
        if next(beats) >= 6:  # they come four times a second
            limit.clock_s += BEAT_S

    results = limit.beaten(limit.bucket.download(requests, NEVER), beat)
    assert read(results[0]) == content(60 * KIB)
    assert len(world.requests_of("io")) == 1


@pytest.mark.parametrize(
    "fault", [{"status": 503, "times": 2}, {"truncate_at": 50 * KIB, "times": 2}, {"reset_at": 0, "times": 2}]
)
def test_what_fails_is_tried_again_and_arrives(world: World, fault: dict[str, object]) -> None:
    world.put("a", content(200 * KIB))
    limit = limited(world, MIB)
    requests = [world.request(remote) for remote in world.entries(limit.bucket)]
    world.emulator.faults([{"host": "io", **fault}])
    results = limit.turned(limit.bucket.download(requests, NEVER))
    assert read(results[0]) == content(200 * KIB)


def windowed(world: World) -> Limited:
    """No limit up to the end of this minute, then next to none."""
    minute = int(time.time() // 60)
    window = Window((minute - 30) % MINUTES_A_DAY, (minute + 1) % MINUTES_A_DAY, None)
    return Limited(world, Bandwidth((window,), 10 * KIB, "UTC"), wall_s=minute * 60.0)


def test_a_limit_that_ends_during_a_run_lets_go_of_what_waits(world: World) -> None:
    data = content(2 * MIB)
    world.put("a", data)
    limit = windowed(world)
    limit.wall_s += 60
    requests = [world.request(remote) for remote in world.entries(limit.bucket)]

    def end() -> None:
        assert limit.passed_bytes < MIB
        limit.wall_s -= 60

    (result,) = limit.beaten(limit.bucket.download(requests, NEVER), end)
    assert read(result) == data
    assert limit.clock_s == 0


def test_a_limit_that_begins_during_a_run_holds_for_what_is_still_to_come(world: World) -> None:
    files, stop = Files(world), threading.Event()
    limit = windowed(world)

    def requests() -> Iterator[UploadRequest]:
        for seq in range(3):
            yield files.request(f"{seq}", content(300 * KIB, seq), seq=seq)
        while limit.bucket.sent_bytes < 900 * KIB:
            yield files.request(f"more-{len(files.sources)}", content(1, 9), seq=len(files.sources))
        limit.wall_s += 60
        yield files.request("late", content(300 * KIB, 3), seq=1_000_000)

    results = limit.beaten(limit.bucket.upload(requests(), stop), stop.set)
    assert {result.seq for result in results} >= {0, 1, 2}
    assert 1_000_000 not in {result.seq for result in results}
    assert world.prefix + "late" not in world.emulator.keys(PUBLIC)


def test_a_limit_that_begins_leaves_a_large_object_to_a_new_connection(world: World) -> None:
    """The old one's buffers may hold seconds' worth of the new limit."""
    data = content(12 * MIB)
    world.put("a", data)
    limit = windowed(world)
    world.emulator.faults([{"host": "io", "slow_bytes_per_s": 4 * MIB, "times": 1}])
    requests = [world.request(remote) for remote in world.entries(limit.bucket)]
    changed = []

    def change() -> None:
        if not changed:
            changed.append(limit.passed_bytes)
            limit.wall_s += 60
        elif len(changed) < 4:
            changed.append(limit.passed_bytes)
        else:
            limit.wall_s -= 60

    (result,) = limit.beaten(limit.bucket.download(requests, NEVER), change)
    assert read(result) == data
    assert changed[-1] - changed[1] <= 2 * KIB
    assert len(world.requests_of("io")) >= 2
