"""The JSON of Kodo's answers as typed structs, and what becomes of it in the model.

What belongs here: names and types on the wire, read leniently: unknown fields are skipped, a missing or null one has a
default. What does not: whether an answer can be believed (`page_guard`, `hosts`).
"""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from kodokeep.model.entry import TICK_NS, RemoteEntry

_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_MAX_INT64 = 2**63 - 1

Bytes = Annotated[int, Meta(ge=0, le=_MAX_INT64)]
Ticks = Annotated[int, Meta(ge=0, le=_MAX_INT64 // TICK_NS)]
"""A time beyond the year 2262 is no time that anybody uploaded at; an answer that names one is a broken answer."""


class ObjectFields(Struct, gc=False):
    """What a stat or a row of a listing says of an object (protocol §3.1)."""

    fsize: Bytes
    hash: str | None = None
    put_time: Ticks | None = field(name="putTime", default=None)
    mime_type: str | None = field(name="mimeType", default=None)
    type: int | None = None
    status: int | None = None
    restore_status: int | None = field(name="restoreStatus", default=None)
    md5: str | None = None
    meta: dict[str, Any] | None = field(name="x-qn-meta", default=None)
    parts: list[Bytes] | None = None
    expiration: Annotated[int, Meta(ge=0, le=_MAX_INT64)] | None = None


class Item(ObjectFields, kw_only=True, gc=False):
    """One row of a listing."""

    key: str


class ListPage(Struct):
    """An answer of `/list` (protocol §3.1). `items` is null in an empty page of some servers, but never missing."""

    items: list[Item] | None
    marker: str | None = None
    error: str | None = None


class Marker(Struct):
    """What a list marker holds (protocol §3.2)."""

    k: str


class BatchEntry(Struct, gc=False):
    """What became of one operation of a batch (protocol §4.1). `data` is the JSON of a stat, or of an error."""

    code: int
    data: msgspec.Raw = msgspec.Raw(b"null")


class HostList(Struct):
    """The hosts of one service, bare."""

    domains: list[str] = []


class Region(Struct):
    """One region of a `/v4/query` answer (protocol §1.2)."""

    ttl: int | None = None
    region: str | None = None
    rs: HostList = field(default_factory=HostList)
    rsf: HostList = field(default_factory=HostList)
    io_src: HostList = field(default_factory=HostList)
    up: HostList = field(default_factory=HostList)


class Regions(Struct):
    """An answer of `/v4/query`; the first region is the bucket's own."""

    hosts: list[Region]


class BoundDomain(Struct):
    """One row of `/v3/domains` (protocol §1.5)."""

    domain: str
    apiscope: int | None = None
    freeze_types: list[Any] | None = None
    ctime: int | None = None
    domaintype: int | None = None


class BucketInfo(Struct):
    """The one thing we ask `/v2/bucketInfo` for."""

    private: int


class CountedBucket(Struct):
    """One row of `/v3/buckets` (protocol §1.5)."""

    tbl: str
    region: str | None = None
    file_num: Bytes | None = None
    storage_size: Bytes | None = None


class NamedBucket(Struct):
    """One row of `/buckets?apiVersion=v4`."""

    name: str
    region: str | None = None
    private: bool | None = None


class BucketPage(Struct):
    """An answer of `/buckets?apiVersion=v4` (protocol §1.5)."""

    buckets: list[NamedBucket] | None
    next_marker: str | None = None
    is_truncated: bool | None = None


class LifecycleRule(Struct):
    """One row of `/rules/get` (protocol §1.5): what lies under the prefix is deleted after so many days, if any."""

    prefix: str | None = None
    days: int | None = field(name="delete_after_days", default=None)


class Stored(Struct, gc=False):
    """What an upload answers once the object is there; `attributes.RETURN_BODY` asks for it (protocol §5)."""

    hash: str
    key: str | None = None
    fsize: Bytes | None = None


class Begun(Struct, gc=False):
    """A resumable upload that has begun (protocol §5.3)."""

    upload_id: str = field(name="uploadId")
    expires_s: int | None = field(name="expireAt", default=None)


class StoredPart(Struct, gc=False):
    """A part that has arrived; its `etag` is opaque."""

    etag: str
    md5: str | None = None


def remote_entry(key: str, fields: ObjectFields) -> RemoteEntry:
    """The object as the model knows it."""
    return RemoteEntry(
        key,
        fields.fsize,
        fields.hash or "",
        (fields.put_time or 0) * TICK_NS,
        fields.mime_type or "",
        fields.type or 0,
        fields.status or 0,
        fields.restore_status or 0,
        fields.md5.lower() if fields.md5 and _MD5.fullmatch(fields.md5) else None,
        tuple(sorted((name, str(value)) for name, value in fields.meta.items())) if fields.meta else (),
        tuple(fields.parts) if fields.parts else (),
        fields.expiration or None,
    )


decode_page = msgspec.json.Decoder(ListPage)
decode_object = msgspec.json.Decoder(ObjectFields)
decode_marker = msgspec.json.Decoder(Marker)
decode_batch = msgspec.json.Decoder(list[BatchEntry])
decode_stored = msgspec.json.Decoder(Stored)
decode_begun = msgspec.json.Decoder(Begun)
decode_stored_part = msgspec.json.Decoder(StoredPart)
decode_regions = msgspec.json.Decoder(Regions)
decode_domains = msgspec.json.Decoder(list[BoundDomain] | None)
decode_domain_names = msgspec.json.Decoder(list[str] | None)
decode_rules = msgspec.json.Decoder(list[LifecycleRule] | None)
decode_bucket_info = msgspec.json.Decoder(BucketInfo)
decode_counted_buckets = msgspec.json.Decoder(list[CountedBucket] | None)
decode_bucket_page = msgspec.json.Decoder(BucketPage)
decode_bucket_names = msgspec.json.Decoder(list[str] | None)
