import pytest

from kodokeep.model.action import Action, ActionKind, Reason, Row, Standing, StandingKind
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import (
    ActionFinished,
    Event,
    Gathering,
    Notice,
    NoticeKind,
    Planned,
    RunFinished,
    Skipped,
    Transferring,
)
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.summary import Summary
from kodokeep.reporting.fanout import fan_out
from kodokeep.reporting.text import MOST_WARNINGS, TextReport, Tone, Verbosity

ROW = Row("k", RemoteEntry("k", 5, "Fhash", 0), None, None)
ACTION = Action(ActionKind.DOWNLOAD, Reason.NEW, ROW)


def finished(exit_code: int = 0, **fields: str) -> RunFinished:
    return RunFinished(Summary("p", "r", "backup", exit_code, **fields))  # type: ignore[arg-type]


def told(verbosity: Verbosity, *events: Event) -> tuple[list[tuple[str, Tone]], list[str]]:
    talk: list[tuple[str, Tone]] = []
    results: list[str] = []
    report = TextReport("p", lambda line, tone: talk.append((line, tone)), results.append, verbosity)
    for event in events:
        report(event)
    return talk, results


@pytest.mark.parametrize(
    ("kind", "least", "tone"),
    [
        (OutcomeKind.DONE, Verbosity.VERBOSE, Tone.PLAIN),
        (OutcomeKind.HELD, Verbosity.VERBOSE, Tone.PLAIN),
        (OutcomeKind.FAILED, Verbosity.QUIET, Tone.ERROR),
        (OutcomeKind.STALE, Verbosity.QUIET, Tone.WARNING),
        (OutcomeKind.UNAVAILABLE, Verbosity.QUIET, Tone.WARNING),
        (OutcomeKind.THAWING, Verbosity.QUIET, Tone.WARNING),
    ],
)
def test_how_loud_an_outcome_is(kind: OutcomeKind, least: Verbosity, tone: Tone) -> None:
    for verbosity in Verbosity:
        talk, _ = told(verbosity, ActionFinished(Outcome(ACTION, kind, "why")))
        assert [line_tone for _, line_tone in talk] == ([tone] if verbosity >= least else [])


def test_a_conflict_is_told_however_little_is_asked_for() -> None:
    conflict = Action(ActionKind.CONFLICT, Reason.BOTH_CHANGED, ROW)
    both_kept = Outcome(conflict, OutcomeKind.DONE, "the local content is now k (conflict h r)")
    line = "p: ! k  5 B, changed on both sides; the local content is now k (conflict h r)"
    for verbosity in Verbosity:
        assert told(verbosity, ActionFinished(both_kept))[0] == [(line, Tone.WARNING)]
    same_after_all = Outcome(conflict, OutcomeKind.DONE, adopted=True)
    assert told(Verbosity.NORMAL, ActionFinished(same_after_all))[0] == []


def test_many_warnings_of_one_kind_are_cut_and_counted() -> None:
    skipped = [Skipped(Standing(StandingKind.UNAVAILABLE, Reason.FROZEN, ROW))] * (MOST_WARNINGS + 1_000)
    other = Notice(NoticeKind.NOT_A_KEY, "x")
    talk, _ = told(Verbosity.NORMAL, *skipped, other, finished())
    assert len(talk) == MOST_WARNINGS + 2
    assert talk[-1] == ("p: 1,000 more lines like the unavailable ones above; --verbose shows all", Tone.WARNING)
    assert len(told(Verbosity.VERBOSE, *skipped, other, finished())[0]) == MOST_WARNINGS + 1_001


def test_failures_are_never_cut() -> None:
    failures = [ActionFinished(Outcome(ACTION, OutcomeKind.FAILED, "why"))] * (MOST_WARNINGS + 10)
    assert len(told(Verbosity.QUIET, *failures, finished())[0]) == MOST_WARNINGS + 10


def test_remarks_are_no_warnings() -> None:
    assert told(Verbosity.QUIET, Notice(NoticeKind.THROTTLED, "host"))[0] == []
    assert told(Verbosity.NORMAL, Notice(NoticeKind.THROTTLED, "host"))[0] == [
        ("p: host: Kodo asks to slow down", Tone.REMARK)
    ]


def test_the_result_comes_last_and_once() -> None:
    failed = finished(6, error="no answer", hint="try later")
    talk, results = told(Verbosity.NORMAL, failed)
    assert talk == [("p: error: no answer", Tone.ERROR), ("p: try later", Tone.PLAIN)]
    assert results == ["p: Kodo could not be reached or signed in to"]
    assert told(Verbosity.QUIET, failed) == (talk, [])
    assert told(Verbosity.NORMAL, finished(130))[0][0][1] is Tone.WARNING


def test_progress_and_empty_plans_are_no_talk() -> None:
    assert told(Verbosity.VERBOSE, Gathering(1, 1), Transferring(0, 1, 0, 1), Planned({}, 0, ())) == ([], [])


def test_fan_out_tells_all_in_order() -> None:
    heard: list[str] = []
    tell = fan_out(lambda _: heard.append("first"), lambda _: heard.append("second"))
    tell(Gathering(1, 1))
    assert heard == ["first", "second"]
