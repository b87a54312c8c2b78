"""Verifying: does what arrived, or what is to be sent, hold the listed bytes? (protocol §9.3)

What belongs here: which proof fits an object, and the verdict. What does not: what to do about a body that differs.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import Verification
from kodokeep.model.qetag import HashKind, Qetag, hash_kind


@dataclass(frozen=True, slots=True)
class Differs:
    """The body is not the object that was expected."""

    detail: str


def needs_parts(expected: RemoteEntry) -> bool:
    """True if a stat could tell the part sizes that the hash was computed over."""
    return expected.hash.startswith("n") and not expected.parts and hash_kind(expected.hash) is HashKind.V2


def hasher(expected: RemoteEntry) -> Qetag:
    """A hasher that computes all that the verdict will ask for, and nothing else."""
    kind = hash_kind(expected.hash)
    if kind is HashKind.V1:
        return Qetag()
    usable = kind is HashKind.V2 and sum(expected.parts) == expected.size_bytes
    return Qetag(expected.parts if usable else (), md5=not usable and expected.md5 is not None)


def verdict(expected: RemoteEntry, hashed: Qetag) -> Verification | Differs:
    """Judge a whole body that went through `hasher(expected)`."""
    if hashed.size_bytes != expected.size_bytes:
        return _differs("size", expected.size_bytes, hashed.size_bytes)
    kind = hash_kind(expected.hash)
    computed = hashed.v1() if kind is HashKind.V1 else hashed.v2() if kind is HashKind.V2 else None
    if computed is not None:
        return Verification.HASH if computed == expected.hash else _differs("hash", expected.hash, computed)
    md5 = hashed.md5()
    if md5 is not None:
        return Verification.MD5 if md5 == expected.md5 else _differs("md5", expected.md5, md5)
    return Verification.SIZE


def whole(expected: RemoteEntry, content_hash: str) -> Verification | Differs:
    """Judge a body of the right size by its v1 hash, for an object that has one."""
    return Verification.HASH if content_hash == expected.hash else _differs("hash", expected.hash, content_hash)


def held_hash(remote: RemoteEntry, pieces: Iterable[bytes]) -> str | None:
    """Our own v1 hash of these pieces, if an object is proved to have their bytes; its size alone proves nothing."""
    hashed = hasher(remote)
    for piece in pieces:
        hashed.update(piece)
    return hashed.v1() if verdict(remote, hashed) in {Verification.HASH, Verification.MD5} else None


def _differs(what: str, expected: object, got: object) -> Differs:
    return Differs(f"body differs from listing: expected {what} {expected}, got {got}")
