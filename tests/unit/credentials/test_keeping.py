"""Keys are kept in one place, replaced in one piece, and removed from wherever they are."""

import json
import stat
import threading
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from kodokeep.credentials import Kept, credentials_for, keeping, kept_entry, remember_passphrase, remove, store
from kodokeep.credentials.kept import note_of
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials
from tests.memory_ring import MemoryRing
from tests.unit.credentials.sealed import FIRST, PASSPHRASE, SECOND

ACCOUNT = AccountOptions(passphrase_command=f"echo {PASSPHRASE}")
OLD, NEW = Credentials("old-ak", "old-sk"), Credentials("new-ak", "new-sk")
FIRST_KEYS, SECOND_KEYS = (
    Credentials(f"{name}-access-key", f"{name}-secret-key") for name in ("first", "second")
)  # fmt: skip


@pytest.fixture
def quick_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealing costs a second on purpose; here the files are sealed already."""
    sealed = {"first-access-key": FIRST, "second-access-key": SECOND}
    monkeypatch.setattr(keeping, "seal", lambda content, _passphrase: sealed[json.loads(content)["access_key"]])


def test_a_file_is_sealed_and_private_and_is_read_back(home: Path) -> None:
    account = AccountOptions("work", uc_host="uc.example.com", passphrase_command="echo a long passphrase")
    assert store(account, OLD, Kept.FILE, "a long passphrase") == ""
    file = home / "kodokeep" / "credentials" / "account-work.age"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert b"old-" not in file.read_bytes()
    entry = kept_entry(account, {}, None)
    assert entry is not None
    assert (entry.credentials, entry.uc_host) == (OLD, "uc.example.com")


def test_the_keyring_has_the_keys_and_the_disk_has_none(home: Path, memory_ring: MemoryRing) -> None:
    store(AccountOptions("work"), OLD, Kept.KEYRING)
    ((name, text),) = memory_ring.entries.items()
    assert name == ("kodokeep", "account:work")
    assert {"access_key": "old-ak", "secret_key": "old-sk"}.items() <= json.loads(text).items()
    (note,) = (path for path in home.rglob("*") if path.is_file())
    assert json.loads(note.read_bytes()) == {"stored_at": json.loads(text)["stored_at"]}
    store(AccountOptions("work"), NEW, Kept.KEYRING)
    assert credentials_for(AccountOptions("work"), {}) == NEW


def test_keys_are_in_one_place_only(kept_file: Path, memory_ring: MemoryRing, quick_seal: None) -> None:
    store(ACCOUNT, OLD, Kept.KEYRING)
    store(ACCOUNT, FIRST_KEYS, Kept.FILE, PASSPHRASE)
    remember_passphrase(ACCOUNT, PASSPHRASE)
    assert list(memory_ring.entries) == [("kodokeep", "passphrase")]
    assert not note_of(ACCOUNT).exists()
    assert credentials_for(ACCOUNT, {}) == FIRST_KEYS
    store(ACCOUNT, NEW, Kept.KEYRING)
    assert list(memory_ring.entries) == [("kodokeep", "account")]
    assert not kept_file.exists()
    assert credentials_for(ACCOUNT, {}) == NEW


def test_keys_that_stay_in_a_locked_keyring_are_told_and_not_used(
    kept_file: Path, memory_ring: MemoryRing, quick_seal: None
) -> None:
    store(ACCOUNT, OLD, Kept.KEYRING)
    memory_ring.trouble = KeyringLocked()
    assert "still in the OS keyring, where nothing reads them" in store(ACCOUNT, FIRST_KEYS, Kept.FILE, PASSPHRASE)
    memory_ring.trouble = None
    assert credentials_for(ACCOUNT, {}) == FIRST_KEYS


def test_what_cannot_be_kept_leaves_the_keys_before(
    kept_file: Path, memory_ring: MemoryRing, quick_seal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(ACCOUNT, FIRST_KEYS, Kept.FILE, PASSPHRASE)
    memory_ring.trouble = KeyringLocked()
    with pytest.raises(ConfigError, match="is locked"):
        store(ACCOUNT, NEW, Kept.KEYRING)
    with pytest.raises(ConfigError, match="the secret key cannot be a key"):
        store(ACCOUNT, Credentials("ak", "s k"), Kept.FILE, PASSPHRASE)
    with pytest.raises(ConfigError, match="a file needs a passphrase"):
        store(ACCOUNT, SECOND_KEYS, Kept.FILE, "  ")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ConfigError, match=r"account\.age: cannot be changed: No space left on device"):
        store(ACCOUNT, SECOND_KEYS, Kept.FILE, PASSPHRASE)
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(kept_file.parent.parent.parent))
    assert credentials_for(ACCOUNT, {}) == FIRST_KEYS


def test_a_file_that_the_config_names_is_not_left_for_the_keyring(
    tmp_path: Path, memory_ring: MemoryRing, quick_seal: None
) -> None:
    account = AccountOptions(
        credentials_file=str(tmp_path / "new" / "keys.age"), passphrase_command="echo " + PASSPHRASE
    )
    with pytest.raises(ConfigError, match=r"\[account\] credentials_file = .*keys.age: the config keeps the keys in"):
        store(account, OLD, Kept.KEYRING)
    store(account, FIRST_KEYS, Kept.FILE, PASSPHRASE)
    assert credentials_for(account, {}) == FIRST_KEYS
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_link_is_not_written_through(kept_file: Path, tmp_path: Path, quick_seal: None) -> None:
    kept_file.symlink_to(tmp_path / "target")
    with pytest.raises(ConfigError, match="it is a symlink"):
        store(ACCOUNT, FIRST_KEYS, Kept.FILE, PASSPHRASE)
    assert not (tmp_path / "target").exists()


def test_nothing_is_put_where_others_can_reach_it(kept_file: Path, quick_seal: None) -> None:
    kept_file.parent.chmod(0o755)
    with pytest.raises(ConfigError, match="others may enter it"):
        store(ACCOUNT, FIRST_KEYS, Kept.FILE, PASSPHRASE)
    assert list(kept_file.parent.iterdir()) == []


def test_removing_takes_everything(kept_file: Path, memory_ring: MemoryRing, quick_seal: None, home: Path) -> None:
    store(ACCOUNT, FIRST_KEYS, Kept.FILE, PASSPHRASE)
    remember_passphrase(ACCOUNT, PASSPHRASE)
    assert remove(ACCOUNT) == (Kept.FILE,)
    store(ACCOUNT, OLD, Kept.KEYRING)
    assert remove(ACCOUNT) == (Kept.KEYRING,)
    assert remove(ACCOUNT) == ()
    assert memory_ring.entries == {}
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_what_a_locked_keyring_keeps_is_not_called_removed(kept_file: Path, memory_ring: MemoryRing) -> None:
    store(ACCOUNT, OLD, Kept.KEYRING)
    memory_ring.trouble = KeyringLocked()
    with pytest.raises(ConfigError, match="is locked"):
        remove(ACCOUNT)
    memory_ring.trouble = None
    assert credentials_for(ACCOUNT, {}) == OLD


def test_whoever_reads_while_keys_change_and_move_finds_whole_ones(
    kept_file: Path, memory_ring: MemoryRing, quick_seal: None, tmp_path: Path
) -> None:
    (tmp_path / "passphrase").touch(0o600)
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    account = AccountOptions(passphrase_file=str(tmp_path / "passphrase"))
    store(account, FIRST_KEYS, Kept.FILE, PASSPHRASE)
    over = threading.Event()
    seen: set[Credentials] = set()
    errors: list[Exception] = []

    def read() -> None:
        while not over.is_set():
            try:
                seen.add(credentials_for(account, {}))
            except Exception as error:  # noqa: BLE001 - told below
                errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        store(account, SECOND_KEYS, Kept.FILE, PASSPHRASE)
        store(account, NEW, Kept.KEYRING)
        store(account, FIRST_KEYS, Kept.FILE, PASSPHRASE)
    over.set()
    reader.join()
    assert errors == []
    assert seen <= {FIRST_KEYS, SECOND_KEYS, NEW}
    assert seen
