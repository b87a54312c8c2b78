"""The ladder as a table: trouble in, next step out (rule 17)."""

import itertools

import pytest

from kodokeep.kodo.ladder import MAX_MOVES, Again, Ask, End, Progress, Report, Trouble, decide, judge
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import OutcomeKind

LISTED = RemoteEntry("k", 10, "F-old", 1)
CHANGED = RemoteEntry("k", 10, "F-new", 2)
FROZEN = RemoteEntry("k", 10, "F-old", 1, storage_type=2)
THAWING = RemoteEntry("k", 10, "F-old", 1, storage_type=3, restore_status=1)
DISABLED = RemoteEntry("k", 10, "F-old", 1, status=1)

START = Progress()
AT_ORIGIN = Progress(at_origin=True)


def exhausted(failed: int) -> bool:
    return failed >= 7


@pytest.mark.parametrize(
    ("trouble", "progress", "resumed", "expected"),
    [
        (Trouble.ALTERED, START, True, Again(START, afresh=True)),
        (Trouble.ALTERED, START, False, Again(Progress(at_origin=True, doubted=True), afresh=True)),
        (Trouble.ALTERED, Progress(doubted=True), False, Ask()),
        (Trouble.UNAUTHORISED, START, True, Again(Progress(resigned=True))),
        (Trouble.UNAUTHORISED, Progress(resigned=True), False, Ask()),
        (Trouble.REFUSED, START, False, Ask()),
        (Trouble.BROKEN, START, True, Again(Progress(failed=1), later=True)),
        (Trouble.BROKEN, Progress(failed=2), False, Again(Progress(at_origin=True, failed=3), later=True)),
        (Trouble.THROTTLED, Progress(failed=2), False, Again(Progress(failed=3), later=True)),
        (Trouble.MISPLACED, START, True, Again(Progress(failed=1), afresh=True)),
        (Trouble.BROKEN, Progress(failed=6), False, End(OutcomeKind.FAILED, "why")),
    ],
)
def test_after_an_attempt(trouble: Trouble, progress: Progress, resumed: bool, expected: Again | Ask | End) -> None:
    assert decide(progress, Report(trouble, "why"), exhausted, resumed=resumed) == expected


@pytest.mark.parametrize(
    ("trouble", "progress", "found", "expected"),
    [
        (Trouble.REFUSED, START, None, End(OutcomeKind.STALE, "gone from the bucket")),
        (
            Trouble.ALTERED,
            START,
            CHANGED,
            Again(Progress(at_origin=True, doubted=True, moved=1), afresh=True, expected=CHANGED),
        ),
        (
            Trouble.ALTERED,
            Progress(moved=MAX_MOVES),
            CHANGED,
            End(OutcomeKind.STALE, "changes faster than it can be fetched"),
        ),
        (Trouble.ALTERED, AT_ORIGIN, LISTED, End(OutcomeKind.FAILED, "why")),
        (Trouble.REFUSED, START, LISTED, Again(AT_ORIGIN)),
        (Trouble.REFUSED, AT_ORIGIN, LISTED, End(OutcomeKind.FAILED, "why")),
        (Trouble.REFUSED, START, FROZEN, End(OutcomeKind.UNAVAILABLE, "frozen in the archive: thaw it first")),
        (Trouble.REFUSED, START, THAWING, End(OutcomeKind.THAWING, "being thawed")),
        (Trouble.REFUSED, START, DISABLED, Again(AT_ORIGIN)),
        (Trouble.REFUSED, AT_ORIGIN, DISABLED, End(OutcomeKind.UNAVAILABLE, "disabled: why")),
        (Trouble.UNAUTHORISED, AT_ORIGIN, LISTED, End(OutcomeKind.FAILED, "why")),
    ],
)
def test_once_rs_has_spoken(
    trouble: Trouble, progress: Progress, found: RemoteEntry | None, expected: Again | End
) -> None:
    assert judge(progress, Report(trouble, "why"), LISTED, found) == expected


def test_every_way_down_ends() -> None:
    """Whatever goes wrong, in whatever order, the steps are bounded."""
    for troubles in itertools.product(Trouble, repeat=3):
        for found in (LISTED, CHANGED, DISABLED):
            assert steps_until_the_end(itertools.cycle(troubles), found) < 60


def steps_until_the_end(troubles: "itertools.cycle[Trouble]", found: RemoteEntry) -> int:
    progress, expected, resumed = START, LISTED, True
    for count in itertools.count():
        report = Report(next(troubles), "why")
        following = decide(progress, report, exhausted, resumed=resumed)
        if isinstance(following, Ask):
            following = judge(progress, report, expected, found)
            if isinstance(following, Again) and following.expected is not None:
                expected, found = following.expected, RemoteEntry("k", 10, f"F-{count}", 1)
        if isinstance(following, End):
            return count
        progress, resumed = following.progress, not following.afresh and resumed
    raise AssertionError
