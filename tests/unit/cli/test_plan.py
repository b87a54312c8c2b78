from pathlib import Path

from kodokeep.errors import StateUnusable, Unreachable
from kodokeep.model.action import ActionKind, Reason
from kodokeep.model.event import Event, GuardKind, GuardTripped, Notice, NoticeKind, Planned
from tests.unit.cli.conftest import Kodokeep, with_config
from tests.unit.cli.fake_engine import FakeEngine, FakePlan, action, summary

GUARD = GuardTripped(GuardKind.IDENTITY, 3, 0, "missing-here", "")
PLAN = FakePlan(
    summary("photos", 4, unchanged=12_300, local_only=1),
    (GUARD,),
    [
        (action(ActionKind.DOWNLOAD, "new.jpg", Reason.NEW, 2048), False),
        (action(ActionKind.DOWNLOAD, "新\u202e.jpg", Reason.NEW, 2048), False),
        (action(ActionKind.DELETE, "gone.jpg", Reason.GONE, 5), True),
    ],
)


def test_a_plan_for_people(kodokeep: Kodokeep, tmp_path: Path) -> None:
    events: list[Event] = [
        Planned({}, 0, (GUARD,)),
        Notice(NoticeKind.NO_DOMAIN, "photos"),
        Notice(NoticeKind.NOT_A_KEY, "x"),
    ]
    ended = kodokeep("plan", "photos", engine=FakeEngine(events, plans={"photos": PLAN}))
    assert ended.code == 4
    assert ended.out.splitlines() == [
        "photos: bucket photos to /backup/photos",
        "  download  2  4.0 KiB   new",
        "  delete    1      5 B   gone from the bucket   1 HELD",
        "  3 listed: 2 unchanged; 0 local",
        (
            "  held: this is not known to be the folder of the last run: this machine knows it, but its"
            " .kodokeep/identity.json is gone"
        ),
        "        nothing is touched (3 changes held); is the right disk mounted?",
        f"        if the folder was moved or restored on purpose: {with_config(tmp_path)} run photos --adopt",
        "    + new.jpg  2.0 KiB, new",
        "    + 新\\u202e.jpg  2.0 KiB, new",
        "    - gone.jpg  5 B, gone from the bucket (held)",
    ]
    assert ended.err == "photos: x: cannot be an object, left alone\n"


def test_a_long_plan_is_cut_unless_all_is_asked_for(kodokeep: Kodokeep) -> None:
    planned = [(action(ActionKind.DOWNLOAD, f"k{number}", Reason.NEW), False) for number in range(1_234)]
    engine = FakeEngine(plans={"photos": FakePlan(summary("photos"), (), planned)})
    short = kodokeep("plan", "photos", engine=engine).out.splitlines()
    assert short[-1] == "    … and 1,214 more actions; --verbose shows all"
    assert len([line for line in short if line.startswith("    + k")]) == 20
    everything = kodokeep("plan", "photos", "-v", engine=engine).out
    assert everything.count("    + k") == 1_234
    assert "more action" not in everything


def test_json_has_the_counts_first_and_then_the_actions(kodokeep: Kodokeep) -> None:
    ended = kodokeep("plan", "photos", "--json", engine=FakeEngine(plans={"photos": PLAN}))
    counts, *actions = ended.json
    assert (counts["event"], counts["name"], counts["exit"], counts["unchanged"]) == ("plan", "photos", 4, 12_300)
    assert counts["guards"][0]["guard"] == "identity"
    assert actions[0] == {"action": "download", "key": "new.jpg", "size_bytes": 2048, "reason": "new", "held": False}
    assert [line["held"] for line in actions] == [False, False, True]


def test_nothing_to_do(kodokeep: Kodokeep) -> None:
    assert "  nothing to do\n" in kodokeep("plan", "photos").out


def test_a_pair_that_cannot_be_planned_does_not_hide_the_others(kodokeep: Kodokeep) -> None:
    errors = {"photos": Unreachable("no answer", hint="try later")}
    ended = kodokeep("plan", engine=FakeEngine(errors=errors))
    assert ended.code == 6
    assert ended.err == "kodokeep: photos: no answer\n          try later\n"
    assert ended.out.startswith("videos: ")
    told = kodokeep("plan", "--json", engine=FakeEngine(errors={"videos": StateUnusable("damaged")}))
    assert told.code == 2
    error = {"event": "error", "name": "videos", "exit": 2, "message": "damaged", "hint": ""}
    assert told.json[-1] == error
