"""The cloud of `kodokeep demo`: an emulator in a process of its own, and a stranger who fills and changes its buckets.

The stranger uses the official SDK, so that the demo also shows that a bucket filled by other tools is backed up.
What does not belong here: what the demo says (`cli.cmd_demo`).
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.request import urlopen

from kodokeep.errors import KodokeepError
from kodokeep.model.account import without_keys

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 10.0
DOWNLOAD_HOSTS, UPLOAD_HOST = ("io", "io_src"), "up"
UPLOADERS = 4
LARGEST_BYTES = 16 * 2**20
MOST_BYTES = 256 * 2**20
LONGEST_KEY_BYTES = 750
PASSED_OVER = frozenset({"__pycache__", "site-packages"})

ENDS_WITH_US = """
import os, runpy, sys, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
runpy.run_module("kodo_emulator", run_name="__main__", alter_sys=True)
"""
"""An emulator that ends when its stdin does, and so with us, however we end."""

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
    """How to reach the emulator; `control` is where it tells what it did."""

    uc: str
    access_key: str
    secret_key: str
    control: str


class Traffic(NamedTuple):
    """What a server has done so far: requests of any kind, and bytes of objects, both ways."""

    requests: int
    content_bytes: int


class DemoCloud:
    """An emulator serving some buckets from `data`; ends with the context."""

    def __init__(self, data: Path, *buckets: str) -> None:
        self._data = data
        self._buckets = buckets
        self._process: subprocess.Popen[bytes] | None = None
        self._auth: Any = None
        self.facts = Facts("", "", "", "")

    def __enter__(self) -> Self:
        self._data.mkdir(parents=True)
        ready = self._data.parent / "ready.json"
        # -P: nothing that lies in the directory we were called in.
        command = [sys.executable, "-P", "-c", ENDS_WITH_US, "serve", "--data", str(self._data)]
        command += [word for bucket in self._buckets for word in ("--bucket", bucket)]
        command += ["--no-sync", "--ready-file", str(ready)]
        with (self._data.parent / "emulator.log").open("wb") as log:
            # A session of its own: Ctrl-C is for us alone, and the server is needed until we have finished.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=without_keys(os.environ),
                start_new_session=True,
            )
        try:
            self._wait_for(ready)
            told = json.loads(ready.read_text(encoding="utf-8"))
            self.facts = Facts(told["uc"], told["access_key"], told["secret_key"], told["control"])
            self._sign_in()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """Upload one object, over an older one if there is one."""
        import qiniu  # noqa: PLC0415 - slow to load, and only the demo needs all of it

        answer, info = qiniu.put_data(self._auth.upload_token(bucket, key), key, data)
        if answer is None:
            raise DemoError(f"the emulator refused an upload: {info.status_code} {info.error}")

    def put_all(self, bucket: str, objects: Iterator[tuple[str, bytes]]) -> int:
        """Upload many; returns how many."""
        with ThreadPoolExecutor(UPLOADERS) as pool:
            return sum(1 for _ in pool.map(lambda item: self.put(bucket, *item), objects))

    def delete(self, bucket: str, keys: list[str]) -> None:
        """Delete objects."""
        import qiniu  # noqa: PLC0415

        manager = qiniu.BucketManager(self._auth)
        for start in range(0, len(keys), 1000):
            _, info = manager.batch(qiniu.build_batch_delete(bucket, keys[start : start + 1000]))
            if info.status_code != 200:
                raise DemoError(f"the emulator refused to delete: {info.status_code} {info.error}")

    def traffic(self) -> Traffic:
        """What the server itself counted."""
        with urlopen(f"{self.facts.control}/stats", timeout=ANSWER_TIMEOUT_S) as answer:  # noqa: S310 - ours
            told = json.load(answer)
        sent = sum(told["sent_bytes"].get(host, 0) for host in DOWNLOAD_HOSTS)
        return Traffic(sum(told["requests"].values()), sent + told["received_bytes"].get(UPLOAD_HOST, 0))

    def _sign_in(self) -> None:
        import qiniu  # noqa: PLC0415

        uc = self.facts.uc
        # Without explicit hosts the SDK keeps what it discovers in a file that all its threads fight over.
        hosts = qiniu.Zone(up_host=uc, up_host_backup=uc, io_host=uc, rs_host=uc, rsf_host=uc, api_host=uc)
        qiniu.config.set_default(default_uc_host=uc, default_zone=hosts)
        self._auth = qiniu.Auth(self.facts.access_key, self.facts.secret_key)

    def _wait_for(self, ready: Path) -> None:
        assert self._process is not None
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise DemoError("the emulator did not start", hint=f"see {ready.with_name('emulator.log')}")
            time.sleep(0.02)


def real_files(source: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """Files below a directory as objects: key and content, in a stable order.

    What is empty or large, cannot be read or cannot be a key is left out, and no more than `MOST_BYTES` are given, so
    that a demo from any directory stays a demo.
    """
    given, given_bytes = 0, 0
    for path in _files(source):
        key = path.relative_to(source).as_posix()
        data = _content(path) if _may_be_a_key(key) else None
        if data is None:
            continue
        given, given_bytes = given + 1, given_bytes + len(data)
        if given > limit or given_bytes > MOST_BYTES:
            return
        yield key, data


def _files(source: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(source):
        names[:] = sorted(set(names) - PASSED_OVER)
        yield from (Path(directory, name) for name in sorted(files))


def _may_be_a_key(key: str) -> bool:
    try:
        return len(key.encode()) <= LONGEST_KEY_BYTES
    except UnicodeEncodeError:
        return False


def _content(path: Path) -> bytes | None:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_BYTES:
            return None
        return path.read_bytes() or None  # the SDK refuses to upload nothing
    except OSError:
        return None
