"""Where keys come from, for people: nothing is asked, nothing is run, nothing is shown."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from kodokeep.credentials import Kept, Source, Way, describe, store
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials
from tests.memory_ring import MemoryRing
from tests.unit.credentials.sealed import FIRST

KEYS = Credentials("the-access-key", "the-secret-key")


def test_the_environment() -> None:
    origin = describe(AccountOptions(), {"QINIU_ACCESS_KEY": "the-access-key", "QINIU_SECRET_KEY": "the-secret-key"})
    assert (origin.source, origin.place, origin.problem) == (
        Source.ENVIRONMENT, "$QINIU_ACCESS_KEY and $QINIU_SECRET_KEY", "",
    )  # fmt: skip
    assert "the-" not in repr(origin)
    half = describe(AccountOptions(), {"QINIU_ACCESS_KEY": "the-access-key"})
    assert (half.source, half.problem) == (
        Source.ENVIRONMENT, "no keys for [account]: $QINIU_ACCESS_KEY is set and $QINIU_SECRET_KEY is not",
    )  # fmt: skip


def test_commands_are_named_and_not_run(tmp_path: Path) -> None:
    origin = describe(AccountOptions(credentials_command=f"touch {tmp_path}/marker"), {})
    assert (origin.source, origin.place) == (Source.COMMAND, "credentials_command (touch)")
    assert not (tmp_path / "marker").exists()
    two = describe(AccountOptions(access_key_command="a b", secret_key_command="c d"), {})
    assert two.place == "access_key_command (a) and secret_key_command (c)"


def test_a_file_with_its_age_and_the_way_of_its_passphrase(kept_file: Path) -> None:
    kept_file.touch(0o600)
    kept_file.write_bytes(FIRST)
    now = datetime.now(UTC)
    days_ago = (now - timedelta(days=400, hours=1)).timestamp()
    os.utime(kept_file, (days_ago, days_ago))
    origin = describe(AccountOptions(passphrase_file="/p"), {})
    assert (origin.source, origin.place, origin.passphrase) == (Source.FILE, str(kept_file), Way.FILE)
    assert origin.age_days(now) == 400
    assert describe(AccountOptions(), {}).passphrase is None
    kept_file.chmod(0o644)
    bad = describe(AccountOptions(), {})
    assert (bad.source, bad.hint) == (Source.FILE, f"chmod 600 {kept_file}")
    missing = describe(AccountOptions(credentials_file=f"{kept_file}.other"), {})
    assert missing.problem == f"{kept_file}.other: no such file"


def test_a_keyring_is_not_asked_if_the_note_tells(kept_file: Path, memory_ring: MemoryRing) -> None:
    store(AccountOptions(), KEYS, Kept.KEYRING)
    memory_ring.trouble = KeyringLocked()
    origin = describe(AccountOptions(), {})
    assert (origin.source, origin.place, origin.problem) == (Source.KEYRING, "the OS keyring (Memory Ring)", "")
    assert origin.age_days(datetime.now(UTC)) == 0


def test_an_entry_without_a_note_tells_its_own_age(memory_ring: MemoryRing) -> None:
    memory_ring.entries["kodokeep", "account"] = (
        '{"access_key": "the-access-key", "secret_key": "the-secret-key", "stored_at": "2026-01-01T00:00:00+00:00"}'
    )
    origin = describe(AccountOptions(), {})
    assert origin.source is Source.KEYRING
    assert origin.age_days(datetime(2026, 1, 11, tzinfo=UTC)) == 10


def test_a_keyring_that_is_not_here_any_more_is_a_problem(
    kept_file: Path, memory_ring: MemoryRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(AccountOptions(), KEYS, Kept.KEYRING)
    monkeypatch.setattr(MemoryRing, "priority", 0.1)
    origin = describe(AccountOptions(), {})
    assert origin.problem == "no keys for [account]: they are in the OS keyring, and there is none here now"


def test_nowhere(kept_file: Path) -> None:
    origin = describe(AccountOptions("work"), {})
    assert origin.source is Source.NOWHERE
    assert origin.problem.startswith("no keys for [account:work]: nothing is kept for it")
    assert origin.hint.startswith("kodokeep login work ")
    kept_file.parent.chmod(0o777)
    assert describe(AccountOptions(), {}).hint == f"chmod 700 {kept_file.parent}"


@pytest.mark.parametrize("note", [b"{", b"[]", b'{"stored_at": 7}', b"\xff", b'{"stored_at": "2026-01-01"}'])
def test_a_note_that_somebody_edited_is_no_reason_to_fail(
    kept_file: Path, memory_ring: MemoryRing, note: bytes
) -> None:
    store(AccountOptions(), KEYS, Kept.KEYRING)
    kept_file.with_suffix(".keyring").write_bytes(note)
    origin = describe(AccountOptions(), {})
    assert (origin.source, origin.problem) == (Source.KEYRING, "")
    assert origin.age_days(datetime.now(UTC)) is not None
