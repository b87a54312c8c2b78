from pathlib import Path

from kodokeep.errors import LockHeld
from kodokeep.model.action import ActionKind, Reason
from kodokeep.model.record import HeldAction
from tests.unit.cli.conftest import Kodokeep, with_config
from tests.unit.cli.fake_engine import RUN, FakeEngine

HELD = [
    HeldAction("a/1\n", ActionKind.DELETE, Reason.GONE, 1024, RUN, approved=False),
    HeldAction("a/2", ActionKind.OVERWRITE, Reason.EDITED, 2048, RUN, approved=True),
    HeldAction("b/3", ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY, 1, RUN, approved=False),
]


def test_what_is_held_can_be_looked_at(kodokeep: Kodokeep) -> None:
    engine = FakeEngine(held=HELD)
    ended = kodokeep("approve", "photos", "--list", engine=engine)
    assert (ended.code, ended.err, engine.asked) == (0, "", [])
    assert ended.out.splitlines() == [
        "- a/1\\n  1.0 KiB, gone from the bucket",
        "↑~ a/2  2.0 KiB, edited locally, released",
        "↑- b/3  1 B, gone from the folder",
        "photos: 3 changes held, 3.0 KiB; 1 of them released already",
    ]
    assert kodokeep("approve", "photos", "b/", "x", "--list", engine=engine).out.splitlines() == [
        "↑- b/3  1 B, gone from the folder",
        "photos: 1 change held, 1 B",
    ]
    assert kodokeep("approve", "videos", "--list").out == "videos: 0 changes held, 0 B\n"


def test_what_is_held_for_scripts(kodokeep: Kodokeep) -> None:
    lines = kodokeep("approve", "photos", "--list", "--json", engine=FakeEngine(held=HELD)).json
    assert lines[0] == {
        "action": "delete", "key": "a/1\n", "size_bytes": 1024, "reason": "gone-from-bucket", "run": RUN,
        "approved": False,
    }  # fmt: skip
    assert [line["approved"] for line in lines] == [False, True, False]


def test_releasing_tells_how_much_and_what_comes_next(kodokeep: Kodokeep, tmp_path: Path) -> None:
    engine = FakeEngine(held=HELD)
    ended = kodokeep("approve", "photos", "a/", engine=engine)
    assert engine.asked == [("approve", "photos", ("a/",))]
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "photos: 2 changes released, 3.0 KiB",
        f"to do it: {with_config(tmp_path)} run photos",
    ]
    told = kodokeep("approve", "photos", "--json", engine=engine).json
    assert told == [{"event": "approved", "name": "photos", "actions": 3, "size_bytes": 3073}]


def test_nothing_to_release(kodokeep: Kodokeep, tmp_path: Path) -> None:
    ended = kodokeep("approve", "photos", "zzz", engine=FakeEngine(held=HELD))
    assert ended.code == 0
    assert ended.out == (
        f"photos: nothing was released; to see what is held: {with_config(tmp_path)} approve photos --list\n"
    )


def test_approving_what_is_not_there(kodokeep: Kodokeep) -> None:
    assert kodokeep("approve").code == 2
    ended = kodokeep("approve", "photo")
    assert ended.code == 2
    assert "did you mean photos?" in ended.err
    locked = FakeEngine(errors={"photos": LockHeld("busy")})
    assert kodokeep("approve", "photos", engine=locked).code == 5
