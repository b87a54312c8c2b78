from kodokeep.kodo.pace import Pace


def test_it_grows_by_one_for_every_clean_window() -> None:
    pace = Pace(4, 6)
    limits = []
    for _ in range(20):
        pace.succeeded()
        limits.append(pace.limit)
    assert limits == [4] * 3 + [5] * 5 + [6] * 12


def test_it_halves_once_for_what_was_under_way_together() -> None:
    pace = Pace(16, 64)
    assert [pace.throttled() for _ in range(16)] == [True] + [False] * 15
    assert pace.limit == 8
    assert pace.throttled()
    assert pace.limit == 4


def test_it_never_stands_still() -> None:
    pace = Pace(2, 64)
    changes = [pace.throttled() for _ in range(10)]
    assert pace.limit == 1
    assert changes.count(True) == 1


def test_it_recovers() -> None:
    pace = Pace(16, 16)
    pace.throttled()
    for _ in range(1000):
        pace.succeeded()
    assert pace.limit == 16
