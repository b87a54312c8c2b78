"""What `kodokeep status` says, and what it ends with."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kodokeep.model.health import Ailment, Health, Past
from kodokeep.model.record import Attempt, RunRecord, RunState
from kodokeep.model.status import Trouble
from tests.unit.cli.conftest import Ended, Kodokeep, with_config
from tests.unit.cli.fake_engine import RUN, FakeEngine, summary

ONE_PAIR = "[bucket:photos]\nfolder = /backup/photos\n"
AT_S = datetime(2026, 11, 22, 6, tzinfo=UTC).timestamp()
DAY_S = 86_400.0


def unwell(exit_code: int | None = 6, error: str = "no answer", **health: Any) -> dict[str, Any]:
    """A pair whose last attempt ended so an hour ago; before it, all was well."""
    tried = Attempt(AT_S - 3600, True, None if exit_code is None else AT_S - 3590, exit_code, "", error)
    reason = Ailment.CUT_OFF if exit_code is None else Ailment.FAILED
    verdict = {"broken": True, "reasons": (reason,), "telling": tried} | health
    return {"past": Past((tried,), AT_S - 9 * DAY_S), "health": Health(**verdict)}


def told(kodokeep: Kodokeep, *argv: str, config: str = ONE_PAIR, **status: Any) -> Ended:
    return kodokeep("status", *argv, config=config, engine=FakeEngine(status={"photos": status}))


def test_a_pair_that_is_well(kodokeep: Kodokeep) -> None:
    ended = told(kodokeep)
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "photos: ok, last success 3 h 00 min ago",
        "  pair          bucket photos to /backup/photos",
        "  last success  2026-11-22 03:00:00 UTC, 3 h 00 min ago",
        "  last run      2026-11-22 03:00:00 UTC: done, in 0.5 s",
        "                3 listed = 2 unchanged + 1 downloaded; 2.0 KiB in 0.5 s",
        "  in step       3 objects, 4.0 KiB",
        "  history       1 content, 10 B",
        "  state         2.0 KiB on disk",
    ]


@pytest.mark.parametrize(
    ("exit_code", "why", "step"),
    [
        (1, "ended by an error of kodokeep itself: no answer", "to try again: {} run photos"),
        (2, "not run: a setting is wrong: no answer", "to see what is wrong: {} doctor photos"),
        (3, "finished, but some objects failed: no answer", "to try again: {} run photos"),
        (4, "finished, but a guard holds changes back: no answer", "to see what is held: {} approve photos --list"),
        (6, "Kodo could not be reached or signed in to: no answer", "to see what is wrong: {} doctor photos"),
        (None, "cut off", "to go on from there: {} run photos"),
    ],
)
def test_a_broken_pair_says_why_and_the_next_step(
    kodokeep: Kodokeep, tmp_path: Any, exit_code: int | None, why: str, step: str
) -> None:
    ended = told(kodokeep, **unwell(exit_code))
    assert ended.code == 3
    first, *rest = ended.out.splitlines()
    assert first == f"photos: broken: the last attempt, 1 h 00 min ago: {why}; {step.format(with_config(tmp_path))}"
    assert f"  last attempt  2026-11-22 05:00:00 UTC: {why}" in rest


def test_a_stale_pair_says_since_when_and_what_was_allowed(kodokeep: Kodokeep) -> None:
    stale = unwell(0, stale=True, broken=False, reasons=(Ailment.TOO_OLD,), stale_after_s=2 * DAY_S + 3600)
    ended = told(kodokeep, "-q", **stale)
    assert ended.code == 3
    assert ended.out.startswith("photos: stale: no run ended well for 9 days, the limit is 2 days; to catch up: ")


def test_a_pair_that_is_both_has_both_reasons_in_its_line(kodokeep: Kodokeep) -> None:
    due = datetime(2026, 11, 22, 3, tzinfo=UTC)
    reasons = (Ailment.NEVER_DONE, Ailment.FAILED, Ailment.MISSED)
    status = unwell(stale=True, reasons=reasons, missed_due=due) | {"schedule": "daily 03:00"}
    line = told(kodokeep, "-q", **status).out
    assert line.startswith("photos: stale and broken: it has a schedule, and no run ended well yet; the last attempt, ")
    assert "; the run due 2026-11-22 03:00:00 UTC did not begin; to see what is wrong: " in line


def test_a_missed_run_alone_is_told_and_is_no_failure(kodokeep: Kodokeep) -> None:
    due = datetime(2026, 11, 22, 3, tzinfo=UTC)
    ended = told(kodokeep, "-q", health=Health(reasons=(Ailment.MISSED,), missed_due=due))
    assert (ended.code, ended.out.partition("; ")[2]) == (0, "the run due 2026-11-22 03:00:00 UTC did not begin\n")


def test_before_the_first_run(kodokeep: Kodokeep) -> None:
    fresh = {"past": Past(), "health": Health(), "last_run": None, "last_success": None, "state_bytes": 0}
    ended = told(kodokeep, **fresh)
    assert ended.code == 0
    assert ended.out.startswith("photos: no run yet\n  pair ")
    assert "last " not in ended.out


def test_a_run_at_work_and_one_that_was_cut_off(kodokeep: Kodokeep) -> None:
    record = RunRecord(RUN, "backup", {}, RunState.OPEN, 0, None)
    cut = told(kodokeep, last_run=record, unfinished=RUN).out
    assert f"  unfinished    run {RUN} was cut off; the next run settles it first\n" in cut
    assert "  last run      2026-11-22 03:00:00 UTC: cut off\n" in cut
    busy = told(kodokeep, last_run=record, at_work="process 12 on host").out
    assert "  at work       process 12 on host\n" in busy
    assert "  last run      2026-11-22 03:00:00 UTC: at work\n" in busy


def test_what_needs_a_look_and_when_it_goes_on(kodokeep: Kodokeep) -> None:
    done = summary("photos", 4, held=3, failed=1, thawing=2)
    record = RunRecord(RUN, "backup", {}, RunState.FINISHED, 1, done)
    due = datetime(2026, 11, 23, 3, tzinfo=UTC)
    out = told(kodokeep, last_run=record, due=due, schedule="daily 03:00").out
    assert "  needs a look  3 held, 1 failed, 2 being thawed\n" in out
    assert "  next run      2026-11-23 03:00:00 UTC, in 21 h 00 min (daily 03:00)\n" in out


def test_one_line_a_pair_has_those_in_trouble_first(kodokeep: Kodokeep) -> None:
    ended = kodokeep("status", "--quiet", engine=FakeEngine(status={"videos": unwell()}))
    assert ended.code == 3
    assert [line.partition(":")[0] for line in ended.out.splitlines()] == ["videos", "photos"]


def test_json_is_one_object_for_each_pair(kodokeep: Kodokeep) -> None:
    ended = kodokeep("status", "--json", engine=FakeEngine(status={"videos": unwell()}))
    well, broken = ended.json
    assert [(line["name"], line["exit"], line["broken"], line["stale"]) for line in ended.json] == [
        ("photos", 0, False, False),
        ("videos", 3, True, False),
    ]
    assert (well["objects"], well["size_bytes"], well["history_contents"], well["history_bytes"]) == (3, 4096, 1, 10)
    assert (well["last_run"]["exit"], well["last_success"]["run"], well["state_bytes"]) == (0, RUN, 2048)
    assert well["last_success_at"] == "2026-11-22T03:00:00Z"
    assert well["last_success_age_seconds"] == 10_799.5
    assert broken["reasons"] == ["failed"]
    assert broken["last_attempt"] == {
        "started": "2026-11-22T05:00:00Z",
        "ended": "2026-11-22T05:00:10Z",
        "exit": 6,
        "run": "",
        "scheduled": True,
        "error": "no answer",
    }


def test_what_cannot_be_looked_at_is_told_beside_what_is_known(kodokeep: Kodokeep) -> None:
    blind = {"totals": None, "last_run": None, "last_success": None}
    damaged = blind | {"troubles": (Trouble("state.db is damaged", "move it away", 2),)}
    ended = told(kodokeep, **damaged)
    assert ended.code == 2
    assert ended.err == "kodokeep: photos: state.db is damaged\n          move it away\n"
    assert "last success  2026-11-22 03:00:00 UTC" in ended.out
    (line,) = told(kodokeep, "--json", **damaged).json
    assert (line["exit"], line["objects"]) == (2, None)
    never = Health(stale=True, reasons=(Ailment.NEVER_DONE,))
    assert "photos: stale: no run is known that ended well; " in told(kodokeep, "-q", health=never, **damaged).out
    assert line["troubles"] == [{"message": "state.db is damaged", "hint": "move it away"}]


def test_the_worst_of_several_pairs_is_the_exit_code(kodokeep: Kodokeep) -> None:
    damaged = {"troubles": (Trouble("state.db is damaged", exit=2),)}
    assert kodokeep("status", engine=FakeEngine(status={"photos": unwell(), "videos": damaged})).code == 2


def test_an_error_with_line_breaks_stays_in_one_line(kodokeep: Kodokeep) -> None:
    ended = told(kodokeep, "-q", **unwell(2, "config.ini:\n  folder is missing\x1b[2J"))
    assert ended.out.count("\n") == 1
    assert "\x1b" not in ended.out
