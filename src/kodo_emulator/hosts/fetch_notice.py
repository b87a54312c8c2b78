"""What an asynchronous fetch is told, and what it tells: its JSON, and a signed callback (DOC 4097, 2025-12)."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.arguments import document
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.protocol.templates import Values, check_expansion, expand_form, expand_json
from kodo_emulator.store.interface import StoredObject
from kodo_emulator.uploads.callbacks import FORM, JSON


class FetchJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of POST /sisyphus/fetch. `url` and `callbackurl` may hold several, with `;` between them."""

    url: str
    bucket: str
    host: str | None = None
    key: str | None = None
    md5: str | None = None
    etag: str | None = None
    callbackurl: str | None = None
    callbackbody: str | None = None
    callbackbodytype: str | None = None
    callbackhost: str | None = None
    file_type: Annotated[int, msgspec.Meta(ge=0, le=5)] | None = None
    ignore_same_key: bool | None = None

    @property
    def urls(self) -> list[str]:
        return [url for url in self.url.split(";") if url]

    @property
    def callback_urls(self) -> list[str]:
        return [url for url in (self.callbackurl or "").split(";") if url]


class _Failed(msgspec.Struct, frozen=True):
    err: str
    code: int


@dataclass(frozen=True, slots=True)
class Notice:
    """The body of a callback."""

    body_type: str
    body: bytes


def read_job(body: bytes) -> FetchJob:
    """The job that a request asks for.

    Raises:
        KodoError: 400.
    """
    job = document(body, FetchJob, strict=False)
    if not job.urls or not job.bucket or (job.callback_urls and not job.callbackbody):
        raise KodoError(400, "invalid argument: url, bucket, and callbackbody with callbackurl, are needed")
    decode_key((job.key or "").encode())
    return job


def success_notice(job: FetchJob, stored: StoredObject) -> Notice:
    """The callback body, its variables filled in.

    Raises:
        KodoError: 400, it would be too long.
    """
    values: Values = {
        "bucket": job.bucket,
        "key": stored.key,
        "etag": stored.hash,
        "fname": unquote(job.urls[0].partition("?")[0]).rpartition("/")[2],
        "fsize": stored.size_bytes,
        "mimeType": stored.mime,
    }
    body_type, template = job.callbackbodytype or FORM, job.callbackbody or ""
    check_expansion(template, values)
    expand = expand_json if body_type.startswith(JSON) else expand_form
    return Notice(body_type, expand(template, values).encode("utf-8", "replace"))


def failure_notice(job: FetchJob, error: KodoError) -> Notice:
    """The job as it was given, with `err` and `code`."""
    told = msgspec.to_builtins(job) | msgspec.to_builtins(_Failed(error.message, error.status))
    return Notice(JSON, msgspec.json.encode(told))
