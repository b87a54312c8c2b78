"""A whole life with everything that can go wrong, and then every byte of it searched for what is secret.

The access key is in every request and in signed URLs, so it is looked for as well. The vault, which is not
searched, is what a person looks after: a password manager's files.
"""

import base64
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest

from kodokeep import cli
from kodokeep.cli.session import Session
from kodokeep.kodo import retry
from tests.emulator_process import Emulator

ACCESS = "kodo-emulator-access-key"
SECRET = "kodo-emulator-secret-key"
WRONG = "wrong-secret-key-0123456789-abcdefghijk"
PASSPHRASE = "correct-horse-battery-staple-passphrase"

BUG = (
    "from kodokeep.kodo.signing import Signer\n"
    "def broken(self, url):\n"
    "    secret = self._credentials.secret_key\n"
    "    raise RuntimeError('a bug beside ' + str(len(secret)) + ' letters', self._credentials)\n"
    "Signer.download_url = broken\n"
)
"""A bug where a secret is at hand."""

SPY = (
    "import os, pathlib, sys\n"
    "found = []\n"
    "pid = os.getpid()\n"
    "while pid > 1 and pid != int(sys.argv[1]):\n"
    "    found.append(pathlib.Path(f'/proc/{pid}/cmdline').read_bytes())\n"
    "    pid = int(pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[1])\n"
    "with open(sys.argv[2], 'ab') as log:\n"
    "    log.write(b'\\n'.join(found) + b'\\n')\n"
    "print(open(sys.argv[3]).read(), end='')\n"
)
"""A password manager that writes down how it and whoever called it look in the process list."""


@dataclass
class Life:
    """One user: a home, two folders, a config, and all that was ever said."""

    root: Path
    vault: Path
    emulator: Emulator
    said: list[bytes] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.root / "config.ini"

    @property
    def process_list(self) -> Path:
        return self.root / "process-list"

    def manager(self, name: str, text: str) -> str:
        """The command line of a password manager that gives this text."""
        (self.vault / name).write_text(text)
        (self.vault / "spy.py").write_text(SPY)
        return f"{sys.executable} {self.vault}/spy.py {os.getpid()} {self.process_list} {self.vault}/{name}"

    def configure(self, account: str) -> None:
        """The same pairs, with another source of keys."""
        self.config.write_text(
            f"[account]\nuc_host = {self.emulator.uc}\n{account}\n"
            f"[bucket:photos]\nfolder = {self.root}/photos\n"
            f"[bucket:letters]\nfolder = {self.root}/letters\n"
            f"[bucket:work]\nfolder = {self.root}/work\nmode = sync\n"
        )
        self.config.chmod(0o600)

    def kodokeep(self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None) -> int:
        """A command in this process; gives its exit code."""
        talk = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        with patch("sys.stdin", io.StringIO(stdin)), redirect_stdout(talk), redirect_stderr(talk):
            code = cli.main(["--config", str(self.config), *arguments], Session(env={**os.environ, **(env or {})}))
        talk.seek(0)
        self.said.append(talk.read().encode())
        return code

    def process(self, *arguments: str, before: str = "", stdin: str = "") -> int:
        """The same as a process of its own, which runs `before` first."""
        program = f"{before}\nimport sys\nfrom kodokeep.cli import main\nsys.exit(main())"
        command = [sys.executable, "-c", program, "--config", self.config, *arguments]
        done = subprocess.run(command, input=stdin.encode(), capture_output=True, check=False)
        self.said += [done.stdout, done.stderr]
        return done.returncode

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """Every file and its name, and everything said."""
        for path in self.root.rglob("*"):
            yield str(path), os.fsencode(path)
            if path.is_file():
                yield str(path), path.read_bytes()
        yield "what was said", b"\n".join(self.said)


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    root, vault = tmp_path / "root", tmp_path / "vault"
    for directory in (root, vault, root / "work"):
        directory.mkdir()
    monkeypatch.setenv("HOME", str(root))
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(root / name.lower()))
    monkeypatch.setattr(retry, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(retry, "LONGEST_WAIT_S", 0.01)
    with Emulator("photos", "letters:private", "work") as emulator:
        assert (emulator.access_key, emulator.secret_key) == (ACCESS, SECRET)
        yield Life(root, vault, emulator)


def spellings(secret: str) -> set[bytes]:
    """A text as it is, and in the middle of anything that is base64."""
    plain = secret.encode()
    return {plain, *(base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3))}


def test_nothing_secret_is_ever_written_said_or_listed(life: Life) -> None:
    emulator = life.emulator
    emulator.put_many("photos", {f"a/{number}.txt": b"x" * 100 for number in range(5)})
    emulator.put_many("letters", {"one": b"1", "two": b"2"})
    passphrase = life.manager("passphrase", PASSPHRASE)
    keys = life.manager("keys", f"{ACCESS}\n{SECRET}\n")

    life.configure(f"passphrase_command = {passphrase}")
    assert life.kodokeep("login", stdin=f"{ACCESS}\n{WRONG}\n") == 6
    assert life.kodokeep("login", "--store", "keyring", stdin=f"{ACCESS}\n{SECRET}\n") == 2
    assert life.kodokeep("login", ACCESS, SECRET) == 2
    assert life.kodokeep("login", stdin=f"{SECRET}\n") == 2
    assert life.process("login", stdin=f"{ACCESS}\n{SECRET}\n") == 0
    assert life.process("run", "--json", "-v") == 0
    assert life.kodokeep("login", "--show", "--json") == 0

    life.configure(f"credentials_command = {keys}")
    (life.root / "work" / "mine.txt").write_bytes(b"mine")
    emulator.put_many("photos", {"bad.txt": b"bad", "cut.txt": b"cut" * 50, "a/0.txt": b"changed"})
    emulator.faults([
        {"path": "bad", "host": "io", "status": 404},
        {"path": "bad", "host": "io_src", "status": 403, "body": "no"},
        {"path": "cut", "truncate_at": 10},
        {"host": "up", "status": 400, "body": json.dumps({"error": "bad token"})},
    ])  # fmt: skip
    assert life.kodokeep("run", "-v") == 3
    assert life.kodokeep("run", "--json") == 3
    emulator.clear_faults()
    emulator.put("letters", "three", b"3")
    assert life.kodokeep("plan", "letters", "-o", str(life.root / "plan")) == 0
    assert life.kodokeep("apply", str(life.root / "plan")) == 0
    assert life.kodokeep("run", "photos", "work") == 0
    for command in (("status",), ("runs",), ("ls", "photos"), ("plan", "--json"), ("status", "--json")):
        assert life.kodokeep(*command) == 0, life.said[-1]

    env = {"QINIU_ACCESS_KEY": ACCESS, "QINIU_SECRET_KEY": WRONG}
    assert life.kodokeep("run", "--json", env=env) == 6
    assert life.kodokeep("run", env=env | {"QINIU_SECRET_KEY": f"{SECRET} {SECRET}"}) == 2
    life.configure(f"access_key = {ACCESS}\nsecret_key = {SECRET}")
    assert life.kodokeep("run", "--json") == 2
    life.config.write_text(f"secret_key = {SECRET}\n")
    assert life.kodokeep("run", "--json") == 2
    life.configure(f"credentials_command = {life.manager('chatty', f'{SECRET} is the key')}")
    assert life.kodokeep("run", "--json") == 2

    life.configure(f"credentials_command = {keys}")
    emulator.put("photos", "new.txt", b"new")
    emulator.put("letters", "new.txt", b"new")
    assert life.process("run", "-v", before=BUG) == 1
    assert list(life.root.rglob("crash-*.txt")), life.said
    assert life.kodokeep("logout") == 0

    listed = life.process_list.read_bytes()
    assert b"kodokeep.cli" in listed, "the callers were looked at"
    secrets = {spelling for secret in (SECRET, WRONG, PASSPHRASE) for spelling in spellings(secret)}
    found = {place for place, content in life.everything() for secret in secrets if secret in content}
    assert found == set()
    places = {place for place, content in life.everything() if ACCESS.encode() in content}
    assert places == set()
