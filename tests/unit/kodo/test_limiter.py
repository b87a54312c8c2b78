"""Laws of the limiter, on a clock that stands still unless somebody turns it."""

import heapq
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.kodo.limiter import BURST_S, Limiter, Terms
from kodokeep.model.bandwidth import Bandwidth, Window

K, M = 1024, 1024 * 1024

rates = st.integers(10 * K, 100 * M)
fractions = st.floats(0.001, 1)


@dataclass
class Clock:
    """Seconds since it was made, and the wall clock with it."""

    now_s: float = 0.0
    wall_s: float = 1_800_000_000.0

    def monotonic(self) -> float:
        return self.now_s

    def wall(self) -> float:
        return self.wall_s + self.now_s


def limiter(clock: Clock, bytes_per_s: int) -> Limiter:
    return Limiter(Bandwidth((), bytes_per_s), clock.monotonic, clock.wall)


@dataclass
class Passed:
    """What passed when."""

    moments: list[tuple[float, int]] = field(default_factory=list)

    def most_beyond(self, rate: float) -> float:
        """By how many bytes any stretch of time had more than `rate` gives it."""
        worst = least = total = 0.0
        for moment, size in self.moments:
            least = min(least, total - rate * moment)
            total += size
            worst = max(worst, total - rate * moment - least)
        return worst


@given(rates, st.lists(st.tuples(st.floats(0, 2), st.integers(0, 3), fractions), max_size=200))
def test_no_stretch_of_time_has_more_than_its_share_and_a_burst(
    rate: int, asked: list[tuple[float, int, float]]
) -> None:
    clock, passed = Clock(), Passed()
    limit = limiter(clock, rate)
    largest = 0
    for later_s, who, fraction in asked:
        clock.now_s += later_s
        size = max(1, int(rate * fraction))
        if limit.take(who, size) == 0:
            passed.moments.append((clock.now_s, size))
            largest = max(largest, size)
    assert passed.most_beyond(rate) <= rate * BURST_S + largest + 1


def served(limit: Limiter, clock: Clock, wishes: list[list[int]], late_s: Iterator[float]) -> list[tuple[float, int]]:
    """Everybody comes again when told, or later, until all passed: when, and who."""
    moments = []
    queue = [(0.0, who) for who, wish in enumerate(wishes) if wish]
    while queue:
        clock.now_s, who = heapq.heappop(queue)
        wait_s = limit.take(who, wishes[who][0])
        if wait_s == 0:
            moments.append((clock.now_s, who))
            wishes[who].pop(0)
        if wishes[who]:
            heapq.heappush(queue, (clock.now_s + wait_s + next(late_s), who))
    return moments


@given(rates, st.lists(st.lists(fractions, max_size=20), min_size=1, max_size=8), st.randoms())
def test_all_gets_through_in_the_time_that_it_takes(rate: int, shares: list[list[float]], chance: object) -> None:
    clock = Clock()
    wishes = [[max(1, int(rate * share / 16)) for share in shares_of_one] for shares_of_one in shares]
    total = sum(map(sum, wishes))
    moments = served(limiter(clock, rate), clock, wishes, iter(lambda: chance.random() / 100, None))  # type: ignore[attr-defined]
    assert all(not wish for wish in wishes)
    assert not moments or moments[-1][0] <= total / rate + 0.1 + 0.05 * len(shares)


def test_the_full_speed_is_used() -> None:
    clock = Clock()
    served(limiter(clock, M), clock, [[16 * K] * 640, [16 * K] * 640], iter(lambda: 0.0, None))
    assert clock.now_s == pytest.approx(20 - BURST_S, abs=0.05)


def test_whoever_waits_has_a_turn_after_those_before() -> None:
    clock = Clock()
    wishes = [[64 * K] * 40, [32 * K] * 40, [128 * K] * 40]
    moments = served(limiter(clock, M), clock, wishes, iter(lambda: 0.0, None))
    turns = [who for moment, who in moments if moment > 0][:90]
    assert all(set(turns[start : start + 3]) == {0, 1, 2} for start in range(0, 90, 3))


def test_whoever_does_not_come_does_not_hold_up_the_others() -> None:
    clock = Clock()
    limit = limiter(clock, M)
    assert limit.take("quick", M) == 0
    assert limit.take("absent", M) > 0
    moments = served(limit, clock, [[16 * K] * 64], iter(lambda: 0.0, None))
    assert len(moments) == 64
    assert clock.now_s <= 2.1


def test_what_was_not_taken_for_long_is_lost() -> None:
    clock = Clock()
    limit = limiter(clock, M)
    clock.now_s = 1000
    moments = served(limit, clock, [[K] * 3000], iter(lambda: 0.0, None))
    at_once = [moment for moment, _ in moments if moment == moments[0][0]]
    assert len(at_once) <= BURST_S * K + 1


def test_what_passed_unasked_is_made_up_for_and_what_did_not_pass_is_given_back() -> None:
    clock = Clock()
    limit = limiter(clock, M)
    limit.pay(M)
    assert limit.take("a", 1) == pytest.approx(1 - BURST_S, abs=0.03)
    limit.pay(-M)
    assert limit.take("a", 1) == 0


def test_many_threads_together_get_no_more_than_one() -> None:
    began_s = time.monotonic()
    limit = Limiter(Bandwidth((), 8 * M))
    pause = threading.Event()
    passed = []

    def work(who: int) -> None:
        for _ in range(25):
            while wait_s := limit.take(who, 8 * K):
                pause.wait(wait_s)
            passed.append(8 * K)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed_s = time.monotonic() - began_s
    assert sum(passed) == 16 * 25 * 8 * K
    assert sum(passed) <= 8 * M * (elapsed_s + BURST_S) + 8 * K


def at(moment: str) -> float:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()


def limits(bandwidth: Bandwidth, *moments: str) -> list[int | None]:
    """What is in force at these moments in UTC, one after the other."""
    clock = Clock(wall_s=at(moments[0]))
    limit = Limiter(bandwidth, clock.monotonic, clock.wall)
    found = []
    for moment in moments:
        clock.wall_s = at(moment)
        found.append(limit.terms.bytes_per_s)
    return found


def test_the_limit_changes_with_the_minute_and_also_to_and_from_none() -> None:
    bandwidth = Bandwidth((Window(480, 1200, 2 * M), Window(1200, 1260, M)), None, "Asia/Shanghai")
    moments = ("2026-11-02T23:59:59", "2026-11-03T00:00:00", "2026-11-03T11:59:59", "2026-11-03T12:00:00",
               "2026-11-03T13:00:00", "2026-11-03T00:00:00")  # fmt: skip
    assert limits(bandwidth, *moments) == [None, 2 * M, 2 * M, M, None, 2 * M]


def test_an_hour_that_is_left_out_or_comes_twice_is_what_the_wall_clock_says() -> None:
    bandwidth = Bandwidth((Window(120, 180, M),), None, "Europe/Berlin")
    assert limits(bandwidth, "2026-03-29T00:59", "2026-03-29T01:00", "2026-03-29T02:00") == [None, None, None]
    assert limits(bandwidth, "2026-10-24T23:59", "2026-10-25T00:00", "2026-10-25T01:30", "2026-10-25T02:00") == [
        None, M, M, None,
    ]  # fmt: skip


@given(rates, rates, st.lists(st.tuples(st.floats(0, 1), fractions), max_size=100))
def test_after_a_change_the_new_limit_holds_at_once(before: int, after: int, asked: list[tuple[float, float]]) -> None:
    window = Window(0, 1, before)
    clock = Clock(wall_s=at("2026-11-03T00:00:00"))
    limit = Limiter(Bandwidth((window,), after, "UTC"), clock.monotonic, clock.wall)
    while limit.take("a", max(1, before // 16)) == 0:
        pass
    clock.wall_s += 60
    passed, largest = Passed(), 1
    for later_s, fraction in asked:
        clock.now_s += later_s
        size = max(1, int(after * fraction))
        if limit.take("b", size) == 0:
            passed.moments.append((clock.now_s, size))
            largest = max(largest, size)
    assert passed.most_beyond(after) <= after * BURST_S + largest + 1


@given(rates)
def test_the_terms_are_small_against_ten_seconds(rate: int) -> None:
    terms = Terms.of(rate)
    assert terms.step_bytes <= max(rate / 60, K)
    assert terms.lead_bytes <= max(rate / 16, 8 * K)
    assert terms.at_once is not None
    assert terms.at_once >= 1


def test_without_a_limit_nobody_waits() -> None:
    clock = Clock()
    limit = Limiter(Bandwidth((Window(0, 1, M),), None, "UTC"), clock.monotonic, clock.wall)
    assert all(limit.take("a", 100 * M) == 0 for _ in range(100))
