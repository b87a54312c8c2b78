"""The moment an upload becomes an object, whichever way its bytes came (protocol §2.4, §5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from kodo_emulator.clock import Clock
from kodo_emulator.errors import no_such_bucket
from kodo_emulator.net.http1 import Response
from kodo_emulator.protocol.metadata import check_header_value
from kodo_emulator.protocol.policy import Policy, check_content, check_deadline, check_key, check_overwrite, choose_mime
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.interface import Store, StoredObject


@dataclass(frozen=True, slots=True)
class Finished:
    """A content that arrived and what the client said about it; `key` None means that it named none."""

    key: str | None
    size_bytes: int
    hash: str
    md5: str | None = None
    file_name: str | None = None
    client_mime: str | None = None
    meta: Mapping[str, str] | None = None
    parts: tuple[int, ...] = ()


class Creation:
    """Creates objects as far as their policy permits."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def check_target(self, policy: Policy, key: str | None) -> None:
        """What can be refused before any byte is kept.

        Raises:
            KodoError: 631, 403.
        """
        if self._store.bucket(policy.bucket) is None:
            raise no_such_bucket()
        check_key(policy, key)

    def check(self, policy: Policy, finished: Finished) -> None:
        """All that a policy asks of a finished upload.

        Raises:
            KodoError: 400, 401, 403, 413, 614, 631.
        """
        check_deadline(policy, self._clock.seconds())
        self.check_target(policy, finished.key)
        mime = self._mime(policy, finished)
        check_header_value("mimeType", mime)
        check_content(policy, finished.size_bytes, mime)
        existing = self._store.find(policy.bucket, self._key(finished))
        check_overwrite(policy, existing.hash if existing else None, finished.hash)

    def create(self, policy: Policy, finished: Finished, content: str) -> Response:
        """Check once more, as time went by while the content was sealed, and put the object.

        Raises:
            KodoError: as `check`; then the content is not used.
        """
        self.check(policy, finished)
        now = self._clock.ticks()
        stored = StoredObject(
            key=self._key(finished),
            content=content,
            size_bytes=finished.size_bytes,
            hash=finished.hash,
            mime=self._mime(policy, finished),
            put_time=now,
            last_modify=now,
            kind=policy.file_type or 0,
            md5=finished.md5,
            end_user=policy.end_user,
            meta=finished.meta or {},
            parts=finished.parts,
        )
        self._store.put(policy.bucket, stored)
        return json_response(200, {"hash": stored.hash, "key": stored.key})

    @staticmethod
    def _key(finished: Finished) -> str:
        return finished.hash if finished.key is None else finished.key

    @staticmethod
    def _mime(policy: Policy, finished: Finished) -> str:
        return choose_mime(policy, finished.client_mime, (finished.file_name, finished.key))
