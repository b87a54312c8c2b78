"""No secret and no name of a key leaves by an alert, or is left behind by one; trouble with alerts harms no run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.alerts import delivery, heartbeats
from tests.e2e.kit import Result, World
from tests.receivers import CLOSE, HANG, Web, web

TOKEN = "T0KEN-of-the-channel"
UUID = "UUID-of-the-heartbeat"
VARIABLE = "T0KEN-in-a-variable"
KEY = "KEYNAME-of-an-object"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(heartbeats, "_BACKOFF_S", 0.0)
    with web() as running:
        yield running


def configure(world: World, receiver: Web, extra: str = "") -> None:
    world.configure(
        heartbeat=f"{receiver.url}/{UUID}",
        on_failure=f"sh -c 'env > {world.root}/environment; cat > {world.root}/stdin'",
        on_warnings=f"sh -c 'env > {world.root}/environment; cat > {world.root}/stdin'",
    )
    world.config.write_text(
        f"[notify:phone]\nurl = {receiver.channel(TOKEN)}\non = all\n"
        f"[notify:mail]\nurl_variable = MAIL_URL\non = all\n" + world.config.read_text() + extra
    )


def everything_written(world: World) -> dict[str, str]:
    """All files but the config and the tree: state, history, logs, the journal, what hooks were told."""
    places = [path for path in world.root.rglob("*") if path.is_file() and path != world.config]
    return {str(path): path.read_bytes().decode("utf-8", "replace") for path in places}


def check_private(world: World, receiver: Web, results: list[Result]) -> None:
    """Nothing secret anywhere; no key's name in what left the machine."""
    secrets = (TOKEN, UUID, VARIABLE, world.env["QINIU_SECRET_KEY"])
    said = {f"output {number}": result.stdout + result.stderr for number, result in enumerate(results)}
    sent = {f"message {number}": "\n".join(message) for number, message in enumerate(receiver.messages)}
    for place, text in (said | sent | everything_written(world)).items():
        for secret in secrets:
            assert secret not in text, place
    hooks = {name: (world.root / name).read_text() for name in ("environment", "stdin")}
    for place, text in (sent | hooks).items():
        assert KEY not in text, place


def all_kinds_of_trouble(world: World) -> list[Result]:
    """Runs that go well, and badly in many ways, with keys in what errors say."""
    env = world.env | {"MAIL_URL": f"json://127.0.0.1:1/{VARIABLE}"}
    results = []
    world.put_many({f"{KEY}-{number}": b"x" for number in range(30)})
    results.append(world.tell("run", env=env))
    world.put(f"{KEY}-new", b"1")
    world.emulator.faults([{"path": f"{KEY}-new", "status": 599}])
    results.append(world.tell("run", "-v", env=env))
    world.emulator.faults([{"list_duplicate": True}])
    results.append(world.tell("run", env=env))
    world.emulator.clear_faults()
    (world.folder / KEY).mkdir()
    (world.folder / KEY / "file").symlink_to("/dev/null")
    results.append(world.tell("run", "--json", env=env))
    results.append(world.tell("run", env=env | {"QINIU_SECRET_KEY": "wrong"}))
    return results


def test_no_secret_and_no_key_gets_anywhere(world: World, receiver: Web) -> None:
    configure(world, receiver)
    results = all_kinds_of_trouble(world)
    assert {result.exit for result in results} >= {0, 3, 6}
    assert sum(KEY in result.stderr for result in results) >= 3, "what was wrong with which key is told here"
    assert any("alert to mail failed: " in result.stderr for result in results)
    check_private(world, receiver, results)


@pytest.mark.parametrize("trouble", [500, CLOSE, HANG])
def test_no_receiver_changes_how_a_run_ends(
    world: World, receiver: Web, trouble: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kodokeep.oversight.teller.deliver_all", lambda made: delivery.deliver_all(made, 0.5))
    monkeypatch.setattr(heartbeats, "TIMEOUT_S", 0.1)
    configure(world, receiver)
    receiver.statuses = [trouble]
    world.put("a", b"1")
    result = world.tell("run")
    assert result.exit == 0
    assert world.tree() == {"a": b"1"}
    for name in ("alert to phone", "alert to mail", "heartbeat of photos"):
        assert f"kodokeep: {name} failed: " in result.stderr
    assert result.stdout.startswith("photos: 1 listed = 1 downloaded")
    world.root.joinpath("environment").touch()
    world.root.joinpath("stdin").touch()
    check_private(world, receiver, [result])


def test_a_channel_that_is_none_is_named_by_its_section(world: World, receiver: Web) -> None:
    configure(world, receiver, f"[notify:chat]\nurl = nosuchthing://{TOKEN}\non = all\n")
    result = world.tell("run")
    assert result.exit == 0
    assert (
        "kodokeep: alert to chat failed: [notify:chat] url: Apprise knows no service nosuchthing://\n" in result.stderr
    )
    assert TOKEN not in result.stderr


def test_json_stays_json(world: World, receiver: Web) -> None:
    configure(world, receiver)
    receiver.statuses = [500]
    assert world.run().summary["exit"] == 0


def test_the_journal_is_for_the_user_alone(world: World, receiver: Web) -> None:
    world.run()
    journal = Path(world.state_home) / "kodokeep" / "journal.db"
    assert journal.exists()
    assert journal.parent.stat().st_mode & 0o077 == 0
