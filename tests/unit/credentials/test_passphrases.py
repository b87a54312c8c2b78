"""The ways of a passphrase, in their order; and how a person is asked."""

import shlex
import sys
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from kodokeep.credentials.passphrases import Asker, Passphrase, Way, no_passphrase, passphrase_set_up, way_set_up
from kodokeep.credentials.ring import KeyringTrouble
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions
from tests.memory_ring import MemoryRing

WORK = "work"


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.touch(0o600)
    file.write_text("from a file\n")
    return file


@pytest.fixture
def systemd(tmp_path: Path) -> dict[str, str]:
    """The environment of a unit with `LoadCredential=kodokeep-passphrase:…`."""
    directory = tmp_path / "systemd"
    directory.mkdir()
    (directory / "kodokeep-passphrase").write_text("from systemd")
    (directory / "kodokeep-passphrase").chmod(0o440)
    return {"CREDENTIALS_DIRECTORY": str(directory)}


def command(text: str) -> str:
    return shlex.join([sys.executable, "-c", f"print({text!r})"])


def complaint(account: AccountOptions, env: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        passphrase_set_up(account, env or {})
    return caught.value.message


def test_the_first_way_that_is_set_up_is_used(
    passphrase_file: Path, systemd: dict[str, str], memory_ring: MemoryRing
) -> None:
    memory_ring.set_password("kodokeep", "passphrase", "from the keyring")
    every = AccountOptions(passphrase_command=command("from a command"), passphrase_file=str(passphrase_file))
    file_only = AccountOptions(passphrase_file=str(passphrase_file))
    assert passphrase_set_up(every, systemd) == Passphrase("from a command", Way.COMMAND)
    assert passphrase_set_up(file_only, systemd) == Passphrase("from a file", Way.FILE)
    assert passphrase_set_up(AccountOptions(), systemd) == Passphrase("from systemd", Way.SYSTEMD)
    assert passphrase_set_up(AccountOptions(), {}) == Passphrase("from the keyring", Way.KEYRING)
    memory_ring.entries.clear()
    assert passphrase_set_up(AccountOptions(), {}) is None


def test_an_account_has_its_own_credential_and_entry_or_shares_the_credential(
    systemd: dict[str, str], memory_ring: MemoryRing
) -> None:
    work = AccountOptions(WORK)
    assert passphrase_set_up(work, systemd) == Passphrase("from systemd", Way.SYSTEMD)
    Path(systemd["CREDENTIALS_DIRECTORY"], "kodokeep-passphrase-work").write_text("its own\n")
    assert passphrase_set_up(work, systemd) == Passphrase("its own", Way.SYSTEMD)
    memory_ring.set_password("kodokeep", "passphrase", "of the other")
    assert passphrase_set_up(work, {}) is None
    memory_ring.set_password("kodokeep", "passphrase:work", "of work")
    assert passphrase_set_up(work, {}) == Passphrase("of work", Way.KEYRING)


def test_a_way_that_is_broken_is_an_error_and_not_skipped(
    passphrase_file: Path, systemd: dict[str, str], memory_ring: MemoryRing, tmp_path: Path
) -> None:
    memory_ring.set_password("kodokeep", "passphrase", "from the keyring")
    missing = AccountOptions(passphrase_file=str(tmp_path / "missing"))
    assert complaint(missing, systemd) == f"[account] passphrase_file = {tmp_path}/missing: no such file"
    passphrase_file.chmod(0o644)
    assert "others may read or write it" in complaint(AccountOptions(passphrase_file=str(passphrase_file)), systemd)
    failing = AccountOptions(passphrase_command="false", passphrase_file=str(passphrase_file))
    assert complaint(failing, systemd) == "[account] passphrase_command (false) ended with exit code 1"
    (memory_ring.entries, memory_ring.trouble) = ({}, KeyringLocked())
    with pytest.raises(KeyringTrouble, match="is locked"):
        way_set_up(AccountOptions(), {})


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"   \n", b"\xff\xfe"])
def test_a_file_holds_one_line(passphrase_file: Path, content: bytes) -> None:
    passphrase_file.write_bytes(content)
    told = complaint(AccountOptions(passphrase_file=str(passphrase_file)))
    assert told.startswith(f"[account] passphrase_file = {passphrase_file}: expected ")


def test_letters_and_blanks_of_a_line_are_kept(passphrase_file: Path) -> None:
    passphrase_file.write_bytes(" Ünsere\u2028Passphrase \r\n".encode())
    account = AccountOptions(passphrase_file=str(passphrase_file))
    assert passphrase_set_up(account, {}) == Passphrase(" Ünsere\u2028Passphrase ", Way.FILE)


def test_a_passphrase_file_may_be_a_link_as_kubernetes_makes_them(passphrase_file: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(passphrase_file)
    assert passphrase_set_up(AccountOptions(passphrase_file=str(tmp_path / "link")), {}) is not None


def test_a_person_is_asked_until_it_is_right_and_then_never_again() -> None:
    asked: list[str] = []

    def prompt(question: str) -> str:
        asked.append(question)
        return f"answer {len(asked)}"

    answers: dict[str, str] = {}
    tries = Asker(prompt, answers).passphrases("Passphrase")
    assert [next(tries), next(tries)] == ["answer 1", "answer 2"]
    assert asked == ["Passphrase", "Wrong. Passphrase"]
    assert list(Asker(prompt, answers).passphrases("Passphrase")) == ["answer 2"]
    assert list(Asker(prompt, answers).passphrases("Another")) == ["answer 3", "answer 4", "answer 5"]
    assert list(Asker(prompt, answers).passphrases("Another")) == ["answer 5"], "who does not know it is not asked on"


def test_the_error_for_runs_that_nobody_watches_names_every_way() -> None:
    error = no_passphrase(AccountOptions(WORK), Path("/keys.age"), "the OS keyring is locked")
    assert "/keys.age of [account:work]" in error.message
    assert "(the OS keyring is locked)" in error.message
    for way in ("passphrase_command", "passphrase_file", "LoadCredential=kodokeep-passphrase-work:FILE", "keyring"):
        assert way in error.hint
    assert "kodokeep login work --store file --remember-passphrase" in error.hint
