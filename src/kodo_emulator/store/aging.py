"""A store in which time passes: expired objects are gone for every reader, transitions have happened when they are due.

It wraps another store and decides when something is read (`lifecycle.py` knows what); a sweep makes it durable a
little later, in small steps. A bucket in which nothing has a date (`Bucket.dated`) costs one look into a dictionary.
"""

import asyncio
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.net.turns import Turns, at_once
from kodo_emulator.store.interface import Bucket, Incoming, Part, Store, StoredObject, Totals, Upload
from kodo_emulator.store.lifecycle import aged, next_change_s, with_rules

_log = logging.getLogger(__name__)

_PAGE = 200
_STEPS_BEFORE_TOTALS = 16
_CHECK_S = 0.5
_WORK_S = 0.005
_REST_S = 0.005


@dataclass(slots=True)
class _Sweep:
    """One walk through a bucket: where it is, and the earliest date of what it has passed."""

    position: str = ""
    earliest_s: float = math.inf

    def keep(self, stored: StoredObject) -> None:
        """Take note of an object that stays."""
        change_s = next_change_s(stored)
        if change_s is not None:
            self.earliest_s = min(self.earliest_s, change_s)


class AgingStore:
    """A `Store` over another one, with a clock.

    `_earliest_s` holds, for each bucket in which something may have a date, a time before which nothing changes there.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._earliest_s = {bucket.name: -math.inf for bucket in store.buckets() if bucket.dated}
        self._sweeps: dict[str, _Sweep] = {}

    # What time changes

    def find(self, bucket: str, key: str) -> StoredObject | None:
        stored = self._store.find(bucket, key)
        if stored is None or bucket not in self._earliest_s:
            return stored
        return aged(stored, self._clock.storage_seconds())

    def scan(self, bucket: str, start: str, end: str | None, limit: int) -> Sequence[StoredObject]:
        """All turns of `scan_in_turns` at once."""
        return at_once(self.scan_in_turns(bucket, start, end, limit))

    def scan_in_turns(self, bucket: str, start: str, end: str | None, limit: int) -> Turns[Sequence[StoredObject]]:
        """`scan`; it may have to pass very many objects that have expired and are not swept yet."""
        rows, asked = self._store.scan(bucket, start, end, limit), limit
        if not self._is_due(bucket):
            return rows
        found: list[StoredObject] = []
        while True:
            now_s = self._clock.storage_seconds()
            found += [stored for row in rows if (stored := aged(row, now_s))]
            if len(found) >= limit or len(rows) < asked:
                return found[:limit]
            yield
            start, asked = rows[-1].key + "\0", max(limit, _PAGE)
            rows = self._store.scan(bucket, start, end, asked)

    def last_key_before(self, bucket: str, end: str | None) -> str | None:
        """The greatest key below `end`, be it of an expired object: it only marks a place."""
        return self._store.last_key_before(bucket, end)

    def totals(self, bucket: str) -> Totals:
        """How much a bucket holds; of thousands of objects that expire at once, some count a moment longer."""
        steps = 0
        while steps < _STEPS_BEFORE_TOTALS and self.sweep(bucket):
            steps += 1
        return self._store.totals(bucket)

    # What gives dates

    def put(self, bucket: str, stored: StoredObject) -> None:
        """Put an object, which gets the dates of the bucket's rules."""
        known = self._store.bucket(bucket)
        if known is not None and known.settings.lifecycle:
            stored = with_rules(stored, known.settings.lifecycle)
        self._note(bucket, stored)
        self._store.put(bucket, stored)

    def update(self, bucket: str, stored: StoredObject) -> None:
        self._note(bucket, stored)
        self._store.update(bucket, stored)

    def move(self, source: tuple[str, str], target_bucket: str, stored: StoredObject) -> None:
        self._note(target_bucket, stored)
        self._store.move(source, target_bucket, stored)

    def _note(self, bucket: str, stored: StoredObject) -> None:
        """Know of a date before the object has it, so that a crash between the two leaves no date unknown."""
        change_s = next_change_s(stored)
        if change_s is None:
            return
        if bucket not in self._earliest_s:
            self._mark(bucket, dated=True)
        self._earliest_s[bucket] = min(self._earliest_s.get(bucket, math.inf), change_s)
        if bucket in self._sweeps:
            self._sweeps[bucket].keep(stored)

    def _mark(self, bucket: str, *, dated: bool) -> None:
        known = self._store.bucket(bucket)
        if known is not None:
            self._store.put_bucket(msgspec.structs.replace(known, dated=dated))

    # The sweep

    def sweep(self, bucket: str) -> bool:
        """Take one small step towards a bucket whose rows are as old as they look; False when there is none to take."""
        sweep = self._sweeps.get(bucket)
        if sweep is None:
            if not self._is_due(bucket):
                return False
            sweep = self._sweeps[bucket] = _Sweep()
        rows = self._store.scan(bucket, sweep.position, None, _PAGE)
        if not rows:
            self._finish(bucket, sweep)
            return False
        now_s = self._clock.storage_seconds()
        changed: list[StoredObject] = []
        gone: list[str] = []
        for row in rows:
            stored = aged(row, now_s)
            if stored is None:
                gone.append(row.key)
                continue
            sweep.keep(stored)
            if stored is not row:
                changed.append(stored)
        if changed or gone:
            self._store.revise(bucket, changed, gone)
        sweep.position = rows[-1].key + "\0"
        return True

    def dated_buckets(self) -> Sequence[str]:
        """Where a sweep may have something to do."""
        return list(self._earliest_s)

    def _is_due(self, bucket: str) -> bool:
        return self._clock.storage_seconds() >= self._earliest_s.get(bucket, math.inf)

    def _finish(self, bucket: str, sweep: _Sweep) -> None:
        del self._sweeps[bucket]
        if sweep.earliest_s < math.inf:
            self._earliest_s[bucket] = sweep.earliest_s
        else:
            del self._earliest_s[bucket]
            self._mark(bucket, dated=False)

    # What time leaves alone

    def buckets(self) -> Sequence[Bucket]:
        return self._store.buckets()

    def bucket(self, name: str) -> Bucket | None:
        return self._store.bucket(name)

    def put_bucket(self, bucket: Bucket) -> None:
        self._store.put_bucket(msgspec.structs.replace(bucket, dated=bucket.name in self._earliest_s))

    def drop_bucket(self, name: str) -> None:
        self._earliest_s.pop(name, None)
        self._sweeps.pop(name, None)
        self._store.drop_bucket(name)

    def port(self, listener: str) -> int:
        return self._store.port(listener)

    def keep_port(self, listener: str, port: int) -> None:
        self._store.keep_port(listener, port)

    def forget_port(self, listener: str) -> None:
        self._store.forget_port(listener)

    def find_previous(self, bucket: str, key: str) -> StoredObject | None:
        return self._store.find_previous(bucket, key)

    def receive(self) -> Incoming:
        return self._store.receive()

    def copy_content(self, stored: StoredObject) -> str:
        return self._store.copy_content(stored)

    def delete(self, bucket: str, key: str) -> None:
        self._store.delete(bucket, key)

    def revise(self, bucket: str, changed: Sequence[StoredObject], gone: Sequence[str]) -> None:
        for stored in changed:
            self._note(bucket, stored)
        self._store.revise(bucket, changed, gone)

    def open(self, content: str) -> BinaryIO:
        return self._store.open(content)

    def add_upload(self, upload: Upload) -> None:
        self._store.add_upload(upload)

    def find_upload(self, upload_id: str) -> Upload | None:
        return self._store.find_upload(upload_id)

    def old_uploads(self, id_prefix: str, before_s: float, limit: int) -> Sequence[Upload]:
        return self._store.old_uploads(id_prefix, before_s, limit)

    def tidy(self) -> bool:
        return self._store.tidy()

    def put_part(self, upload_id: str, part: Part) -> None:
        self._store.put_part(upload_id, part)

    def parts(self, upload_id: str) -> Sequence[Part]:
        return self._store.parts(upload_id)

    async def join(self, parts: Sequence[Part]) -> str:
        return await self._store.join(parts)

    def drop_content(self, content: str) -> None:
        self._store.drop_content(content)

    def drop_upload(self, upload_id: str) -> None:
        self._store.drop_upload(upload_id)


async def keep_sweeping(store: AgingStore) -> None:
    """Sweep whenever something is due, for as long as the server runs, and leave half of the time to its clients."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_CHECK_S)
        for bucket in store.dated_buckets():
            try:
                began_s = loop.time()
                while store.sweep(bucket):
                    if loop.time() - began_s > _WORK_S:
                        await asyncio.sleep(_REST_S)
                        began_s = loop.time()
            except Exception:  # noqa: BLE001 -- a disk that is full now may have room later
                _log.exception("expired objects of %s are not swept", bucket)
