"""One qshell: the program, a home directory, and the settings that point it at an emulator."""

import http.client
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.emulator_process import Emulator

_COMMAND_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Shell:
    """qshell as a person has it: each command is a process, and what it remembers is in the home directory."""

    program: Path
    home: Path
    emulator: Emulator

    def set_up(self) -> None:
        """Write `~/.qshell.json`, which names the uc host alone so that all else is discovered, and log in.

        Source: protocol §1.6.
        """
        settings = {"use_https": False, "hosts": {"uc": self.emulator.uc.removeprefix("http://")}}
        (self.home / ".qshell.json").write_text(json.dumps(settings))
        self.run("account", self.emulator.access_key, self.emulator.secret_key, "emulator")

    def run(self, *arguments: str) -> str:
        """Run a command and give all that it printed. Whether it worked is for its effect to show."""
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.home,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(self.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_COMMAND_TIMEOUT_S,
            check=False,
        )
        return done.stdout

    def file(self, name: str, content: bytes) -> str:
        """A local file below the home directory."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path)

    def table(self, name: str, *lines: str) -> str:
        """A local file for a batch command; fields are separated by tabs."""
        return self.file(name, "".join(f"{line}\n" for line in lines).encode())

    def settings(self, name: str, **values: object) -> str:
        """A local settings file for `qupload` and `qdownload`."""
        return self.file(name, json.dumps(values).encode())

    def local(self, name: str) -> bytes:
        return (self.home / name).read_bytes()

    def content(self, bucket: str, key: str) -> bytes:
        """What the bucket's origin host serves."""
        host, _, target = self.emulator.url(bucket, key, origin=True).removeprefix("http://").partition("/")
        connection = http.client.HTTPConnection(host, timeout=_COMMAND_TIMEOUT_S)
        try:
            connection.request("GET", f"/{target}")
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200, body
            return body
        finally:
            connection.close()

    def missing(self, bucket: str, key: str) -> bool:
        return key not in self.emulator.keys(bucket)
