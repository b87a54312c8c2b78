"""Keys that `login` kept, against a server that knows the good ones: checked, used, rotated while runs go on."""

import io
from collections.abc import Callable

import pytest

from kodokeep.credentials.kept import directory
from tests.e2e.fixtures import Meanwhile
from tests.e2e.kit import Result, World
from tests.memory_ring import MemoryRing, memory_ring

__all__ = ["memory_ring"]

PASSPHRASE = "correct horse battery"


@pytest.fixture
def login(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command with lines on stdin. The environment has no keys; the passphrase is in a file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(world.root / "home"))
    passphrase = world.root / "passphrase"
    passphrase.touch(0o600)
    passphrase.write_text(PASSPHRASE)
    world.config.write_text(
        world.config.read_text().replace("[account]\n", f"[account]\npassphrase_file = {passphrase}\n")
    )
    world.env = {"NOTHING": "set"}

    def tell(*arguments: str, keys: tuple[str, str] | None = None) -> Result:
        emulator = world.emulator
        lines = keys or (emulator.access_key, emulator.secret_key)
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return world.tell("login", *arguments)

    return tell


def test_login_run_and_logout(world: World, login: Callable[..., Result]) -> None:
    world.put("a", b"a")
    assert "nothing is kept for it" in world.run().summary["error"]
    kept = login()
    assert kept.exit == 0, kept.stderr
    assert [request["target"] for request in kept.requests] == ["/buckets"]
    assert world.run().counts() == {"downloaded": 1}
    world.check_settled()
    assert "gets the passphrase from passphrase_file" in kept.stderr
    assert world.tell("logout").exit == 0
    assert world.run().exit == 2


def test_keys_that_kodo_refuses_leave_the_good_ones(
    world: World, login: Callable[..., Result], memory_ring: MemoryRing
) -> None:
    world.put("a", b"a")
    assert login().exit == 0
    refused = login(keys=(world.emulator.access_key, "wrong-secret"))
    assert refused.exit == 6
    assert "[account]: the access key or secret key is refused" in refused.stderr
    assert "nothing was kept" in refused.stderr
    unknown = login(keys=("wrong-access", world.emulator.secret_key))
    assert unknown.exit == 6
    assert world.run().counts() == {"downloaded": 1}


def test_a_clock_that_is_off_and_a_host_that_is_not_there_are_told(world: World, login: Callable[..., Result]) -> None:
    world.emulator.clock(3600)
    skewed = login()
    assert skewed.exit == 6
    assert "clock is off by more than 15 minutes" in skewed.stderr
    world.emulator.clock(0)
    offline = login("--uc-host", "http://127.0.0.1:1")
    assert offline.exit == 6
    assert "no answer from 127.0.0.1:1" in offline.stderr
    assert not directory().exists()


def test_keys_are_rotated_while_a_run_goes_on(
    world: World, login: Callable[..., Result], meanwhile: Meanwhile, memory_ring: MemoryRing
) -> None:
    """A run that has begun goes on with the keys that it began with; the next one reads the new ones."""
    world.put("a", b"a")
    assert login().exit == 0
    meanwhile("download", lambda: login("--no-check", keys=("new-access", "new-secret")))
    assert world.run().counts() == {"downloaded": 1}
    refused = world.run()
    assert refused.exit == 6
    assert "the access key or secret key is refused" in refused.summary["error"]
    assert login().exit == 0
    assert world.run().counts() == {"unchanged": 1}
    world.check_settled()
