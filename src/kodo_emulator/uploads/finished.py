"""What is known of an upload once its bytes are there, whichever way they came, and what templates make of it."""

import posixpath
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Self

from kodo_emulator.protocol.mime import HEAD_BYTES
from kodo_emulator.protocol.policy import Policy
from kodo_emulator.protocol.templates import Values
from kodo_emulator.store.interface import Part, Store
from kodo_emulator.uploads.arrival import Arrival

CUSTOM_PREFIX = "x:"

_CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Said:
    """What the client says about its content; `key` None means that it names none.

    `variables` are custom ones, `x:` included; `headers` are response headers to store.
    """

    key: str | None = None
    mime: str | None = None
    file_name: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    crc32: str | None = None

    @property
    def names(self) -> tuple[str | None, str | None]:
        """Names whose endings may tell a MIME type, the telling one first (protocol §2.4)."""
        return self.file_name, self.key


@dataclass(frozen=True, slots=True)
class Finished:
    """A content that arrived. `head` is how it begins; `by_blocks` marks an upload of version 1."""

    said: Said
    size_bytes: int
    hash: str
    head: bytes
    md5: str | None = None
    parts: tuple[int, ...] = ()
    by_blocks: bool = False

    @classmethod
    def of_arrival(cls, said: Said, arrival: Arrival) -> Self:
        """A content that came in one piece."""
        return cls(said, arrival.size_bytes, arrival.etag, arrival.head, arrival.md5)


def custom_variables(fields: Mapping[str, str]) -> dict[str, str]:
    """Those of the fields that are custom variables."""
    return {name: value for name, value in fields.items() if name.startswith(CUSTOM_PREFIX)}


def read_head(store: Store, parts: Sequence[Part]) -> bytes:
    """How the content begins that the parts make."""
    head = b""
    for part in parts:
        if len(head) >= HEAD_BYTES:
            break
        with store.open(part.content) as file:
            head += file.read(HEAD_BYTES - len(head))
    return head


def magic_values(policy: Policy, finished: Finished, mime: str) -> dict[str, str | int | None]:
    """Values of the magic and custom variables, the key aside, which may depend on them (protocol §2.4).

    What processing would tell (imageInfo, exif, avinfo, imageAve, persistentId) is not there, so it is empty.
    `ext` and `fprefix` are made of the file name [unv ext-variable].
    """
    said = finished.said
    stem, ending = posixpath.splitext(said.file_name or "")
    return {
        **said.variables,
        "bucket": policy.bucket,
        "etag": finished.hash,
        "fname": said.file_name,
        "fsize": finished.size_bytes,
        "mimeType": mime,
        "endUser": policy.end_user,
        "ext": ending or None,
        "suffix": ending or None,
        "fprefix": stem or None,
        "uuid": str(uuid.uuid4()),
    }


def naming_values(values: Values, client_key: str | None, now_s: float) -> Values:
    """Values for a saveKey, which knows the time as well: in China, two digits each [unv save-key-time]."""
    now = datetime.fromtimestamp(now_s, UTC).astimezone(_CHINA)
    spelled = {"year": "%Y", "mon": "%m", "day": "%d", "hour": "%H", "min": "%M", "sec": "%S"}
    return {**values, "key": client_key, **{name: now.strftime(pattern) for name, pattern in spelled.items()}}
