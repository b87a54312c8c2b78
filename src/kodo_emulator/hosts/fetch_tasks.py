"""The queue of asynchronous fetches, and what becomes of each (DOC 4097, 2025-12). Their API is in `api.py`."""

import asyncio
import logging
import secrets

import msgspec

from kodo_emulator.errors import KodoError, file_exists
from kodo_emulator.hosts.fetch_notice import FetchJob, Notice, failure_notice, success_notice
from kodo_emulator.net.outgoing import Outgoing, UnreachableError
from kodo_emulator.protocol.arguments import document, invalid
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.entry import b64url, unb64url
from kodo_emulator.store.existing import existing_bucket
from kodo_emulator.store.interface import Bucket, Store, StoredObject
from kodo_emulator.uploads.arrival import Arrival
from kodo_emulator.uploads.callbacks import callback_headers
from kodo_emulator.uploads.pull import Order, Puller

MAX_WAITING = 1000

_AT_ONCE = 4
_PROCESSED = -1
_QUEUE = "SISYPHUS-JOBS-V3"

_log = logging.getLogger(__name__)


class _TaskId(msgspec.Struct, frozen=True):
    """What a task's id encodes: `part_id` is this run of the server, `offset` counts its tasks."""

    zone: str
    queue: str
    part_id: int
    offset: int


class FetchTasks:
    """Tasks that wait or run. They are forgotten when the server stops, also where its objects are kept.

    A client hears of the end of a task from the callback, or sees the object. Of one that ended with the server it
    hears nothing: it finds out by the id, which the next server does not know (404), and asks anew.
    """

    def __init__(self, store: Store, puller: Puller, outgoing: Outgoing, keys: Keys) -> None:
        self._store = store
        self._puller = puller
        self._outgoing = outgoing
        self._keys = keys
        self._part = secrets.randbits(31)
        self._waiting: asyncio.Queue[tuple[int, FetchJob, Bucket]] = asyncio.Queue(MAX_WAITING)
        self._running: set[int] = set()
        self._next_offset = 0

    def add(self, job: FetchJob) -> str:
        """Queue a job and give the id of its task.

        Raises:
            KodoError: 631, 573.
        """
        bucket = existing_bucket(self._store, job.bucket)
        offset = self._next_offset
        try:
            self._waiting.put_nowait((offset, job, bucket))
        except asyncio.QueueFull as error:
            raise KodoError(573, "too many tasks") from error  # [unv async-fetch-queue-full]
        self._next_offset += 1
        return b64url(msgspec.json.encode(_TaskId(bucket.region, _QUEUE, self._part, offset)))

    def ahead(self, task_id: str) -> int:
        """How many tasks come before a task; 0: it runs, -1: it is done.

        Raises:
            KodoError: 400 for an id that is none, 404 for one of nobody here [unv async-fetch-unknown-id].
        """
        try:
            raw = unb64url(task_id)
        except ValueError as error:
            raise invalid("id") from error
        task = document(raw, _TaskId, what="argument: id")
        if task.part_id != self._part or not 0 <= task.offset < self._next_offset:
            raise KodoError(404, "no such task")
        first_waiting = self._next_offset - self._waiting.qsize()
        if task.offset >= first_waiting:
            return len(self._running) + task.offset - first_waiting
        return 0 if task.offset in self._running else _PROCESSED

    def forget_waiting(self) -> None:
        """Drop what has not begun; it counts as done."""
        while not self._waiting.empty():
            self._waiting.get_nowait()

    async def run(self) -> None:
        """Work the tasks off, until cancelled."""
        async with asyncio.TaskGroup() as workers:
            for _ in range(_AT_ONCE):
                workers.create_task(self._work())

    async def _work(self) -> None:
        while True:
            offset, job, bucket = await self._waiting.get()
            self._running.add(offset)
            try:
                await self._announce(job, await self._outcome(job, bucket))
            except Exception:  # noqa: BLE001 -- one broken task must not end the queue
                _log.exception("fetching %s failed", job.url)
            finally:
                self._running.discard(offset)

    async def _outcome(self, job: FetchJob, bucket: Bucket) -> Notice:
        try:
            return success_notice(job, await self._fetch(job, bucket))
        except KodoError as error:
            return failure_notice(job, error)

    async def _fetch(self, job: FetchJob, bucket: Bucket) -> StoredObject:
        replaces = not job.ignore_same_key
        if not replaces and job.key and self._store.find(bucket.name, job.key):
            raise file_exists()  # [unv async-fetch-same-key]
        order = Order(
            urls=job.urls,
            bucket=bucket,
            key=job.key or None,
            host=job.host or "",
            kind=job.file_type or 0,
            replaces=replaces,
            check=lambda arrival: _check_content(job, arrival),
        )
        return await self._puller.pull(order)

    async def _announce(self, job: FetchJob, notice: Notice) -> None:
        """Post the callback to the first of its addresses that accepts it."""
        for url in job.callback_urls:
            try:
                headers = callback_headers(self._keys, url, notice.body_type, notice.body, job.callbackhost)
                reply = await self._outgoing.post(url, notice.body, headers)
            except UnreachableError as error:
                _log.warning("callback of a fetch: %s", error)
            else:
                if reply.status == 200:
                    return


def _check_content(job: FetchJob, arrival: Arrival) -> None:
    """What arrived must be what the job says (DOC 4097); the texts are guessed [unv async-fetch-mismatch-text].

    Raises:
        KodoError: 400.
    """
    if job.md5 and job.md5.lower() != arrival.md5:
        raise KodoError(400, "md5 not matched")
    if job.etag and job.etag != arrival.etag:
        raise KodoError(400, "etag not matched")
