"""A server that speaks S3: `rclone serve s3` over an empty directory, for tools that do not speak Kodo's protocol."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.measure import RunFailedError
from benchmarks.peers import RCLONE
from benchmarks.source import BUCKET, cpu_seconds

ACCESS_KEY, SECRET_KEY = "benchmark", "benchmark-secret"

_START_TIMEOUT_S = 30.0
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server with one bucket."""

    url: str
    root: Path
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """CPU time that the server has spent so far."""
        return cpu_seconds(self.process)

    def holds(self) -> tuple[int, int]:
        """How many objects, and their bytes."""
        sizes = [path.stat().st_size for path in self.root.rglob("*") if path.is_file()]
        return len(sizes), sum(sizes)


@contextmanager
def serving_s3(root: Path) -> Iterator[S3Server]:
    """The server over an empty bucket below `root`; ends with the context. Raises RunFailedError."""
    (root / BUCKET).mkdir(parents=True)
    port = _free_port()
    options = ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--config", "", "-q"]
    process = subprocess.Popen([str(RCLONE), "serve", "s3", str(root), *options], stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield S3Server(f"http://127.0.0.1:{port}", root, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    ends_s = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < ends_s and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(_POLL_S)
        else:
            return
    raise RunFailedError("rclone serve s3 does not start")
