"""Committing: the call that makes the object, and the look at the key right before it (rule 26, protocol §2.4).

What belongs here: preconditions, lost replies, and whether the bucket has what was read. What does not: getting the
bytes there (`form_upload`, `part_upload`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from kodokeep.kodo import wire
from kodokeep.kodo.asking import Attempts, Bases, Script, ask, undecided
from kodokeep.kodo.attributes import Attributes, attributes
from kodokeep.kodo.delivery import Call, Reply
from kodokeep.kodo.failures import CONCERNS_ALL, Failure
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.signing import Signer
from kodokeep.kodo.urls import stat_target
from kodokeep.model.entry import RemoteEntry, same_content
from kodokeep.model.outcome import Uploaded
from kodokeep.ports import Source, UploadRequest

_NOT_THERE = 612
_TAKEN = 614


class Stale(Exception):
    """The file or the object is not what was seen when the upload was planned; nothing was changed."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Altered(Exception):
    """The bucket made an object of other bytes than those that were sent; `found` is what it has now."""

    def __init__(self, found: RemoteEntry | None, detail: str) -> None:
        super().__init__(detail)
        self.found = found
        self.detail = detail


class Upload:
    """One request on its way. `expected` is what the key must hold right before the object is made."""

    __slots__ = ("expected", "request", "sent_bytes")

    def __init__(self, request: UploadRequest) -> None:
        self.request = request
        self.expected = request.replaces
        self.sent_bytes = 0


@dataclass(frozen=True, slots=True)
class Content:
    """What was read: our own v1 hash, the hash that the bucket is to compute, and the part sizes if it has any."""

    size_bytes: int
    v1: str
    hash: str
    parts: tuple[int, ...]
    holds: Callable[[RemoteEntry], bool]
    """True if an object of this size has these bytes."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What scripts ask with. `halted` tells that nothing new is to be taken up."""

    bucket: str
    signer: Signer
    retry: Retry
    up: Bases
    rs: Bases
    now_s: Callable[[], float]
    halted: Callable[[], bool]

    def look(self, key: str, wait_s: float = 0.0) -> Script[RemoteEntry | None]:
        """What the key holds now. Raises Failure."""
        target = stat_target(self.bucket, key)

        def make(base: str) -> Call:
            url = base + target
            return Call("GET", url, self.signer.headers("GET", url))

        try:
            fields = yield from ask(Attempts(self.retry, self.rs), self.rs, make, wire.decode_object, wait_s)
        except Failure as failure:
            if failure.status == _NOT_THERE and not isinstance(failure.error, CONCERNS_ALL):
                return None
            raise
        return wire.remote_entry(key, fields)

    def token(self, upload: Upload, taken_over: Attributes) -> str:
        """A fresh upload token."""
        policy = taken_over.policy(replaces=upload.expected is not None, now_s=self.now_s())
        return self.signer.upload_token(self.bucket, upload.request.key, policy)


Send = Callable[[str, Attributes], Call]
"""The call that makes the object, for a base URL."""


def commit(
    desk: Desk, upload: Upload, content: Content, sniffed: Callable[[], str | None], send: Send
) -> Script[Uploaded]:
    """Make the object. A reply that was lost, or refused because the key is taken, is judged by looking at the key.

    Raises Stale, Altered, Failure.
    """
    request = upload.request
    attempts = Attempts(desk.retry, desk.up)
    wait_s, lost, taken = 0.0, False, False
    while True:
        found = None
        if upload.expected is not None or lost or taken:
            found = yield from desk.look(request.key, wait_s)
            wait_s = 0.0
            if is_done(found, upload.expected, content.holds):
                assert found is not None
                return uploaded(upload, found, content.v1, existed=not lost)
        made = attributes(request.key, request.mtime_ns, found, sniffed)
        base = desk.up.current
        call = send(base, made)
        call.once = upload.expected is not None or bool(content.parts)  # a new form that is sent twice does no harm
        call.after_s = wait_s
        reply: Reply = yield call
        try:
            stored = reply.decoded(wire.decode_stored)
        except Failure as failure:
            lost = lost or undecided(failure)
            taken = failure.status == _TAKEN
            wait_s = attempts.again(failure) if taken else attempts.after(failure, base)
            continue
        if _is_as_sent(stored, request.key, content):
            return uploaded(upload, _entry(request.key, content, made), content.v1)
        return (yield from _doubted(desk, upload, content, stored))


def is_done(found: RemoteEntry | None, expected: RemoteEntry | None, holds: Callable[[RemoteEntry], bool]) -> bool:
    """True if the key holds the content already, False if it holds what it should before. Raises Stale."""
    if found is None:
        if expected is None:
            return False
        raise Stale("the object is gone from the bucket")
    if expected is not None and same_content(found, expected):
        return False
    if holds(found):
        return True
    raise Stale("another object has this key meanwhile" if expected is None else "the object changed in the bucket")


def uploaded(upload: Upload, remote: RemoteEntry, content_hash: str, *, existed: bool = False) -> Uploaded:
    """The result; whether a putTime was seen is left to chance, so none is told."""
    return Uploaded(upload.request.seq, replace(remote, put_time_ns=0), content_hash, upload.sent_bytes, existed)


def read_unchanged(source: Source) -> None:
    """Raises Stale if the file is not what was seen any more."""
    if not source.unchanged():
        raise changed()


def changed() -> Stale:
    """What a file that changed comes to."""
    return Stale("the file changed while it was read")


def _is_as_sent(stored: wire.Stored, key: str, content: Content) -> bool:
    return (
        stored.hash == content.hash
        and stored.key in {None, key}
        and stored.fsize in {None, content.size_bytes}
    )  # fmt: skip


def _doubted(desk: Desk, upload: Upload, content: Content, stored: wire.Stored) -> Script[Uploaded]:
    """The answer names other bytes than were sent: it may be the answer that is wrong."""
    found = yield from desk.look(upload.request.key)
    if found is not None and content.holds(found):
        return uploaded(upload, found, content.v1)
    if found is not None and found.hash != stored.hash:
        raise Stale("another object has this key meanwhile")
    raise Altered(found, f"the bucket has other bytes than were sent: expected hash {content.hash}, got {stored.hash}")


def _entry(key: str, content: Content, made: Attributes) -> RemoteEntry:
    """What a stat would show, but the time."""
    return RemoteEntry(
        key,
        content.size_bytes,
        content.hash,
        0,
        made.mime,
        made.storage_type or 0,
        metadata=tuple(sorted(made.metadata)),
        parts=content.parts,
        expires_s=made.expires_s,
    )
