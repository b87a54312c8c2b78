"""`login` and `logout` as a person meets them: what is asked, what is said, and what never is."""

import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from keyring.errors import KeyringLocked

from kodokeep.cli import main
from kodokeep.cli.session import Session
from kodokeep.credentials import keeping
from kodokeep.credentials.kept import directory
from kodokeep.errors import SignInRefused, Unreachable
from kodokeep.model.options import Credentials
from tests.memory_ring import MemoryRing, memory_ring
from tests.unit.cli.conftest import Ended
from tests.unit.cli.fake_engine import FakeEngine
from tests.unit.credentials.sealed import FIRST

__all__ = ["memory_ring"]

ACCESS, SECRET, PASSPHRASE = "typed-access-key", "typed-secret-key", "a long passphrase"
TWO_LINES = f"{ACCESS}\n{SECRET}\n"
Told = Callable[..., Ended]


class Person:
    """Types these answers; remembers what was asked."""

    def __init__(self, *answers: str) -> None:
        self.asked: list[str] = []
        self._answers = iter(answers)

    def __call__(self, question: str) -> str:
        self.asked.append(question)
        return next(self._answers)


@pytest.fixture(autouse=True)
def sealed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[dict[str, Any], str]]:
    """What was sealed, with which passphrase; the file itself is another one. Nothing is kept at the beginning."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    made: list[tuple[dict[str, Any], str]] = []

    def seal(content: bytes, passphrase: str) -> bytes:
        made.append((json.loads(content), passphrase))
        return FIRST

    monkeypatch.setattr(keeping, "seal", seal)
    return made


@pytest.fixture
def told(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Told:
    """Runs a command line; nobody is at the terminal but a `person` who is given."""

    def tell(
        *argv: str,
        stdin: str = "",
        person: Person | None = None,
        config: str | None = None,
        env: Mapping[str, str] | None = None,
        engine: FakeEngine | None = None,
    ) -> Ended:
        arguments: Sequence[str] = argv
        if config is not None:
            (tmp_path / "config.ini").write_text(config)
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        fake = engine or FakeEngine()
        session = Session(engine=lambda: fake, env={**os.environ, **(env or {})}, prompt=lambda: person)
        code = main([*arguments], session)
        captured = capfdbinary.readouterr()
        ended = Ended(code, captured.out.decode(), captured.err.decode())
        for secret in (SECRET, ACCESS, PASSPHRASE):
            assert secret not in ended.out + ended.err
        return ended

    return tell


def files() -> list[str]:
    return sorted(path.name for path in directory().glob("*")) if directory().exists() else []


def test_at_a_terminal_the_keys_are_asked_for_and_kept_in_the_keyring(told: Told, memory_ring: MemoryRing) -> None:
    person, engine = Person(f" {ACCESS} ", SECRET), FakeEngine()
    ended = told("login", person=person, engine=engine)
    assert (ended.code, ended.out) == (0, "")
    assert person.asked == ["Access key", "Secret key"]
    assert [asked[:2] for asked in engine.asked] == [("check", Credentials(ACCESS, SECRET))]
    assert ended.err.splitlines() == [
        "kodokeep: the keys of [account]; portal.qiniu.com/user/key has them. They are not shown.",
        "kodokeep: [account]: Kodo accepts the keys",
        "kodokeep: [account]: the keys are kept in the OS keyring (Memory Ring)",
        "kodokeep: a run reads them there as long as the keyring is unlocked, which it is while you are logged in",
    ]
    assert json.loads(memory_ring.entries["kodokeep", "account"])["secret_key"] == SECRET


def test_without_a_keyring_there_is_a_file_with_a_passphrase_typed_twice(told: Told, sealed: list[Any]) -> None:
    person = Person(ACCESS, SECRET, PASSPHRASE, PASSPHRASE)
    ended = told("login", "work", person=person)
    assert ended.code == 0
    assert person.asked[2:] == ["Passphrase for the file (at least 8 characters)", "The same again"]
    ((entry, passphrase),) = sealed
    assert (entry["secret_key"], passphrase, files()) == (SECRET, PASSPHRASE, ["account-work.age"])
    assert f"[account:work]: the keys are kept in {directory()}/account-work.age" in ended.err
    for way in ("passphrase_command", "passphrase_file", "kodokeep-passphrase-work:FILE", "--remember-passphrase"):
        assert way in ended.err


@pytest.mark.parametrize(
    ("answers", "told_why"),
    [
        ((PASSPHRASE, "another"), "the two passphrases differ; nothing was kept"),
        (("short",), "expected a passphrase of at least 8 characters"),
    ],
)
def test_a_passphrase_that_will_not_do_keeps_nothing(told: Told, answers: tuple[str, ...], told_why: str) -> None:
    ended = told("login", person=Person(ACCESS, SECRET, *answers))
    assert (ended.code, files()) == (2, [])
    assert told_why in ended.err


def test_on_stdin_there_are_two_lines_or_three(told: Told, memory_ring: MemoryRing, sealed: list[Any]) -> None:
    assert told("login", stdin=TWO_LINES).code == 0
    assert json.loads(memory_ring.entries["kodokeep", "account"])["access_key"] == ACCESS
    assert told("login", "--store", "file", stdin=f"{TWO_LINES}{PASSPHRASE}\r\n").code == 0
    assert sealed[0][1] == PASSPHRASE
    assert (memory_ring.entries, files()) == ({}, ["account.age"]), "they moved"


@pytest.mark.parametrize(
    ("stdin", "found"), [("", "nothing"), (f"{SECRET}\n", "1 line"), (f"{SECRET}\n" * 4, "4 lines")]
)
def test_anything_else_on_stdin_is_told(told: Told, stdin: str, found: str) -> None:
    ended = told("login", stdin=stdin)
    assert ended.code == 2
    assert f"stdin: expected two lines, the access key and the secret key, found {found}" in ended.err


def test_a_file_without_any_passphrase_is_refused_before_kodo_is_asked(told: Told) -> None:
    engine = FakeEngine()
    ended = told("login", stdin=TWO_LINES, engine=engine)
    assert (ended.code, engine.asked, files()) == (2, [], [])
    assert "[account]: a file needs a passphrase, and none is given" in ended.err
    assert "the third line on stdin, or one of:" in ended.err


def test_the_passphrase_that_runs_get_is_the_one_to_seal_with(told: Told, sealed: list[Any], tmp_path: Path) -> None:
    (tmp_path / "p").touch(0o600)
    (tmp_path / "p").write_text(PASSPHRASE)
    config = f"[account]\npassphrase_file = {tmp_path}/p\n[bucket:b]\nfolder = /f\n"
    ended = told("login", stdin=TWO_LINES, config=config)
    assert ended.code == 0
    assert sealed[0][1] == PASSPHRASE
    assert "a run without a terminal gets the passphrase from passphrase_file" in ended.err
    ended = told("login", stdin=f"{TWO_LINES}something else\n", config=config)
    assert (ended.code, len(sealed)) == (2, 1)
    assert "line 3 is not the one that runs of [account] get (passphrase_file)" in ended.err
    assert "something else" not in ended.err


def test_a_passphrase_can_be_remembered_and_changed(told: Told, memory_ring: MemoryRing, sealed: list[Any]) -> None:
    remember = ("login", "--store", "file", "--remember-passphrase")
    assert "gets the passphrase from the OS keyring" in told(*remember, stdin=f"{TWO_LINES}{PASSPHRASE}\n").err
    assert memory_ring.entries == {("kodokeep", "passphrase"): PASSPHRASE}
    assert told("login", stdin=TWO_LINES).code == 0
    assert sealed[1][1] == PASSPHRASE, "the remembered one"
    assert told(*remember, stdin=f"{TWO_LINES}a new passphrase\n").code == 0
    assert (sealed[2][1], memory_ring.entries["kodokeep", "passphrase"]) == ("a new passphrase",) * 2


def test_wrong_keys_are_not_kept(told: Told, memory_ring: MemoryRing) -> None:
    refused = FakeEngine(errors={"check": SignInRefused("uc answered 401", hint="check the account's keys")})
    ended = told("login", stdin=TWO_LINES, engine=refused)
    assert (ended.code, memory_ring.entries, files()) == (6, {}, [])
    assert "[account]: uc answered 401; nothing was kept" in ended.err
    offline = FakeEngine(errors={"check": Unreachable("no answer from uc")})
    assert "--no-check keeps the keys without asking Kodo" in told("login", stdin=TWO_LINES, engine=offline).err
    assert told("login", "--no-check", stdin=TWO_LINES, engine=offline).code == 0
    assert memory_ring.entries


def test_the_check_uses_what_the_config_says_of_the_account(told: Told, memory_ring: MemoryRing) -> None:
    config = (
        "[account:work]\nuc_host = uc.example.com\n[bucket:a]\nfolder = /a\n"
        "[bucket:b]\nfolder = /b\naccount = work\nproxy = http://127.0.0.1:8080\n"
    )
    engine = FakeEngine()
    assert told("login", "work", stdin=TWO_LINES, config=config, engine=engine).code == 0
    assert (engine.asked[0][2].uc_host, engine.asked[0][2].proxy) == ("uc.example.com", "http://127.0.0.1:8080")
    assert told("login", "new", "--uc-host", "http://127.0.0.1:9", stdin=TWO_LINES, engine=engine).code == 0
    assert (engine.asked[1][2].uc_host, engine.asked[1][2].https) == ("http://127.0.0.1:9", False)
    assert json.loads(memory_ring.entries["kodokeep", "account:new"])["uc_host"] == "http://127.0.0.1:9"


def test_an_account_that_no_pair_uses_is_pointed_out(told: Told, memory_ring: MemoryRing) -> None:
    config = "[account:work]\n[bucket:b]\nfolder = /b\naccount = work\n"
    assert "note: no pair of config.ini uses [account]; they use [account:work]" in told(
        "login", stdin=TWO_LINES, config=config
    ).err  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((ACCESS, SECRET), "expected at most one ACCOUNT; keys are typed at the terminal or come on stdin"),
        (("a b",), "ACCOUNT: expected the NAME of an [account:NAME] section"),
        (("--uc-host", "a/b"), '--uc-host "a/b": expected a host such as'),
        (("--store", "paper"), "'paper' is not one of 'keyring', 'file'"),
        (("--store", "keyring", "--remember-passphrase"), "--remember-passphrase is for --store file"),
    ],
)
def test_a_wrong_command_line_is_told(told: Told, arguments: tuple[str, ...], why: str) -> None:
    ended = told("login", *arguments, stdin=TWO_LINES)
    assert ended.code == 2
    assert why in ended.err


def test_a_keyring_that_is_wished_for_and_not_there_is_told(told: Told) -> None:
    ended = told("login", "--store", "keyring", stdin=TWO_LINES)
    assert ended.code == 2
    assert "there is no OS keyring here" in ended.err
    assert "kodokeep login --store file" in ended.err


def test_what_comes_first_is_said_when_it_is_not_what_was_kept(told: Told, memory_ring: MemoryRing) -> None:
    env = {"QINIU_ACCESS_KEY": "other", "QINIU_SECRET_KEY": "other"}
    ended = told("login", stdin=TWO_LINES, env=env)
    assert "kept, but $QINIU_ACCESS_KEY and $QINIU_SECRET_KEY of the environment come first" in ended.err
    config = "[account]\ncredentials_command = pass show qiniu\n[bucket:b]\nfolder = /b\n"
    assert "kept, but credentials_command (pass) of the config come first" in told(
        "login", stdin=TWO_LINES, config=config
    ).err  # fmt: skip


def test_a_broken_config_is_told_and_none_is_fine(told: Told, memory_ring: MemoryRing) -> None:
    assert told("login", stdin=TWO_LINES).code == 0
    ended = told("login", stdin=TWO_LINES, config="[bucket:b]\nfoldr = /b\n")
    assert ended.code == 2
    assert "unknown option" in ended.err
    assert "no such file (named by --config)" in told("--config", "nowhere.ini", "login", stdin=TWO_LINES).err


def test_the_list_of_accounts(told: Told, memory_ring: MemoryRing) -> None:
    told("login", "work", stdin=TWO_LINES)
    told("login", "old", "--store", "file", stdin=f"{TWO_LINES}{PASSPHRASE}\n")
    os.utime(directory() / "account-old.age", (1_700_000_000, 1_700_000_000))
    ended = told(
        "login", "--show", env={"QINIU_ACCESS_KEY": "a", "QINIU_SECRET_KEY": "s"}, config="[bucket:b]\nfolder = /b\n"
    )
    lines = ended.out.splitlines()
    assert lines[0] == "[account]  $QINIU_ACCESS_KEY and $QINIU_SECRET_KEY"
    assert lines[1].startswith(f"[account:old]  {directory()}/account-old.age, stored ")
    assert lines[1].endswith(" days ago, passphrase from the terminal only")
    assert lines[2] == "[account:work]  the OS keyring (Memory Ring), stored today"
    as_json = told("login", "--show", "--json").json
    assert [(line["account"], line["source"]) for line in as_json] == [
        ("", "nowhere"), ("old", "file"), ("work", "keyring"),
    ]  # fmt: skip
    assert as_json[1]["age_days"] > 700


def test_the_list_tells_what_is_wrong(told: Told) -> None:
    lines = told("login", "--show").out.splitlines()
    assert lines[0] == "[account]  no keys"
    assert lines[1].startswith("    ! no keys for [account]: nothing is kept for it")
    assert lines[2].startswith("      kodokeep login")
    directory().mkdir(parents=True, mode=0o755)
    ended = told("login", "--show")
    assert (ended.code, ended.err.splitlines()[1].strip()) == (2, f"chmod 700 {directory()}")


def test_logout_removes_and_says_what_it_cannot_remove(told: Told, memory_ring: MemoryRing) -> None:
    told("login", stdin=TWO_LINES)
    told("login", "work", "--store", "file", stdin=f"{TWO_LINES}{PASSPHRASE}\n")
    ended = told("logout", env={"QINIU_ACCESS_KEY": "a", "QINIU_SECRET_KEY": "s"})
    assert ended.err.splitlines() == [
        "kodokeep: [account]: the keys are removed from the OS keyring",
        "kodokeep: [account]: $QINIU_ACCESS_KEY and $QINIU_SECRET_KEY still bring keys; only you can remove these",
    ]
    assert (memory_ring.entries, files()) == ({}, ["account-work.age"])
    assert "[account]: no keys are kept" in told("logout").err
    assert told("logout", "work").err == "kodokeep: [account:work]: the keys are removed from the file\n"
    assert files() == []


def test_logout_of_all(told: Told, memory_ring: MemoryRing) -> None:
    for name in ("a", "b"):
        told("login", name, stdin=TWO_LINES)
    assert told("logout", "--all").code == 0
    assert (memory_ring.entries, files()) == ({}, [])
    assert told("logout", "a", "--all").code == 2


def test_logout_with_a_locked_keyring_is_an_error_and_keeps_the_note(told: Told, memory_ring: MemoryRing) -> None:
    told("login", stdin=TWO_LINES)
    memory_ring.trouble = KeyringLocked()
    ended = told("logout")
    assert ended.code == 2
    assert "the OS keyring (Memory Ring) is locked" in ended.err
    assert files() == ["account.keyring"]


def test_a_person_is_asked_for_the_passphrase_once_for_all_pairs(told: Told) -> None:
    told("login", stdin=f"{TWO_LINES}{PASSPHRASE}\n")
    person, engine = Person("battery staple", "correct horse"), FakeEngine()
    config = "[bucket:a]\nfolder = /a\n[bucket:b]\nfolder = /b\n"
    assert told("run", config=config, person=person, engine=engine).code == 0
    question = f"Passphrase of [account], for {directory()}/account.age"
    assert person.asked == [question, f"Wrong. {question}"]
    assert [asked[:3] for asked in engine.asked] == [("run", name, "first-access-key") for name in ("a", "b")]
