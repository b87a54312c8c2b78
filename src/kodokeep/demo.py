"""The cloud of `kodokeep demo`: an emulator in a process of its own, and a stranger who fills and changes a bucket.

The stranger uses the official SDK, so that the demo also shows that a bucket filled by other tools is backed up.
What does not belong here: what the demo says (`cli.cmd_demo`).
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kodokeep.errors import KodokeepError

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0
UPLOADERS = 4

ODD_KEYS: Mapping[str, bytes] = {
    "照片/2026/西湖.jpg": b"West Lake",
    "café/menu – été.txt": "crème brûlée\n".encode(),
    "notes": b"an object beside objects below its own name\n",
    "notes/monday.txt": b"monday\n",
    "double//slash.txt": b"an empty segment\n",
    "../escape.txt": b"stays inside the folder\n",
    "100% ready?.txt": b"signs that URLs do not like\n",
    "folder-marker/": b"\n",
}
"""Keys that file systems, URLs or other tools have trouble with."""


class DemoError(KodokeepError):
    """The demo cannot go on."""


@dataclass(frozen=True, slots=True)
class Facts:
    """How to reach the emulator."""

    uc: str
    access_key: str
    secret_key: str


class DemoCloud:
    """An emulator serving one bucket from `data`; ends with the context."""

    def __init__(self, data: Path, bucket: str) -> None:
        self._data = data
        self._bucket = bucket
        self._process: subprocess.Popen[bytes] | None = None
        self._auth: Any = None
        self.facts = Facts("", "", "")

    def __enter__(self) -> Self:
        self._data.mkdir(parents=True)
        ready = self._data.parent / "ready.json"
        command = [sys.executable, "-m", "kodo_emulator", "serve", "--data", str(self._data), "--bucket", self._bucket]
        command += ["--ready-file", str(ready)]
        with (self._data.parent / "emulator.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self._wait_for(ready)
        told = json.loads(ready.read_text(encoding="utf-8"))
        self.facts = Facts(told["uc"], told["access_key"], told["secret_key"])
        self._sign_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def put(self, key: str, data: bytes) -> None:
        """Upload one object, over an older one if there is one."""
        import qiniu  # noqa: PLC0415 - slow to load, and only the demo needs all of it

        answer, info = qiniu.put_data(self._auth.upload_token(self._bucket, key), key, data)
        if answer is None:
            raise DemoError(f"the emulator refused an upload: {info.status_code} {info.error}")

    def put_all(self, objects: Iterator[tuple[str, bytes]]) -> int:
        """Upload many; returns how many."""
        with ThreadPoolExecutor(UPLOADERS) as pool:
            return sum(1 for _ in pool.map(lambda item: self.put(*item), objects))

    def delete(self, keys: list[str]) -> None:
        """Delete objects."""
        import qiniu  # noqa: PLC0415

        bucket = qiniu.BucketManager(self._auth)
        for start in range(0, len(keys), 1000):
            _, info = bucket.batch(qiniu.build_batch_delete(self._bucket, keys[start : start + 1000]))
            if info.status_code != 200:
                raise DemoError(f"the emulator refused to delete: {info.status_code} {info.error}")

    def _sign_in(self) -> None:
        import qiniu  # noqa: PLC0415

        qiniu.config.set_default(default_uc_host=self.facts.uc)
        self._auth = qiniu.Auth(self.facts.access_key, self.facts.secret_key)

    def _wait_for(self, ready: Path) -> None:
        assert self._process is not None
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise DemoError("the emulator did not start", hint=f"see {ready.with_name('emulator.log')}")
            time.sleep(0.02)


def real_files(source: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """Files below a directory as objects: key and content, in a stable order; what cannot be read is left out."""
    found = (path for path in sorted(source.rglob("*")) if path.is_file() and not path.is_symlink())
    wanted = (path for path in found if not {"__pycache__", "site-packages"} & set(path.parts))
    for path in islice(wanted, limit):
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if data:
            yield path.relative_to(source).as_posix(), data
