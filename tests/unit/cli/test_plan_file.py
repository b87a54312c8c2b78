"""`plan -o` and `apply`, with a plan file in between."""

import json
from pathlib import Path
from typing import Any

import pytest

from kodokeep.errors import LockHeld
from kodokeep.model.action import Action, ActionKind, Reason
from kodokeep.reporting.planfile import read_plan
from tests.unit.cli.conftest import Kodokeep, with_config
from tests.unit.cli.fake_engine import FakeEngine, FakePlan, action, summary

GB = 10**9
PLAN = FakePlan(
    summary("photos", 4, listed=2_500, unchanged=12_300),
    (),
    [
        (action(ActionKind.DOWNLOAD, "new.jpg", Reason.NEW, 3 * GB), False),
        (action(ActionKind.DELETE, "gone.jpg", Reason.GONE, 5), True),
    ],
)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(plans={"photos": PLAN})


def test_a_plan_is_written_and_shown(kodokeep: Kodokeep, engine: FakeEngine, tmp_path: Path) -> None:
    file = tmp_path / "my plan"
    ended = kodokeep("plan", "photos", "-o", str(file), engine=engine)
    assert ended.code == 4
    cost = "  about 0.78 CNY for 4 requests and 2.8 GiB fetched (list prices of 2026-10-07)"
    assert ended.out.splitlines()[:5] == [
        "photos: bucket photos to /backup/photos",
        "  download  1  2.8 GiB   new",
        "  delete    1      5 B   gone from the bucket   1 HELD",
        "  3 listed: 2 unchanged; 0 local",
        cost,
    ]
    assert ended.err == (
        f"kodokeep: photos: the plan is in {file}; to do just that: {with_config(tmp_path)} apply '{file}'\n"
    )
    header = read_plan(str(file)).header
    assert (header.name, header.actions, header.held, header.counts["unchanged"]) == ("photos", 2, 1, 12_300)
    assert (header.download_bytes, header.upload_bytes, header.get_requests, header.put_requests) == (3 * GB, 0, 4, 0)
    assert (round(header.cost, 2), header.currency) == (0.78, "CNY")


def test_stdout_can_be_the_plan_file(kodokeep: Kodokeep, engine: FakeEngine, tmp_path: Path) -> None:
    ended = kodokeep("plan", "photos", "-o", "-", engine=engine)
    assert (ended.code, ended.err) == (4, "")
    assert [line.get("key") for line in ended.json] == [None, "new.jpg", "gone.jpg"]
    file = tmp_path / "plan"
    file.write_text(ended.out, "utf-8")
    assert len(list(read_plan(str(file)).actions())) == 2


def test_json_and_a_file_go_together(kodokeep: Kodokeep, engine: FakeEngine, tmp_path: Path) -> None:
    ended = kodokeep("plan", "photos", "--json", "-o", str(tmp_path / "plan"), engine=engine)
    assert [line.get("action") for line in ended.json] == [None, "download", "delete"]
    assert read_plan(str(tmp_path / "plan")).header.actions == 2


@pytest.mark.parametrize("argv", [["plan", "-o", "x"], ["plan", "photos", "--json", "-o", "-"]])
def test_what_a_plan_file_cannot_be(kodokeep: Kodokeep, argv: list[str]) -> None:
    ended = kodokeep(*argv)
    assert (ended.code, ended.json if "--json" not in argv else []) == (2, [])
    assert "one pair; name one of photos, videos" in ended.err or "use one of them" in ended.err


def test_only_plan_files_are_replaced(kodokeep: Kodokeep, engine: FakeEngine, tmp_path: Path) -> None:
    file = tmp_path / "plan"
    for code in (4, 4):
        assert kodokeep("plan", "photos", "-o", str(file), engine=engine).code == code
    file.write_text("precious")
    ended = kodokeep("plan", "photos", "-o", str(file), engine=engine)
    assert (ended.code, ended.out, file.read_text()) == (2, "", "precious")
    assert "is there already and is no plan file\n          choose another name, or use --force" in ended.err
    assert kodokeep("plan", "photos", "-o", str(file), "--force", engine=engine).code == 4


def test_prices_of_the_config(kodokeep: Kodokeep, engine: FakeEngine) -> None:
    config = "[bucket:photos]\nfolder = /p\n[prices]\norigin_traffic = 1\ncdn_traffic = 2\n"
    out = kodokeep("plan", engine=engine, config=config).out
    assert "  about 3.00 CNY for 4 requests and 2.8 GiB fetched (prices of the config)\n" in out
    domain = config.replace("/p\n", "/p\ndomain = cdn.example.com\n")
    assert "  about 6.00 CNY for 4 requests" in kodokeep("plan", engine=engine, config=domain).out


def test_moves_copies_and_both_directions_in_a_plan_for_people(kodokeep: Kodokeep) -> None:
    file = action(ActionKind.DELETE, "up.jpg", Reason.GONE).row
    old, new = (action(ActionKind.DOWNLOAD, key, Reason.NEW).row for key in ("old.jpg", "b.jpg"))
    planned = [
        (Action(ActionKind.UPLOAD, Reason.NEW, file), False),
        (Action(ActionKind.MOVE, Reason.RENAMED, new, source=old), False),
        (Action(ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY, old, approved=True), False),
    ]
    out = kodokeep("plan", "photos", engine=FakeEngine(plans={"photos": FakePlan(summary("photos"), (), planned)})).out
    assert out.splitlines()[1:] == [
        "  move           1  1.0 KiB   renamed",
        "  upload         1  1.0 KiB   new",
        "  delete-object  1  1.0 KiB   gone from the folder   released",
        "  3 listed: 2 unchanged; 0 local",
        "    ↑+ up.jpg  1.0 KiB, new",
        "    > old.jpg -> b.jpg  1.0 KiB, renamed",
        "    ↑- old.jpg  1.0 KiB, gone from the folder",
    ]


def applied(kodokeep: Kodokeep, engine: FakeEngine, file: Path, *argv: str, **kwargs: Any) -> Any:
    kodokeep("plan", "photos", "-o", str(file), engine=engine)
    return kodokeep("apply", str(file), *argv, engine=engine, **kwargs)


def test_apply_does_what_the_file_says(kodokeep: Kodokeep, engine: FakeEngine, tmp_path: Path) -> None:
    ended = applied(kodokeep, engine, tmp_path / "plan")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "photos: 3 listed = 2 unchanged + 1 downloaded; 2.0 KiB in 0.5 s\n"
    assert engine.asked == [("apply", "photos", "ak", False, ["new.jpg", "gone.jpg"])]
    ended = applied(kodokeep, engine, tmp_path / "plan", "--accept-changes", "--json")
    assert engine.asked[-1][3] is True
    assert [line["event"] for line in ended.json] == ["run_started", "run_finished"]


def test_the_exit_code_of_apply_is_that_of_its_run(kodokeep: Kodokeep, tmp_path: Path) -> None:
    stale = FakeEngine(plans={"photos": PLAN}, exits={"photos": 3})
    assert applied(kodokeep, stale, tmp_path / "plan").code == 3
    kodokeep("plan", "photos", "-o", str(tmp_path / "plan"), engine=FakeEngine(plans={"photos": PLAN}))
    locked = FakeEngine(errors={"photos": LockHeld("busy")})
    ended = kodokeep("apply", str(tmp_path / "plan"), "--json", engine=locked)
    assert (ended.code, ended.json[-1]["event"], ended.json[-1]["error"]) == (5, "run_finished", "busy")


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("[bucket:films]\nfolder = /backup/photos\n", "line 1: is a plan of [bucket:photos], which"),
        ("[bucket:photos]\nfolder = /other\n", "line 1: was made with folder '/backup/photos', [bucket:photos] has"),
        (
            "[bucket:photos]\nfolder = /backup/photos\nexclude = *.tmp\n",
            "line 1: was made with exclude '', [bucket:photos] has '*.tmp'",
        ),
    ],
)
def test_a_plan_of_something_else_is_refused(
    kodokeep: Kodokeep, engine: FakeEngine, tmp_path: Path, config: str, problem: str
) -> None:
    ended = applied(kodokeep, engine, tmp_path / "plan", config=config)
    assert (ended.code, ended.out, engine.asked) == (2, "", [])
    assert f"{tmp_path}/plan: {problem}" in ended.err


def test_a_damaged_plan_is_refused_before_anything_happens(
    kodokeep: Kodokeep, engine: FakeEngine, tmp_path: Path
) -> None:
    file = tmp_path / "plan"
    kodokeep("plan", "photos", "-o", str(file), engine=engine)
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([lines[0], json.dumps(json.loads(lines[1]) | {"key": "x"}), lines[2], ""]), "utf-8")
    ended = kodokeep("apply", str(file), "--json", engine=engine)
    assert (ended.code, engine.asked) == (2, [])
    assert ended.json[0]["message"].startswith(f"{file}: line 2: is damaged: ")
    assert kodokeep("apply", str(tmp_path / "none"), engine=engine).code == 2
