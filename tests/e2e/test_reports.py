"""What the tool tells: the plan that changes nothing, the run log that a rebuild needs, status, runs and ls."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.kit import PROGRAM, World

OLD = {"same": b"0", "changed": b"1", "gone": b"2", "lost": b"3", "edited": b"4", "touched": b"5"}


@pytest.fixture
def eventful(world: World) -> World:
    """A world in which a run has one thing of each kind to do."""
    world.put_many(OLD)
    assert world.run().exit == 0
    world.put("changed", b"one!")
    world.put("fresh", b"brand new")
    world.put("touched", b"5", mime="text/plain")
    world.delete("gone")
    (world.folder / "lost").unlink()
    world.write("edited", b"by hand")
    world.write("mine", b"local")
    return world


WHAT_IS_DONE = {
    ("replace", "changed"),
    ("download", "fresh"),
    ("touch", "touched"),
    ("delete", "gone"),
    ("download", "lost"),
    ("replace", "edited"),
}


def test_a_plan_shows_what_a_run_does_and_changes_nothing(eventful: World) -> None:
    eventful.configure(guard_percent=100)
    before = eventful.everything()
    planned = eventful.tell("plan", "--json")
    assert (planned.exit, planned.downloads()) == (0, [])
    assert eventful.everything() == before
    head, *actions = planned.events
    assert {(action["action"], action["key"]) for action in actions} == WHAT_IS_DONE
    done = eventful.run()
    assert {(action, key) for action, key, outcome in done.actions if outcome == "done"} == WHAT_IS_DONE
    names = ("listed", "unchanged", "touched", "downloaded", "deleted", "archived", "local_only", "held", "failed")
    assert [head[name] for name in names] == [done.summary[name] for name in names]
    eventful.check_settled()


def test_a_plan_for_people_names_every_action(eventful: World) -> None:
    text = eventful.tell("plan").stdout
    for key in ("changed", "fresh", "gone", "lost", "edited"):
        assert key in text


def test_a_plan_of_a_folder_that_does_not_exist_makes_none(world: World) -> None:
    world.put("a", b"1")
    result = world.tell("plan", "--json")
    assert (result.exit, result.events[0]["downloaded"]) == (0, 1)
    assert not world.folder.exists()
    assert not world.state_home.exists()


def test_a_plan_says_what_a_guard_would_hold(world: World) -> None:
    world.put_many({"a": b"1", "b": b"2"})
    world.run()
    world.delete("a", "b")
    result = world.tell("plan", "--json")
    assert result.exit == 4
    assert [guard["guard"] for guard in result.events[0]["guards"]] == ["bucket-empty"]
    assert all(action["held"] for action in result.events[1:])


def test_the_run_log_holds_all_that_a_rebuild_needs(eventful: World) -> None:
    eventful.put("described", b"data", mime="image/png", metadata={"camera": "x"})
    eventful.run("--accept-changes")
    lines = eventful.run_log()
    assert (lines[0]["event"], lines[-1]["event"]) == ("run_started", "run_finished")
    assert lines[0]["bucket"] == eventful.bucket
    steps = {line["key"]: line for line in lines if line["event"] == "step"}
    assert {(step["action"], key) for key, step in steps.items()} == WHAT_IS_DONE | {("download", "described")}
    for key, step in steps.items():
        if key == "gone":
            assert step["synced"] is None
            continue
        stat = eventful.emulator.stat(eventful.bucket, key)
        synced = step["synced"]
        assert (synced["remote_hash"], synced["size_bytes"]) == (stat["hash"], stat["fsize"])
        assert (synced["put_time"], synced["mime"], synced["type"]) == (stat["putTime"], stat["mimeType"], stat["type"])
        assert (eventful.folder / synced["path"]).read_bytes() == eventful.objects[key]
    assert steps["described"]["synced"]["metadata"] == [["camera", "x"]]
    kept = {key: step["version"] for key, step in steps.items() if step["version"]}
    assert set(kept) == {"changed", "gone", "edited"}
    assert {(eventful.private / version["location"]).read_bytes() for version in kept.values()} == {
        b"1",
        b"2",
        b"by hand",
    }
    assert kept["gone"]["content_hash"] == kept["gone"]["remote_hash"] != ""
    assert lines[-1]["summary"]["downloaded"] == 5


def test_ls_lists_every_key_with_its_facts(world: World) -> None:
    world.put_many({"a": b"1", "b/c": b"22", "b/d": b"333"})
    world.run()
    listed = world.tell("ls", "--json").events
    assert [(line["key"], line["path"], line["size_bytes"]) for line in listed] == [
        ("a", "a", 1),
        ("b/c", "b/c", 2),
        ("b/d", "b/d", 3),
    ]
    stats = [world.emulator.stat(world.bucket, line["key"]) for line in listed]
    assert [(line["hash"], line["put_time"]) for line in listed] == [(s["hash"], s["putTime"]) for s in stats]
    assert [line["key"] for line in world.tell("ls", "--json", "photos", "b/").events] == ["b/c", "b/d"]
    assert world.tell("ls").stdout.splitlines()[1].endswith("b/c")


def test_status_and_runs_tell_how_the_last_runs_ended(eventful: World) -> None:
    eventful.emulator.faults([{"host": "io", "status": 404, "path": "fresh"}, {"host": "io_src", "status": 404}])
    failed = eventful.run()
    assert failed.exit == 3
    (status,) = eventful.tell("status", "--json").events
    assert (status["last_run"]["exit"], status["last_success"]["exit"]) == (3, 0)
    assert status["objects"] == len(eventful.tell("ls", "--json").events)
    assert status["history_contents"] == len(eventful.history())
    runs = eventful.tell("runs", "--json").events
    assert [run["exit"] for run in runs] == [0, 3]
    assert runs[-1]["run"] == failed.summary["run"]
    assert "some objects failed" in eventful.tell("runs").stdout
    assert "last success" in eventful.tell("status").stdout


def test_status_before_any_run_says_so_and_makes_nothing(world: World) -> None:
    assert "no run yet" in world.tell("status").stdout
    assert not world.folder.exists()


def test_the_last_line_for_people_adds_up(eventful: World) -> None:
    text = eventful.tell("run", "--accept-changes").stdout
    assert "6 listed = 1 unchanged + 1 touched + 4 downloaded" in text
    assert "1 local only" in text


def test_quiet_says_nothing_when_all_is_well_and_json_is_all_of_stdout(world: World) -> None:
    world.put("a", b"1")
    quiet = world.tell("run", "-q")
    assert (quiet.exit, quiet.stdout, quiet.stderr) == (0, "", "")
    verbose = world.tell("run", "--json")
    assert all(json.loads(line)["name"] == "photos" for line in verbose.stdout.splitlines())


def test_secrets_are_nowhere(eventful: World) -> None:
    said = eventful.run("--accept-changes")
    secret = eventful.emulator.secret_key
    assert secret not in said.stdout + said.stderr
    for path in [*eventful.folder.rglob("*"), *eventful.state_home.rglob("*")]:
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_full_disk_behind_all_that_is_said_does_not_change_how_a_run_ends(
    world: World, flags: tuple[str, ...]
) -> None:
    world.put("a", b"content")
    command = [*PROGRAM, "--config", str(world.config), "run", *flags]
    env = os.environ | {"XDG_STATE_HOME": str(world.state_home)}
    with Path("/dev/full").open("wb") as full:
        for keys, code in (({"QINIU_ACCESS_KEY": "x", "QINIU_SECRET_KEY": "x"}, 6), (world.env, 0)):
            ended = subprocess.run(command, env=env | keys, stdout=full, stderr=full, check=False)
            assert ended.returncode == code
    assert world.tree() == {"a": b"content"}
