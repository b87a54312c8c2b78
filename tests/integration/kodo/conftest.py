"""An emulator for the kodo tests, and the world a test sees: a prefix of its own, and a bucket that never sleeps."""

import random
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from kodokeep.kodo.bucket import KodoBucket, Tuning
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.transport import Patience
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import Notice
from kodokeep.model.options import Credentials, TransportOptions
from kodokeep.model.outcome import DownloadRequest, Fetched, NotFetched
from tests.emulator_process import Emulator

PUBLIC, PRIVATE = "public", "private"

HOSTILE_KEYS = [
    "a//b",
    "/a",
    "//",
    "../x",
    "a/../b",
    "a/./b",
    ".",
    "..",
    "a%2Fb",
    "%",
    "100%.txt",
    "a?b=c",
    "a#b",
    "a\\b",
    "a b+c&d=e;f,g",
    "a:b:",
    '"quoted"',
    "dir/",
    "line\nbreak",
    "鍵/日本",
    "😀",
    "~-_.!*'()",
    "list",
    "",
    "k" * 750,
]

NEVER = threading.Event()
"""A stop signal that nobody gives."""


def content(size: int, seed: int = 1) -> bytes:
    """Bytes that differ everywhere, the same for the same seed."""
    return random.Random(seed).randbytes(size)


class World:
    """One test's share of the emulator: keys below a prefix of its own, in a public and a private bucket."""

    def __init__(self, emulator: Emulator, prefix: str, folder: Path) -> None:
        self.emulator = emulator
        self.prefix = prefix
        self.folder = folder
        self.notices: list[Notice] = []
        self.started_s: float = emulator.call("GET", "/_emulator/clock")["now_s"]

    def put(self, name: str, data: bytes, *, bucket: str = PUBLIC, **options: Any) -> str:
        """Upload below the prefix; returns the key."""
        self.emulator.put(bucket, self.prefix + name, data, **options)
        return self.prefix + name

    def bucket(
        self,
        name: str = PUBLIC,
        *,
        domain: str | None = None,
        options: TransportOptions | None = None,
        credentials: Credentials | None = None,
        tuning: Tuning | None = None,
    ) -> KodoBucket:
        """A client; retries at once unless tuned otherwise."""
        emulator = self.emulator
        return KodoBucket(
            name,
            credentials or Credentials(emulator.access_key, emulator.secret_key),
            options or TransportOptions(uc_host=emulator.uc),
            notice=self.notices.append,
            domain=domain,
            tuning=tuning or Tuning(retry=Retry(longest_wait_s=0), patience=Patience(5, 5)),
        )

    def options(self, **changes: Any) -> TransportOptions:
        """How to reach the emulator."""
        return TransportOptions(uc_host=self.emulator.uc, **changes)

    def entries(self, bucket: KodoBucket | None = None) -> list[RemoteEntry]:
        """What is listed below the prefix."""
        return list((bucket or self.bucket()).listing(self.prefix, NEVER))

    def request(self, remote: RemoteEntry, seq: int = 0) -> DownloadRequest:
        """A request for an entry; its temp file is named after its number."""
        return DownloadRequest(seq, remote, str(self.folder / f"temp-{seq}"))

    def fetch(self, bucket: KodoBucket, remotes: Sequence[RemoteEntry]) -> list[Fetched | NotFetched]:
        """Download entries; results in the order of the entries."""
        requests = [self.request(remote, seq) for seq, remote in enumerate(remotes)]
        results = [result for result in bucket.download(requests, NEVER) if result is not None]
        return sorted(results, key=lambda result: result.request.seq)

    def fetch_one(self, bucket: KodoBucket, remote: RemoteEntry) -> Fetched | NotFetched:
        """Download one entry."""
        (result,) = self.fetch(bucket, [remote])
        return result

    def requests_of(self, host: str) -> list[dict[str, Any]]:
        """The emulator's log of requests to `host` that concern this test."""
        lines = [line for line in self.emulator.log() if line["host"] == host]
        if host not in ("io", "io_src"):
            return lines
        return [line for line in lines if unquote(line["target"]).startswith(f"/{self.prefix}")]


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator(PUBLIC, f"{PRIVATE}:private") as running:
        yield running


@pytest.fixture
def world(emulator: Emulator, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    emulator.clear_log()
    yield World(emulator, f"{request.node.name}/", tmp_path)
    emulator.clear_faults()
    emulator.clock(0)


def read(result: Fetched | NotFetched) -> bytes:
    """The content of what was fetched; fails if it was not."""
    assert isinstance(result, Fetched), result
    return Path(result.request.temp).read_bytes()
