"""The doctor and where the keys are kept: in clear, too long, or where a run that a timer starts cannot get them."""

import os
import shlex
import time
from pathlib import Path

import pytest

from kodokeep.credentials import Kept, store
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials
from tests.e2e.diagnosis import Diagnosis, doctor
from tests.e2e.kit import Cloud, World

ACCOUNT = "account"
NO_KEYS = {"PATH": os.defpath}
"""The environment brings none."""


def account(world: World, *lines: str) -> None:
    """Put options into `[account]`."""
    world.config.write_text(world.config.read_text().replace("[account]\n", "\n".join(["[account]", *lines, ""]), 1))


def visit(world: World) -> Diagnosis:
    return doctor(world, "--quick", env=NO_KEYS)


@pytest.fixture(scope="module")
def sealed(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An age file with the emulator's keys; sealing takes a second on purpose."""
    emulator, _ = cloud.bucket()
    file = tmp_path_factory.mktemp("sealed") / "keys.age"
    keys = Credentials(emulator.access_key, emulator.secret_key)
    assert store(AccountOptions(credentials_file=str(file)), keys, Kept.FILE, "a passphrase") == ""
    return file.read_bytes()


@pytest.fixture
def kept(world: World, sealed: bytes) -> Path:
    """Keys in an age file, and a schedule."""
    world.configure(schedule="daily")
    file = world.root / "keys.age"
    file.touch(0o600)
    file.write_bytes(sealed)
    account(world, f"credentials_file = {file}")
    return file


def test_a_file_that_a_timers_run_can_open(world: World, kept: Path) -> None:
    passphrase = kept.with_name("passphrase")
    passphrase.touch(0o600)
    passphrase.write_text("a passphrase\n")
    account(world, f"passphrase_file = {passphrase}")
    found = visit(world)
    assert found.level("keys", ACCOUNT) == found.level("sign-in", ACCOUNT) == "ok"
    assert str(kept) in found.told("keys", ACCOUNT)
    year_ago_s = time.time() - 400 * 86_400
    os.utime(kept, (year_ago_s, year_ago_s))
    old = visit(world)
    assert old.level("keys", ACCOUNT) == "warning"
    assert "400 days old" in old.told("keys", ACCOUNT)
    assert "portal.qiniu.com/user/key" in old.told("keys", ACCOUNT)


def test_a_file_that_nobody_can_open_for_a_timers_run(world: World, kept: Path) -> None:
    found = visit(world)
    assert found.level("keys", ACCOUNT) == "failed"
    assert "no passphrase" in found.told("keys", ACCOUNT)
    assert "passphrase_command" in found.told("keys", ACCOUNT)


def test_a_file_that_others_may_read(world: World, kept: Path) -> None:
    kept.chmod(0o644)
    found = visit(world)
    assert found.level("keys", ACCOUNT) == "failed"
    assert f"chmod 600 {kept}" in found.told("keys", ACCOUNT)


def test_a_command_that_prints_a_file_in_clear(world: World) -> None:
    clear = world.root / "keys"
    clear.write_text(f"{world.emulator.access_key}\n{world.emulator.secret_key}\n")
    account(world, f"credentials_command = cat {shlex.quote(str(clear))}")
    world.config.chmod(0o600)
    found = visit(world)
    assert found.level("keys", ACCOUNT) == "warning"
    assert "in clear" in found.told("keys", ACCOUNT)
    assert found.level("sign-in", ACCOUNT) == "ok"
