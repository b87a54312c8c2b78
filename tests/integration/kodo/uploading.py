"""Files to upload, and what a test sees of it."""

import http.client
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kodokeep.kodo.bucket import KodoBucket, Tuning
from kodokeep.kodo.parts import Limits
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.transport import Patience
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import NotUploaded, Uploaded
from kodokeep.ports import UploadRequest
from tests.integration.kodo.conftest import NEVER, PUBLIC, World

MIB = 1024 * 1024
MTIME_NS = 1_700_000_000_123_456_789
MTIME_TEXT = "Tue, 14 Nov 2023 22:13:20 GMT"

SMALL = Limits(form_bytes=MIB, part_bytes=MIB)
"""Files of a few MiB have several parts."""


class FileSource:
    """A file as `local` opens it: unchanged means that its path still shows the same size and mtime.

    `before_read` is called with each offset that is read.
    """

    def __init__(self, path: Path, before_read: Callable[[int], object] = lambda _: None) -> None:
        self.path = path
        self._before_read = before_read
        self._fd = os.open(path, os.O_RDONLY)
        self._seen = self._stamp()
        self.size_bytes = self._seen[0]
        self.closed = False

    def read(self, offset: int, size_bytes: int) -> bytes:
        self._before_read(offset)
        return os.pread(self._fd, size_bytes, offset)

    def unchanged(self) -> bool:
        try:
            return self._stamp() == self._seen
        except FileNotFoundError:
            return False

    def close(self) -> None:
        if not self.closed:
            os.close(self._fd)
        self.closed = True

    def _stamp(self) -> tuple[int, int]:
        now = self.path.stat()
        return now.st_size, now.st_mtime_ns


class Files:
    """Files of one test below its folder, and requests to upload them below its prefix."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sources: list[FileSource] = []

    def request(
        self,
        name: str,
        data: bytes,
        *,
        seq: int = 0,
        replaces: RemoteEntry | None = None,
        key: str | None = None,
        before_read: Callable[[int], object] = lambda _: None,
    ) -> UploadRequest:
        """A file with this content, to be uploaded under its name."""
        path = self.world.folder / f"file-{len(self.sources)}"
        path.write_bytes(data)
        source = FileSource(path, before_read)
        self.sources.append(source)
        key = self.world.prefix + name if key is None else key
        return UploadRequest(seq, key, source, MTIME_NS, replaces, str(self.progress(name)))

    def progress(self, name: str) -> Path:
        """The progress file of an upload."""
        return self.world.folder / f"progress-{name}"

    def one(self, bucket: KodoBucket, request: UploadRequest) -> Uploaded | NotUploaded:
        """Upload one file."""
        (result,) = uploaded(bucket, [request])
        assert all(source.closed for source in self.sources)
        return result

    def bucket(self, limits: Limits = SMALL, attempts: int = 7, **options: Any) -> KodoBucket:
        """A client that cuts files small and retries at once."""
        tuning = Tuning(retry=Retry(attempts, longest_wait_s=0), patience=Patience(5, 5), limits=limits)
        return self.world.bucket(tuning=tuning, **options)


def uploaded(
    bucket: KodoBucket, requests: Iterable[UploadRequest], stop: threading.Event = NEVER
) -> list[Uploaded | NotUploaded]:
    """The results of an upload, by number."""
    results = [result for result in bucket.upload(requests, stop) if result is not None]
    return sorted(results, key=lambda result: result.seq)


def done(result: Uploaded | NotUploaded) -> Uploaded:
    assert isinstance(result, Uploaded), result
    return result


def refused(result: Uploaded | NotUploaded) -> NotUploaded:
    assert isinstance(result, NotUploaded), result
    return result


def held(world: World, key: str, bucket: str = PUBLIC) -> bytes:
    """What the bucket serves under a key."""
    url = urlsplit(world.emulator.url(bucket, key, origin=True))
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    try:
        connection.request("GET", f"{url.path}?{url.query}")
        response = connection.getresponse()
        assert response.status == 200, response.status
        return response.read()
    finally:
        connection.close()


def calls_up(world: World) -> list[dict[str, Any]]:
    """The calls that the upload host got in this test; those that a test before left unanswered end late."""
    lines = world.requests_of("up")
    return [line for line in lines if line["time_s"] - line["duration_s"] >= world.started_s]


def up_calls(world: World, method: str) -> int:
    """How many of them had this method."""
    return sum(line["method"] == method for line in calls_up(world))


def exists(world: World, name: str) -> bool:
    """True if the bucket has an object of this name below the prefix."""
    return world.prefix + name in world.emulator.keys(PUBLIC)
