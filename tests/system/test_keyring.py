"""Keys in a real OS keyring: kept, used, rotated, locked, and removed."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.pair import KODOKEEP, Pair
from tests.system.session_bus import PASSWORD, SessionBus

pytestmark = pytest.mark.system


@pytest.fixture
def bus(pair: Pair) -> Iterator[SessionBus]:
    """The pair's user has a session, and no keys in the environment."""
    home = pair.root / "home"
    home.mkdir()
    with SessionBus(home) as bus:
        use(pair, bus.environment)
        yield bus


def use(pair: Pair, environment: dict[str, str]) -> None:
    pair.environment = {name: value for name, value in environment.items() if not name.startswith("QINIU_")}


def kodokeep(pair: Pair, *arguments: str, stdin: str = "") -> tuple[int, str]:
    """A command other than run: its exit code, and what it said."""
    done = subprocess.run(
        [KODOKEEP, "--config", pair.root / "config.ini", *arguments],
        input=stdin,
        env=pair.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert pair.emulator.secret_key not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def log_in(pair: Pair, secret_key: str = "", *arguments: str) -> None:
    keys = f"{pair.emulator.access_key}\n{secret_key or pair.emulator.secret_key}\n"
    code, said = kodokeep(pair, "login", *arguments, stdin=keys)
    assert code == 0, said
    assert "the keys are kept in the OS keyring (SecretService Keyring)" in said


def test_login_run_rotate_and_logout(pair: Pair, bus: SessionBus) -> None:
    pair.put({"a": b"a"})
    log_in(pair, "an-older-secret", "--no-check")
    assert pair.run().exit == 6
    log_in(pair)
    assert pair.run().exit == 0
    assert pair.tree() == pair.objects
    code, said = kodokeep(pair, "login", "--show")
    assert (code, said) == (0, "[account]  the OS keyring (SecretService Keyring), stored today\n")
    files = [path for path in pair.root.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" and path.parent.name == "keyrings" for path in files)
    assert [path for path in files if pair.emulator.secret_key.encode() in path.read_bytes()] == []
    code, said = kodokeep(pair, "logout")
    assert (code, said) == (0, "kodokeep: [account]: the keys are removed from the OS keyring\n")
    stopped = pair.run()
    assert stopped.exit == 2
    assert "no keys for [account]: nothing is kept for it" in stopped.stderr


def test_a_locked_keyring_stops_a_run_with_the_way_out_and_never_hangs(pair: Pair, bus: SessionBus) -> None:
    pair.put({"a": b"a"})
    log_in(pair)
    bus.lock()
    stopped = pair.run()
    assert stopped.exit == 2
    assert "no keys for [account]: the OS keyring (SecretService Keyring) is locked" in stopped.stderr
    assert "unlock it" in stopped.stderr
    assert kodokeep(pair, "logout")[0] == 2
    bus.unlock()
    assert pair.run().exit == 0


def test_cron_finds_the_bus_of_its_user_and_without_one_there_is_no_keyring(
    pair: Pair, bus: SessionBus, tmp_path: Path
) -> None:
    pair.put({"a": b"a"})
    log_in(pair)
    use(pair, bus.cron_environment)
    assert pair.run().exit == 0
    use(pair, bus.cron_environment | {"XDG_RUNTIME_DIR": str(tmp_path)})
    stopped = pair.run()
    assert stopped.exit == 2
    assert "no keys for [account]: there is no OS keyring here" in stopped.stderr
    code, said = kodokeep(pair, "login", "--show")
    assert code == 0
    assert "they are in the OS keyring, and there is none here now" in said


def test_a_file_whose_passphrase_the_keyring_remembers(pair: Pair, bus: SessionBus) -> None:
    pair.put({"a": b"a"})
    keys = f"{pair.emulator.access_key}\n{pair.emulator.secret_key}\n{PASSWORD.decode()}\n"
    code, said = kodokeep(pair, "login", "--store", "file", "--remember-passphrase", stdin=keys)
    assert code == 0, said
    assert "a run without a terminal gets the passphrase from the OS keyring" in said
    assert pair.run().exit == 0
    bus.lock()
    stopped = pair.run()
    assert stopped.exit == 2
    assert "(the OS keyring (SecretService Keyring) is locked)" in stopped.stderr
