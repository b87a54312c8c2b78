"""kodokeep as users run it: one pair in a config file, `run`, and what `runs --json` then says of it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Command, RunFailedError, Usage, measured
from benchmarks.peers import KODOKEEP, environment
from benchmarks.source import BUCKET, Server


@dataclass(frozen=True, slots=True)
class Pair:
    """A folder, the server with its bucket, and the mode; every other option is at its default.

    `home` takes what the tool keeps of its own, beside what it keeps in the folder.
    """

    server: Server
    folder: Path
    home: Path
    mode: str

    def run(self, **expected: int) -> Usage:
        """One measured run, whose summary must have these counts. Raises RunFailedError."""
        talk = self.folder.with_name(f"{self.folder.name}.out")
        usage = measured(self._command("run"), talk, self.server.cpu_seconds)
        summary = self._summary()
        found = {name: summary.get(name) for name in expected}
        if found != expected:
            raise RunFailedError(f"{talk}: expected {expected}, found {found}")
        return usage

    def _command(self, *arguments: str) -> Command:
        emulator = self.server.emulator
        self.home.mkdir(parents=True, exist_ok=True)
        config = self.folder.with_name(f"{self.folder.name}.ini")
        pair = f"[bucket:{BUCKET}]\nfolder = {self.folder}\nmode = {self.mode}\n"
        config.write_text(f"[account]\nuc_host = {emulator.uc}\n\n{pair}")
        keys = {"QINIU_ACCESS_KEY": emulator.access_key, "QINIU_SECRET_KEY": emulator.secret_key}
        return Command([str(KODOKEEP), "--config", str(config), *arguments], {**environment(self.home), **keys})

    def _summary(self) -> dict[str, Any]:
        """The counts of the last run."""
        command = self._command("runs", "-n", "1", "--json")
        told = subprocess.run(command.arguments, env=command.environment, check=True, capture_output=True)
        summary: dict[str, Any] = json.loads(told.stdout)
        return summary
