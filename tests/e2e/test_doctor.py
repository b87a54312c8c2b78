"""The doctor as a whole: a healthy pair, one that never ran, and what is asked for wrongly."""

import subprocess
from pathlib import Path

import pytest

from tests.e2e.diagnosis import doctor
from tests.e2e.kit import NAME, PROGRAM, World, snapshot

CHANNEL = "json://127.0.0.1:9/hook"


@pytest.fixture
def healthy(world: World) -> World:
    """A pair that has everything that the doctor asks for."""
    world.put("a.txt", b"one", mime="text/plain")
    world.put("b.png", bytes(2000), mime="image/png")
    world.configure(on_failure="/bin/true")
    world.config.chmod(0o600)
    assert world.run().exit == 0
    return world


def test_a_healthy_pair(healthy: World) -> None:
    found = doctor(healthy)
    assert found.failed == set()
    assert found.warned == {"schedule"}
    checks = [each["check"] for each in found.findings if each["subject"] == f"bucket:{NAME}"]
    assert checks == [
        "region", "hosts", "privacy", "objects", "archived", "disabled", "origin", "domain", "plan", "disk space",
        "folder", "file system", "identity", "state", "lock", "schedule", "last run", "last success",
    ]  # fmt: skip
    assert "an image of 2.0 KiB comes as it is listed" in found.told("domain")
    assert "2 objects in step" in found.told("state")


def test_nothing_is_changed(healthy: World) -> None:
    """The one place where the disk is tried is as it was, but for its modification time."""
    before = snapshot(healthy.folder, healthy.state_home)
    remote = healthy.remote()
    doctor(healthy)
    after = snapshot(healthy.folder, healthy.state_home)
    tried = {str(healthy.private), str(healthy.private / "tmp")}
    assert {path: seen for path, seen in after.items() if path not in tried} == {
        path: seen for path, seen in before.items() if path not in tried
    }
    assert healthy.remote() == remote
    assert {line["method"] for line in healthy.emulator.log() if line["host"] in ("up", "rs")} <= {"GET"}


def test_before_the_first_run_nothing_is_made(world: World) -> None:
    world.put("a.txt", b"one")
    found = doctor(world)
    assert found.failed == set()
    assert {"last run", "schedule", "alerts"} <= found.warned
    assert not world.folder.exists()
    assert not world.state_home.exists()
    assert "the first run makes it" in found.told("folder")


def test_a_visit_that_is_quick_lists_and_plans_nothing(healthy: World) -> None:
    found = doctor(healthy, "--quick")
    assert not {"plan", "objects", "archived"} & {each["check"] for each in found.findings}
    assert found.level("domain") == "ok"
    assert "an image" in found.told("domain")
    assert [line["host"] for line in found.result.requests].count("rsf") == 1


def test_people_read_a_checklist(healthy: World) -> None:
    told = healthy.tell("doctor")
    assert told.exit == 0
    assert "  ✓ clock           agrees with" in told.stdout
    assert "  ! schedule        none" in told.stdout
    assert "→ schedule = daily in [bucket:photos], then kodokeep --config" in told.stdout
    assert told.stdout.splitlines()[-1].endswith("fine, 1 warning")
    assert told.stderr == ""


def test_where_letters_are_missing_the_checklist_does_without(healthy: World) -> None:
    env = healthy.env | {"PYTHONIOENCODING": "ascii", "XDG_STATE_HOME": str(healthy.state_home), "PYTHONPATH": "src"}
    command = [*PROGRAM, "--config", str(healthy.config), "doctor", "--quick"]
    done = subprocess.run(command, env=env, capture_output=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    assert b"  + clock  " in done.stdout
    assert b"-> schedule = daily" in done.stdout
    done.stdout.decode("ascii")


def test_a_name_that_the_config_does_not_have(healthy: World) -> None:
    told = healthy.tell("doctor", "fotos")
    assert told.exit == 2
    assert "did you mean photos?" in told.stderr


def test_a_config_that_cannot_be_read_is_no_beginning(healthy: World) -> None:
    healthy.config.write_text("[bucket:photos]\nfolder = x\nfodler = y\n")
    told = healthy.tell("doctor")
    assert told.exit == 2
    assert "fodler" in told.stderr


def test_several_pairs_share_what_is_of_the_account(healthy: World) -> None:
    with healthy.config.open("a") as config:
        config.write(f"[bucket:second]\nbucket = {healthy.bucket}\nfolder = {healthy.root / 'second'}\n")
    found = doctor(healthy)
    assert found.level("sign-in", "account") == "ok"
    assert found.level("folder", "bucket:second") == "ok"
    assert len(doctor(healthy, NAME).findings) < len(found.findings)


def test_channels_are_left_alone_if_asked(healthy: World) -> None:
    with healthy.config.open("a") as config:
        config.write(f"[notify:ops]\nurl = {CHANNEL}\n")
    found = doctor(healthy, "--no-test-alert")
    assert "not tried" in found.told("channel", "notifications")
    assert "hook" not in found.result.stdout
