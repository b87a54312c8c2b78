"""The headers of a download: the object's own, those an upload stored, metadata (protocol §6.2, §6.5)."""

import re
from functools import lru_cache
from urllib.parse import quote

from kodo_emulator.clock import TICKS_PER_SECOND
from kodo_emulator.net.http1 import Headers, http_date
from kodo_emulator.protocol.metadata import overridden, with_metadata
from kodo_emulator.protocol.ranges import Validators
from kodo_emulator.store.interface import StoredObject

_UNQUOTABLE = re.compile(r'[^ -~]|["\\]')


def object_headers(stored: StoredObject, cache_control: str, attachment: str | None, shared: Headers) -> Headers:
    """All of them, `shared` included: what an upload stored wins over the defaults, `attname` and then `!Header` win.

    `attachment` is the value of `attname`; empty asks for the object's own name [OLD overview/dn/download-settings].
    Without it the object is to be shown in place, with that name, as public captures of downloads have it.
    """
    own_name = stored.key.rpartition("/")[2]
    headers: Headers = (
        ("Content-Type", stored.mime),
        ("ETag", f'"{stored.hash}"'),
        ("Last-Modified", http_date(stored.put_time // TICKS_PER_SECOND)),
        ("Accept-Ranges", "bytes"),
        ("Cache-Control", cache_control),
        ("Content-Disposition", _disposition("inline", own_name)),
        *shared,
    )
    if stored.headers:
        headers = overridden(headers, stored.headers)
    if attachment is not None:
        headers = overridden(headers, {"Content-Disposition": _disposition("attachment", attachment or own_name)})
    return with_metadata(headers, stored.meta) if stored.meta else headers


def validators(headers: Headers) -> Validators:
    """What these headers name the version by, whatever they were overridden with."""
    named = {name.lower(): value for name, value in headers}
    return Validators(named.get("etag", ""), named.get("last-modified", ""))


@lru_cache(maxsize=1024)
def _disposition(kind: str, file_name: str) -> str:
    """The name twice: as old clients read it, in ASCII, and in full [unv disposition-letters]."""
    if not file_name:
        return kind
    plain = _UNQUOTABLE.sub("_", file_name)
    return f"{kind}; filename=\"{plain}\"; filename*=utf-8''{quote(file_name, safe='')}"
