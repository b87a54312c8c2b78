"""The doctor and the config file: who may read and write it, and what lies about."""

import pytest

from tests.e2e.diagnosis import doctor
from tests.e2e.kit import World

SECRET_URL = "json://ops.example.com/hook-9f2c"


def add(world: World, text: str) -> None:
    with world.config.open("a") as config:
        config.write(text)


@pytest.mark.parametrize(("mode", "level"), [(0o600, "ok"), (0o640, "warning"), (0o604, "warning")])
def test_secrets_that_others_may_read(world: World, mode: int, level: str) -> None:
    add(world, f"[notify:ops]\nurl = {SECRET_URL}\n")
    world.config.chmod(mode)
    found = doctor(world, "--quick", "--no-test-alert")
    assert found.level("secrets", "config") == level
    assert ("chmod 600" in found.told("secrets", "config")) is (level == "warning")
    assert "[notify:ops] url" in found.told("secrets", "config")
    assert "hook-9f2c" not in found.result.stdout + found.result.stderr


def test_heartbeats_and_a_proxys_password_are_secrets(world: World) -> None:
    world.configure(heartbeat="https://hc.example.com/uuid-77", proxy="http://me:pass-55@127.0.0.1:1")
    world.config.chmod(0o644)
    found = doctor(world, "--quick", "--no-test-alert")
    told = found.told("secrets", "config")
    assert "[bucket:photos] heartbeat and [bucket:photos] proxy" in told
    assert "uuid-77" not in found.result.stdout
    assert "pass-55" not in found.result.stdout


def test_a_config_that_others_may_change(world: World) -> None:
    world.config.chmod(0o666)
    found = doctor(world, "--quick")
    assert found.level("file", "config") == "warning"
    assert "chmod go-w" in found.told("file", "config")


def test_a_config_that_a_bucket_may_change(world: World) -> None:
    private = world.config.parent / ".kodokeep"
    private.mkdir()
    (private / "identity.json").write_text('{"mode": "sync"}')
    found = doctor(world, "--quick")
    assert found.level("file", "config") == "warning"
    assert "whoever may write to the bucket of" in found.told("file", "config")


def test_leftovers(world: World) -> None:
    add(world, f"[account:old]\n[notify:ops]\nurl = {SECRET_URL}\n")
    world.config.chmod(0o600)
    copy = world.config.with_name("config.ini.bak")
    copy.write_text("")
    copy.chmod(0o644)
    found = doctor(world, "--quick", "--no-test-alert", env=world.env | {"QINIU_ACCESS_KEY_PAST": "ak-of-the-past"})
    told = found.told("leftovers", "config")
    assert "[account:old]" in told
    assert "config.ini.bak" in told
    assert "unset QINIU_ACCESS_KEY_PAST" in told
    assert "ak-of-the-past" not in found.result.stdout


def test_no_leftovers(world: World) -> None:
    assert doctor(world, "--quick").level("leftovers", "config") == "ok"
