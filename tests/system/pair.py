"""A bucket, a folder and the command `kodokeep`, used as a person uses it: a process of its own for each run."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from kodokeep.model.key import decode
from tests.emulator_process import Emulator

NAME = "photos"
KODOKEEP = Path(sys.executable).with_name("kodokeep")
WITHOUT_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
"""In front of a command: root may read and write only what its owner may, as any user."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run said."""

    exit: int
    stdout: str
    stderr: str

    @property
    def summary(self) -> dict[str, Any]:
        """The last line."""
        summary: dict[str, Any] = json.loads(self.stdout.splitlines()[-1])
        return summary

    def counts(self) -> dict[str, int]:
        """The parts of the summary that are not zero."""
        names = (
            "unchanged", "adopted", "downloaded", "uploaded", "copied", "moved", "conflicts", "deleted", "archived",
            "held", "stale", "failed", "local_only",
        )  # fmt: skip
        return {name: self.summary[name] for name in names if self.summary[name]}


class Pair:
    """One pair below `root`: what the bucket should hold is in `objects`."""

    def __init__(self, emulator: Emulator, bucket: str, root: Path) -> None:
        self.emulator = emulator
        self.bucket = bucket
        self.root = root
        self.folder = root / "disk"
        self.objects: dict[str, bytes] = {}
        self._config = root / "config.ini"
        self.environment = {
            **os.environ,
            "QINIU_ACCESS_KEY": emulator.access_key,
            "QINIU_SECRET_KEY": emulator.secret_key,
            "XDG_STATE_HOME": str(root / "state-home"),
        }
        self.configure()

    def configure(self, folder: Path | None = None, **options: str) -> None:
        """Write the config, with another folder if one is given, and with these options."""
        self.folder = folder or self.folder
        told = {"bucket": self.bucket, "folder": str(self.folder)} | options
        lines = "".join(f"{name} = {value}\n" for name, value in told.items())
        self._config.write_text(f"[account]\nuc_host = {self.emulator.uc}\n[bucket:{NAME}]\n{lines}")

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Put objects into the bucket, over what is there."""
        self.emulator.put_many(self.bucket, contents)
        self.objects |= contents

    def delete(self, *keys: str) -> None:
        """Delete objects from the bucket."""
        for key in keys:
            self.emulator.delete(self.bucket, key)
            del self.objects[key]

    def command(self, *arguments: str, before: Sequence[str] = ()) -> list[str]:
        """The command line of a run."""
        return [*before, str(KODOKEEP), "--config", str(self._config), "run", "--json", *arguments]

    def run(self, *arguments: str, before: Sequence[str] = ()) -> Result:
        """Run to the end; a run that shows a traceback or does not add up is a failure wherever it happens."""
        process = subprocess.Popen(
            self.command(*arguments, before=before),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
        )
        return self.ended(process)

    def ended(self, process: subprocess.Popen[bytes], said: bytes = b"") -> Result:
        """Wait for a run; `said` is what was read of it before."""
        stdout, stderr = process.communicate(timeout=120)
        result = Result(process.returncode, (said + stdout).decode(), stderr.decode())
        assert result.exit != 1, result
        assert "Traceback" not in result.stdout + result.stderr, result
        return result

    def tree(self) -> dict[str, bytes]:
        """All files of the folder outside `.kodokeep`."""
        return {name: data for name, data in _files(self.folder).items() if not name.startswith(".kodokeep/")}

    def contents(self) -> dict[str, bytes]:
        """The same by the keys that the paths spell."""
        return {decode(path): data for path, data in self.tree().items()}

    def remote(self) -> dict[str, bytes]:
        """The bucket as keys and contents, as it is now."""
        found = {}
        for key in self.emulator.keys(self.bucket):
            with urlopen(self.emulator.url(self.bucket, key, origin=True), timeout=60) as answer:
                found[key] = answer.read()
        return found

    def history(self) -> list[bytes]:
        """All contents in history, sorted."""
        return sorted(_files(self.folder / ".kodokeep" / "history").values())


def _files(top: Path) -> dict[str, bytes]:
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}
