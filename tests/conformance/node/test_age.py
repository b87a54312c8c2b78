"""Kept keys and the npm package age-encryption, by the author of the format: each opens what the other sealed."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kodokeep.credentials import Kept, credentials_for, store
from kodokeep.credentials.kept import directory
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials
from tests.conformance.node.test_node import HERE, NODE

PASSPHRASE = "correct horse 电池"
KEYS = Credentials("the-access-key", "the-secret-key")
ENTRY = {"access_key": "the-access-key", "secret_key": "the-secret-key", "stored_at": "2026-01-02T03:04:05+00:00"}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def age(**asked: Any) -> str:
    """What the other implementation answers."""
    assert (HERE / "node_modules" / "age-encryption").is_dir(), "make installs it from package-lock.json"
    done = subprocess.run([NODE, HERE / "age.mjs"], input=json.dumps(asked), capture_output=True, text=True, check=True)
    text: str = json.loads(done.stdout)["text"]
    return text


def test_it_opens_what_login_keeps() -> None:
    store(AccountOptions("work", uc_host="uc.example.com"), KEYS, Kept.FILE, PASSPHRASE)
    kept = base64.b64encode((directory() / "account-work.age").read_bytes()).decode()
    entry = json.loads(age(open=kept, passphrase=PASSPHRASE))
    assert entry.pop("stored_at")
    assert entry == {"access_key": "the-access-key", "secret_key": "the-secret-key", "uc_host": "uc.example.com"}


@pytest.mark.parametrize("armored", [True, False])
def test_what_it_seals_are_keys_for_a_run(armored: bool, tmp_path: Path) -> None:
    sealed = age(seal=json.dumps(ENTRY), passphrase=PASSPHRASE, armored=armored, workFactor=12)
    directory().mkdir(mode=0o700, parents=True)
    for file, content in (
        (directory() / "account.age", base64.b64decode(sealed)),
        (tmp_path / "p", PASSPHRASE.encode()),
    ):
        file.touch(0o600)
        file.write_bytes(content)
    assert credentials_for(AccountOptions(passphrase_file=str(tmp_path / "p")), {}) == KEYS
