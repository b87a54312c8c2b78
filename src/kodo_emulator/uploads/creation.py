"""The moment an upload becomes an object: check, seal, create, answer, whichever way its bytes came (protocol §5).

Objects that no upload token asked for (fetched, mirrored) are made here too.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.errors import file_exists, no_such_bucket
from kodo_emulator.net.http1 import Request, Response
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.protocol.lifetimes import expiry_s
from kodo_emulator.protocol.metadata import check_header_value
from kodo_emulator.protocol.mime import choose_mime
from kodo_emulator.protocol.policy import (
    Policy,
    check_client_key,
    check_deadline,
    check_mime,
    check_overwrite,
    check_scope,
    check_size,
)
from kodo_emulator.protocol.templates import Values, check_expansion, expand_text
from kodo_emulator.store.existing import existing_bucket
from kodo_emulator.store.interface import Bucket, Store, StoredObject
from kodo_emulator.uploads.answers import Answers, check_answer
from kodo_emulator.uploads.finished import Finished, magic_values, naming_values
from kodo_emulator.uploads.quota import check_quota, has_quota

Seal = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class _Draft:
    """An object that may be created in a bucket once its content is sealed, and what templates know of it."""

    bucket: Bucket
    finished: Finished
    stored: StoredObject
    values: Values

    def named(self, key: str) -> "_Draft":
        """The same under another key."""
        return replace(self, stored=msgspec.structs.replace(self.stored, key=key), values={**self.values, "key": key})


class Creation:
    """Creates objects as far as their policy permits.

    An object belongs to the bucket that its creation began in: one that is dropped meanwhile takes it along, and one
    that is made anew under the name does not get it.
    """

    def __init__(self, store: Store, clock: Clock, answers: Answers) -> None:
        self._store = store
        self._clock = clock
        self._answers = answers

    def check_target(self, policy: Policy, key: str | None) -> None:
        """What can be refused before any byte is kept.

        Raises:
            KodoError: 631, 403.
        """
        existing_bucket(self._store, policy.bucket)
        check_client_key(policy, key)

    async def create(self, request: Request, policy: Policy, finished: Finished, seal: Seal) -> Response:
        """Make the object and the response to it. `seal` makes the content, which nothing else refers to.

        Raises:
            KodoError: 400, 401, 403, 413, 614, 631; then nothing is kept.
        """
        check_deadline(policy, self._clock.seconds())
        draft = self._draft(policy, finished)
        self._check(policy, draft)
        content = await _sealed(seal)
        response: Response | None = None
        with dropped_on_failure(self._store, content):
            if policy.callback_url and policy.callback_fetch_key:
                draft, response = await self._ask_name(request, policy, draft)
            self._check(policy, draft)  # Once more, as time went by.
            self._put(policy.bucket, draft.stored, content)
        return response or await self._answers.give(request, policy, draft.values)

    async def create_without_token(
        self, bucket: Bucket, finished: Finished, seal: Seal, *, kind: int = 0, replaces: bool = True
    ) -> StoredObject:
        """Make an object of a storage type that no upload token asked for; it replaces what has its key, if it may.

        Raises:
            KodoError: 400, 403, 614, 631; then nothing is kept.
        """
        mime = choose_mime(0, finished.said.mime, finished.said.names, finished.head)
        key = finished.hash if finished.said.key is None else finished.said.key
        stored = msgspec.structs.replace(_describe(finished, key, mime), kind=kind)
        self._check_room(bucket, stored)
        content = await _sealed(seal)
        with dropped_on_failure(self._store, content):
            if self._check_room(bucket, stored) and not replaces:
                raise file_exists()
            return self._put(bucket.name, stored, content)

    def _draft(self, policy: Policy, finished: Finished) -> _Draft:
        """All that a policy says of an object, whatever the store holds.

        Raises:
            KodoError: 400, 403, 413, 631.
        """
        said = finished.said
        self.check_target(policy, said.key)
        check_size(policy, finished.size_bytes)
        mime = choose_mime(policy.detect_mime, said.mime, said.names, finished.head)
        check_mime(policy, mime, said.names, finished.head)
        values = magic_values(policy, finished, mime)
        key = self._key(policy, finished, values)
        values = {**values, "key": key}
        check_answer(policy, values)
        days = policy.delete_after_days
        stored = msgspec.structs.replace(
            _describe(finished, key, mime),
            kind=policy.file_type or 0,
            end_user=policy.end_user,
            expires_s=expiry_s(self._clock.storage_seconds(), days) if days else None,
        )
        bucket = existing_bucket(self._store, policy.bucket)
        return _Draft(bucket, finished, stored, values)

    def _key(self, policy: Policy, finished: Finished, values: Values) -> str:
        client_key = finished.said.key
        if not policy.names_object(client_key):
            return finished.hash if client_key is None else client_key
        naming = naming_values(values, client_key, self._clock.seconds())
        template = policy.save_key or ""
        check_expansion(template, naming)
        key = decode_key(expand_text(template, naming).encode())
        check_scope(policy, key)
        return key

    async def _ask_name(self, request: Request, policy: Policy, draft: _Draft) -> tuple[_Draft, Response]:
        """callbackFetchKey. If the application fails, the object keeps the name that it would have had."""
        key, response = await self._answers.ask_name(request, policy, draft.values)
        if key is None:
            return draft, response
        check_scope(policy, key)
        return draft.named(key), response

    def _check(self, policy: Policy, draft: _Draft) -> None:
        """What may change while a content is sealed.

        Raises:
            KodoError: 401, 403, 614, 631.
        """
        check_deadline(policy, self._clock.seconds())
        replaced = self._check_room(draft.bucket, draft.stored)
        existing_hash = replaced.hash if replaced else None
        check_overwrite(policy, existing_hash, draft.stored.hash, by_blocks=draft.finished.by_blocks)

    def _check_room(self, began: Bucket, stored: StoredObject) -> StoredObject | None:
        """Whether the bucket is still there and can take an object; gives the one that it replaces.

        Raises:
            KodoError: 403, 631.
        """
        bucket = existing_bucket(self._store, began.name)
        if bucket.created_s != began.created_s:
            raise no_such_bucket()
        replaced = self._store.find(bucket.name, stored.key)
        if has_quota(bucket.settings):
            check_quota(bucket.settings, self._store.totals(bucket.name), replaced, stored.size_bytes)
        return replaced

    def _put(self, bucket: str, stored: StoredObject, content: str) -> StoredObject:
        """Equal content is stored anew, too [unv equal-content]."""
        now = self._clock.ticks()
        stored = msgspec.structs.replace(stored, content=content, put_time=now, last_modify=now)
        self._store.put(bucket, stored)
        return stored


async def _sealed(seal: Seal) -> str:
    """The content that `seal` makes.

    Raises:
        KodoError: 631, its parts went away with their bucket.
    """
    try:
        return await seal()
    except FileNotFoundError as error:
        raise no_such_bucket() from error


@contextmanager
def dropped_on_failure(store: Store, content: str) -> Iterator[None]:
    """Remove a sealed content if it does not come into use."""
    try:
        yield
    except BaseException:
        store.drop_content(content)
        raise


def _describe(finished: Finished, key: str, mime: str) -> StoredObject:
    """An object that has no content and no times yet.

    Raises:
        KodoError: 400, the MIME type is no header value.
    """
    check_header_value("mimeType", mime)
    return StoredObject(
        key=key,
        content="",
        size_bytes=finished.size_bytes,
        hash=finished.hash,
        mime=mime,
        put_time=0,
        last_modify=0,
        md5=finished.md5,
        meta=finished.said.meta,
        parts=finished.parts,
        headers=finished.said.headers,
    )
