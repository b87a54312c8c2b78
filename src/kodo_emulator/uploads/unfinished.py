"""Uploads that come in several requests: how long they live, whose turn it is to change one (protocol §5.2, §5.3)."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from kodo_emulator.clock import Clock
from kodo_emulator.net.http1 import Response
from kodo_emulator.store.interface import Store, Upload

_LIFE_S = 7 * 86_400  # [unv upload-life]
_SWEEP_EVERY_S = 3600
_SWEPT_AT_ONCE = 100
_REMEMBERED_ANSWERS = 1000
_REMEMBERED_BYTES = 16 * 1024 * 1024


class Unfinished:
    """The unfinished uploads of one kind. `mark` begins their ids, so that kinds are not mistaken for each other."""

    def __init__(self, store: Store, clock: Clock, mark: str) -> None:
        self._store = store
        self._clock = clock
        self._mark = mark
        self._swept_s = float("-inf")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._answers: OrderedDict[Hashable, Response] = OrderedDict()
        self._answers_bytes = 0

    def begin(self, bucket: str, key: str | None) -> Upload:
        """A new upload. Abandoned ones are removed on this occasion."""
        self._sweep()
        upload = Upload(self._mark + secrets.token_hex(12), bucket, key, self._clock.storage_seconds())
        self._store.add_upload(upload)
        return upload

    def find(self, upload_id: str) -> Upload | None:
        """An upload that was begun and is neither over nor expired."""
        upload = self._store.find_upload(upload_id) if upload_id.startswith(self._mark) else None
        if upload is None or self.expires_s(upload) < self._clock.storage_seconds():
            return None
        return upload

    def expires_s(self, upload: Upload) -> int:
        """In Unix seconds."""
        return int(upload.created_s) + _LIFE_S

    @asynccontextmanager
    async def turn(self, upload_ids: Iterable[str]) -> AsyncIterator[None]:
        """What changes uploads waits for its turn: their parts must stay while they are joined."""
        async with AsyncExitStack() as stack:
            for upload_id in sorted(set(upload_ids)):
                await stack.enter_async_context(self._turns.setdefault(upload_id, asyncio.Lock()))
            yield

    async def answer_once(self, asked: Hashable, make: Callable[[], Awaitable[Response]]) -> Response:
        """The answer to a request that ends uploads; to be called in their turn.

        Clients repeat it when its answer was lost, and get the same again (protocol §8) [unv complete-repeated].
        """
        answer = self._answers.get(asked)
        if answer is None:
            answer = await make()
            self._remember(asked, answer)
        return answer

    def _remember(self, asked: Hashable, answer: Response) -> None:
        self._answers[asked] = answer
        self._answers_bytes += answer.body_length
        while len(self._answers) > _REMEMBERED_ANSWERS or self._answers_bytes > _REMEMBERED_BYTES:
            _, oldest = self._answers.popitem(last=False)
            self._answers_bytes -= oldest.body_length

    def _sweep(self) -> None:
        now_s = self._clock.storage_seconds()
        if abs(now_s - self._swept_s) < _SWEEP_EVERY_S:
            return
        abandoned = self._store.old_uploads(self._mark, now_s - _LIFE_S, _SWEPT_AT_ONCE)
        for upload in abandoned:
            if upload.id not in self._turns:
                self._store.drop_upload(upload.id)
        if len(abandoned) < _SWEPT_AT_ONCE:
            self._swept_s = now_s
