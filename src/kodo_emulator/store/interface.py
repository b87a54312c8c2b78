"""What the hosts need from a store, and the values that pass. How bytes are kept is in `disk.py`.

A store only keeps: whether something may be overwritten, deleted or read is decided by the hosts, in one turn of the
event loop (no await between looking and writing), so that a store needs no locks.
"""

from collections.abc import Mapping, Sequence
from typing import BinaryIO, Protocol

import msgspec

DEFAULT_MAX_AGE_S = 31_536_000


class LifecycleRule(msgspec.Struct, frozen=True):
    """A rule of a bucket for the keys with a prefix; days count from putTime, 0 means never (protocol §1.5).

    Less than 0 days to a storage type mean at once. Of several rules the one with the longest prefix counts.
    """

    name: str
    prefix: str
    created_s: float
    delete_after_days: int = 0
    to_line_after_days: int = 0
    to_archive_ir_after_days: int = 0
    to_archive_after_days: int = 0
    to_deep_archive_after_days: int = 0
    history_delete_after_days: int = 0
    history_to_line_after_days: int = 0


class EventRule(msgspec.Struct, frozen=True):
    """Where a bucket's events are to be posted."""

    name: str
    prefix: str
    suffix: str
    events: tuple[str, ...]
    callback_urls: tuple[str, ...]
    access_key: str = ""
    host: str = ""


class RefererRules(msgspec.Struct, frozen=True):
    """Who may embed a bucket's objects: `mode` 0 off, 1 allow list, 2 deny list (protocol §2.6)."""

    mode: int = 0
    patterns: tuple[str, ...] = ()
    allow_empty: bool = True
    source_enabled: bool = False


class Settings(msgspec.Struct, frozen=True):
    """What can be set of a bucket (protocol §1.5).

    `max_age_s` is what downloads say; `max_age_asked_s` is what was set, where 0 and less mean the default, and None if
    nothing was. `quota_*` -1 means unlimited. `cors` holds the rules as they were set. `timestamp_keys` are the secrets
    of the timestamp anti-leech of its domain (protocol §2.6); none: it is off. `mirror_sources` are the URLs that
    prefetch and downloads of missing keys pull from.
    """

    max_age_s: int = DEFAULT_MAX_AGE_S
    max_age_asked_s: int | None = None
    protected: bool = False
    no_index_page: bool = True
    referers: RefererRules = RefererRules()
    timestamp_keys: tuple[str, ...] = ()
    mirror_sources: tuple[str, ...] = ()
    mirror_host: str = ""
    lifecycle: tuple[LifecycleRule, ...] = ()
    events: tuple[EventRule, ...] = ()
    cors: msgspec.Raw = msgspec.Raw(b"[]")
    tags: tuple[tuple[str, str], ...] = ()
    quota_size_bytes: int = -1
    quota_count: int = -1
    remark: str = ""


class Bucket(msgspec.Struct, frozen=True):
    """A bucket; `created_s` is in Unix seconds. `dated`: some object of it may have an expiry or a transition ahead."""

    name: str
    private: bool
    created_s: float
    region: str = "z0"
    settings: Settings = Settings()
    dated: bool = False


class Totals(msgspec.Struct, frozen=True):
    """How much a bucket holds."""

    count: int = 0
    size_bytes: int = 0


class StoredObject(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One object. A Struct and not a dataclass, because a list page builds a thousand of them.

    `put_time` and `last_modify` are in 100 ns ticks, `thaw_*` in Unix seconds. `content` is the store's own name of
    the bytes. `kind` is the storage type 0..5, `status` 1 means disabled. `meta` has no `x-qn-meta-` prefixes.
    `parts` are the sizes of a multipart upload, in bytes. `expires_s` is when the object is deleted, `transitions` are
    storage types and when they begin, earliest first, both in Unix seconds. `headers` are the response headers that an
    upload stored (Cache-Control, …).
    """

    key: str
    content: str
    size_bytes: int
    hash: str
    mime: str
    put_time: int
    last_modify: int
    kind: int = 0
    status: int = 0
    md5: str | None = None
    end_user: str | None = None
    meta: Mapping[str, str] = {}
    parts: tuple[int, ...] = ()
    thaw_ready_s: float | None = None
    thaw_end_s: float | None = None
    expires_s: int | None = None
    transitions: tuple[tuple[int, int], ...] = ()
    headers: Mapping[str, str] = {}


class Upload(msgspec.Struct, frozen=True):
    """A multipart upload that was not completed yet; `key` is None when the client named none."""

    id: str
    bucket: str
    key: str | None
    created_s: float


class Part(msgspec.Struct, frozen=True):
    """A part of an upload; `put_time_s` in Unix seconds, `etag` is the v1 hash of the part."""

    number: int
    size_bytes: int
    etag: str
    content: str
    put_time_s: int


class Incoming(Protocol):
    """Content that arrives. It has no name that anybody could read until an object or a part refers to it."""

    def write(self, data: bytes) -> None: ...

    async def seal(self) -> str:
        """Make the content as durable as the store promises and give its name."""
        ...

    def discard(self) -> None:
        """Forget the content, sealed or not."""
        ...


class Store(Protocol):
    """Objects by bucket and key, in the byte order of the UTF-8 key [unv list-order].

    A bucket that is not there reads as an empty one; writing into one is a mistake of the caller.
    """

    def buckets(self) -> Sequence[Bucket]: ...

    def bucket(self, name: str) -> Bucket | None: ...

    def put_bucket(self, bucket: Bucket) -> None:
        """Create a bucket, or change what is known of one."""
        ...

    def drop_bucket(self, name: str) -> None:
        """Remove a bucket and everything in it. What takes long of that is left to `tidy`."""
        ...

    def tidy(self) -> bool:
        """Clear away a slice of what earlier calls left over; whether there is more."""
        ...

    def totals(self, bucket: str) -> Totals:
        """How much a bucket holds, without counting it."""
        ...

    def port(self, listener: str) -> int:
        """The port this listener had last time, 0 if none."""
        ...

    def keep_port(self, listener: str, port: int) -> None: ...

    def forget_port(self, listener: str) -> None: ...

    def find(self, bucket: str, key: str) -> StoredObject | None: ...

    def find_previous(self, bucket: str, key: str) -> StoredObject | None:
        """The object that the current one replaced, if it replaced any."""
        ...

    def scan(self, bucket: str, start: str, end: str | None, limit: int) -> Sequence[StoredObject]:
        """At most `limit` objects with `start` <= key < `end` in key order; no end means the end of the bucket."""
        ...

    def last_key_before(self, bucket: str, end: str | None) -> str | None:
        """The greatest key below `end`."""
        ...

    def receive(self) -> Incoming: ...

    def put(self, bucket: str, stored: StoredObject) -> None:
        """Create or replace an object in one transaction; the replaced one becomes the previous one.

        Its content must be one that nothing names yet; `copy_content` gives one for bytes that are stored already.
        """
        ...

    def update(self, bucket: str, stored: StoredObject) -> None:
        """Change what is known of an object, not its content."""
        ...

    def copy_content(self, stored: StoredObject) -> str:
        """Another name for the same bytes, for an object that is about to be put."""
        ...

    def move(self, source: tuple[str, str], target_bucket: str, stored: StoredObject) -> None:
        """Put `stored`, which keeps the content of `source` (bucket, key), and remove `source`, in one transaction."""
        ...

    def delete(self, bucket: str, key: str) -> None: ...

    def revise(self, bucket: str, changed: Sequence[StoredObject], gone: Sequence[str]) -> None:
        """Update some objects and delete others, by their keys, in one transaction."""
        ...

    def open(self, content: str) -> BinaryIO:
        """The bytes of a content, to be read from any position; they stay readable when the content is removed.

        Raises:
            FileNotFoundError: it was removed already.
        """
        ...

    def add_upload(self, upload: Upload) -> None: ...

    def find_upload(self, upload_id: str) -> Upload | None: ...

    def old_uploads(self, id_prefix: str, before_s: float, limit: int) -> Sequence[Upload]:
        """At most `limit` uploads whose ids begin so and that were begun before a time (Unix seconds)."""
        ...

    def put_part(self, upload_id: str, part: Part) -> None:
        """Keep a part; one with the same number is replaced."""
        ...

    def parts(self, upload_id: str) -> Sequence[Part]:
        """All parts by ascending number."""
        ...

    async def join(self, parts: Sequence[Part]) -> str:
        """A new content: the parts one after the other.

        Raises:
            FileNotFoundError: parts were removed meanwhile.
        """
        ...

    def drop_content(self, content: str) -> None:
        """Remove a sealed content that no object came to use."""
        ...

    def drop_upload(self, upload_id: str) -> None:
        """Forget an upload and its parts."""
        ...
