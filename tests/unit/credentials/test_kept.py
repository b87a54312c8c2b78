"""What is kept is found, read, and refused if others could have put it there."""

import json
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from kodokeep.credentials import Asker, Kept, accounts_kept, credentials_for, kept_entry, usual_place
from kodokeep.credentials.kept import note_of, place_of
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials
from tests.memory_ring import MemoryRing
from tests.unit.credentials.sealed import FIRST, NO_ENTRY, PASSPHRASE, SECOND, binary

ACCOUNT = AccountOptions(passphrase_command=f"echo {PASSPHRASE}")
FIRST_KEYS = Credentials("first-access-key", "first-secret-key")
SECOND_KEYS = Credentials("second-access-key", "second-secret-key")
TEXT = json.dumps({"access_key": "ring-ak", "secret_key": "ring-sk", "stored_at": "2026-03-04T05:06:07+08:00"})


def put(file: Path, content: bytes) -> None:
    file.touch(0o600)
    file.write_bytes(content)


def error_of(account: AccountOptions, asker: Asker | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        credentials_for(account, {}, asker)
    assert "first-secret-key" not in caught.value.message + caught.value.hint
    assert PASSPHRASE not in caught.value.message + caught.value.hint
    return caught.value


@pytest.mark.parametrize("content", [FIRST, binary(FIRST)])
def test_an_age_file_of_another_program_is_read(kept_file: Path, content: bytes) -> None:
    put(kept_file, content)
    entry = kept_entry(ACCOUNT, {}, None)
    assert entry is not None
    assert (entry.credentials, entry.uc_host) == (FIRST_KEYS, "http://127.0.0.1:9")
    assert entry.stored_at.isoformat().startswith("2026-01-02")


def test_keys_are_read_anew_each_time(kept_file: Path) -> None:
    put(kept_file, FIRST)
    assert credentials_for(ACCOUNT, {}) == FIRST_KEYS
    put(kept_file, SECOND)
    assert credentials_for(ACCOUNT, {}) == SECOND_KEYS


def test_each_account_has_a_file_or_the_one_that_the_config_names(kept_file: Path, tmp_path: Path) -> None:
    put(kept_file.with_name("account-work.age"), FIRST)
    put(tmp_path / "elsewhere.age", SECOND)
    command = ACCOUNT.passphrase_command
    assert credentials_for(AccountOptions("work", passphrase_command=command), {}) == FIRST_KEYS
    named = AccountOptions("x", passphrase_command=command, credentials_file=str(tmp_path / "elsewhere.age"))
    assert credentials_for(named, {}) == SECOND_KEYS
    assert accounts_kept() == ["work"]


def test_the_order_is_environment_command_and_what_is_kept(kept_file: Path, memory_ring: MemoryRing) -> None:
    put(kept_file, FIRST)
    env = {"QINIU_ACCESS_KEY": "env-ak", "QINIU_SECRET_KEY": "env-sk"}
    account = AccountOptions(
        access_key_command="echo command-ak", secret_key_command="echo command-sk", passphrase_command="false"
    )
    assert credentials_for(account, env) == Credentials("env-ak", "env-sk")
    assert credentials_for(account, {}) == Credentials("command-ak", "command-sk")
    assert credentials_for(ACCOUNT, {}) == FIRST_KEYS


def test_a_broken_source_is_never_a_reason_to_use_other_keys(kept_file: Path, memory_ring: MemoryRing) -> None:
    put(kept_file, FIRST)
    both = AccountOptions(credentials_command="false", passphrase_command=ACCOUNT.passphrase_command)
    assert "credentials_command (false) ended with exit code 1" in error_of(both).message
    put(note_of(ACCOUNT), b'{"stored_at": "2026-03-04T05:06:07+08:00"}')
    gone = error_of(ACCOUNT)
    assert gone.message == "no keys for [account]: they should be in the OS keyring, and are not there"
    assert gone.hint == "kodokeep login"
    memory_ring.trouble = KeyringLocked()
    assert error_of(ACCOUNT).message == "no keys for [account]: the OS keyring (Memory Ring) is locked"
    memory_ring.trouble = None
    memory_ring.entries["kodokeep", "account"] = TEXT
    assert credentials_for(ACCOUNT, {}) == Credentials("ring-ak", "ring-sk")


def test_a_keyring_entry_without_a_note_counts_if_there_is_no_file(kept_file: Path, memory_ring: MemoryRing) -> None:
    memory_ring.entries["kodokeep", "account"] = TEXT
    assert place_of(ACCOUNT).kept is Kept.KEYRING
    assert credentials_for(ACCOUNT, {}) == Credentials("ring-ak", "ring-sk")
    put(kept_file, FIRST)
    assert credentials_for(ACCOUNT, {}) == FIRST_KEYS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("plain", "holds no entry of kodokeep"),
        ("[]", "holds no entry of kodokeep"),
        ('{"access_key": "a"}', "expected JSON with access_key and secret_key"),
        ('{"access_key": "a", "secret_key": "s3cr3t"}', "stored_at is no time"),
        ('{"access_key": "a", "secret_key": "s3 cr3t", "stored_at": "2026-01-01"}', "the secret key cannot be a key"),
    ],
)
def test_an_entry_that_is_none_is_told(memory_ring: MemoryRing, text: str, why: str) -> None:
    memory_ring.entries["kodokeep", "account"] = text
    error = error_of(ACCOUNT)
    assert "the OS keyring's entry 'account' of the service 'kodokeep'" in error.message
    assert why in error.message
    assert "cr3t" not in error.message


def test_no_keys_at_all_names_login_first(memory_ring: MemoryRing) -> None:
    error = error_of(AccountOptions("work"))
    assert error.message == (
        "no keys for [account:work]: nothing is kept for it, and $QINIU_ACCESS_KEY_WORK and $QINIU_SECRET_KEY_WORK"
        " are not set"
    )
    assert error.hint.startswith("kodokeep login work ")
    memory_ring.trouble = KeyringLocked()
    assert error_of(ACCOUNT).message.endswith("are not set (the OS keyring (Memory Ring) is locked)")


def test_a_file_that_the_config_names_must_be_there(tmp_path: Path) -> None:
    error = error_of(AccountOptions(credentials_file=str(tmp_path / "no" / "keys.age")))
    assert error.message == f"no keys for [account]: they should be in {tmp_path}/no/keys.age, and are not there"


@pytest.mark.parametrize(
    ("mode", "directory_mode", "mend"),
    [
        (0o640, 0o700, "chmod 600 {file}"),
        (0o600, 0o750, "chmod 700 {directory}"),
        (0o600, 0o770, "chmod 700 {directory}"),
    ],
)
def test_what_others_can_reach_is_refused(kept_file: Path, mode: int, directory_mode: int, mend: str) -> None:
    put(kept_file, FIRST)
    kept_file.chmod(mode)
    kept_file.parent.chmod(directory_mode)
    assert error_of(ACCOUNT).hint == mend.format(file=kept_file, directory=kept_file.parent)


def test_links_are_refused(kept_file: Path, tmp_path: Path) -> None:
    put(tmp_path / "target.age", FIRST)
    kept_file.symlink_to(tmp_path / "target.age")
    assert error_of(ACCOUNT).message == f"{kept_file}: refused, because it is a symlink"
    kept_file.unlink()
    real = kept_file.parent.rename(tmp_path / "real")
    kept_file.parent.symlink_to(real)
    assert error_of(ACCOUNT).message == f"{kept_file.parent}: refused, because it is a symlink"


def test_what_is_above_the_directory_may_be_a_link(kept_file: Path, home: Path, tmp_path: Path) -> None:
    put(kept_file, FIRST)
    (home / "kodokeep").symlink_to((home / "kodokeep").rename(tmp_path / "dotfiles"))
    assert credentials_for(ACCOUNT, {}) == FIRST_KEYS


def test_a_file_elsewhere_may_be_in_a_directory_that_others_read_and_not_write(tmp_path: Path) -> None:
    place = tmp_path / "etc"
    place.mkdir()
    put(place / "keys.age", FIRST)
    account = AccountOptions(credentials_file=str(place / "keys.age"), passphrase_command=ACCOUNT.passphrase_command)
    place.chmod(0o755)
    assert credentials_for(account, {}) == FIRST_KEYS
    place.chmod(0o775)
    assert error_of(account).hint == f"chmod go-w {place}"


def test_an_unreadable_note_is_told(kept_file: Path, memory_ring: MemoryRing) -> None:
    memory_ring.entries["kodokeep", "account"] = TEXT
    put(note_of(ACCOUNT), b"{")
    assert credentials_for(ACCOUNT, {}) == Credentials("ring-ak", "ring-sk"), "that it is there is what counts"


def test_a_wrong_passphrase_says_where_it_came_from(kept_file: Path) -> None:
    put(kept_file, FIRST)
    error = error_of(AccountOptions(passphrase_command="echo battery staple"))
    assert error.message == f"{kept_file} of [account]: the passphrase from passphrase_command is wrong"
    assert error.hint == "if it is lost: kodokeep login  keeps the keys anew"


def test_a_person_has_three_tries_once(kept_file: Path) -> None:
    put(kept_file, FIRST)
    answers = iter(["wrong", PASSPHRASE])
    asker = Asker(lambda _question: next(answers))
    assert credentials_for(AccountOptions(), {}, asker) == FIRST_KEYS
    assert credentials_for(AccountOptions(), {}, asker) == FIRST_KEYS, "nobody is asked twice"
    wrong = Asker(lambda _question: "wrong")
    for _ in range(2):
        assert "the passphrase from the terminal is wrong" in error_of(AccountOptions(), wrong).message


def test_without_a_terminal_every_way_is_named(kept_file: Path, memory_ring: MemoryRing) -> None:
    put(kept_file, FIRST)
    memory_ring.trouble = KeyringLocked()
    error = error_of(AccountOptions())
    assert error.message.startswith(f"no passphrase for {kept_file} of [account]: there is no terminal to ask at")
    assert error.message.endswith("(the OS keyring (Memory Ring) is locked)")
    assert "passphrase_file" in error.hint
    assert credentials_for(AccountOptions(), {}, Asker(lambda _question: PASSPHRASE)) == FIRST_KEYS


def test_a_file_with_something_else_in_it_is_told(kept_file: Path) -> None:
    put(kept_file, NO_ENTRY)
    assert error_of(ACCOUNT).message == f"{kept_file}: expected JSON with access_key and secret_key, both texts"


def test_the_usual_place_is_where_the_keys_are_then_the_keyring_then_a_file(
    kept_file: Path, memory_ring: MemoryRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert usual_place(ACCOUNT) is Kept.KEYRING
    put(kept_file, FIRST)
    assert usual_place(ACCOUNT) is Kept.FILE
    kept_file.unlink()
    monkeypatch.undo()
    assert usual_place(AccountOptions(credentials_file="/x")) is Kept.FILE


def test_only_names_of_accounts_are_accounts(kept_file: Path) -> None:
    for name in (
        "account.age",
        "account-work.age",
        "account-work.keyring",
        "account-b.keyring",
        "accounts.age",
        "x.age",
    ):
        put(kept_file.with_name(name), b"")
    assert accounts_kept() == ["", "b", "work"]
