"""The remote side: what is asked of a bucket."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from kodokeep.model.archive import Lifetime
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import Did, DownloadRequest, Fetched, NotFetched, NotUploaded, Relocation, Uploaded
from kodokeep.ports.signals import StopSignal
from kodokeep.ports.source import Source


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """One file to upload as `key`. Whoever takes the request closes `source`.

    `replaces` is the object that the key must still hold right before the upload is completed (rule 26), and whose mime
    type, metadata, storage type and expiry the new one takes over; None: the key must be free. `progress` is the
    absolute path of a file in which a resumable upload may remember how far it is; it is gone once the upload is done.
    """

    seq: int
    key: str
    source: Source
    mtime_ns: int
    replaces: RemoteEntry | None
    progress: str


class Bucket(Protocol):
    """The remote side."""

    def listing(self, prefix: str, stop: StopSignal) -> Iterator[RemoteEntry]:
        """Every object whose key starts with `prefix`, strictly ascending; ends only when proved complete.

        Raises ListingUnordered at the first key out of order, ListingBroken at a repeated key or a stuck marker,
        SignInRefused, ClockSkewed, BucketUnknown, Unreachable; Interrupted soon after `stop` is set, whatever the
        bucket does or does not answer.
        """

    def unordered_listing(self, prefix: str, stop: StopSignal) -> Iterator[RemoteEntry]:
        """The same without the guard on order (the caller sorts and finds duplicates)."""

    def download(self, requests: Iterable[DownloadRequest], stop: StopSignal) -> Iterator[Fetched | NotFetched | None]:
        """Fetch objects concurrently; results come as they finish, in any order, each request at most once.

        None comes a few times a second while nothing finishes. Requests are taken lazily, on the caller's thread, never
        more than a bounded number ahead. After `stop` is set none is taken, small
        ones in flight finish, partial files of the others stay for a resume. Failed ones were tried again at the end.
        Raises FolderFull if the disk has no room, after yielding all that finished.
        """

    def upload(self, requests: Iterable[UploadRequest], stop: StopSignal) -> Iterator[Uploaded | NotUploaded | None]:
        """Upload files concurrently; results and requests come and go as with `download`.

        A file that changes while it is read, an object that is not `replaces`, and a key that is taken by another
        content are STALE; a key that holds just this content already is Uploaded. What comes back is checked: the
        bucket's hash is that of the bytes that were read. After `stop` is set large ones pause and can be resumed.
        """

    # The ones below: batched, and Interrupted soon after `stop` is set, if it is given; then some may have been done.

    def stat_many(self, keys: Sequence[str], stop: StopSignal | None = None) -> list[RemoteEntry | None]:
        """The objects as they are now, part sizes included; None where there is none. Batched. Raises KodoError."""

    def delete_many(self, keys: Sequence[str], stop: StopSignal | None = None) -> list[Did]:
        """Delete objects; DONE also where there was none any more. Batched. Raises KodoError."""

    def move_many(self, moves: Sequence[Relocation], stop: StopSignal | None = None) -> list[Did]:
        """Give objects other keys, never over another object. Batched; they are independent of each other.

        DONE as well if an earlier, unanswered attempt did it: the target has the content, the source is gone. Raises
        KodoError.
        """

    def thaw_many(self, objects: Sequence[RemoteEntry], days: int, stop: StopSignal | None = None) -> list[Did]:
        """Ask for archived objects to be thawed for so many days. DONE also if that was asked for already; GONE if
        there is no such object any more, or one that is not archived. Batched. Raises KodoError.
        """

    def lifetimes(self, stop: StopSignal | None = None) -> tuple[Lifetime, ...]:
        """The bucket's rules that delete objects. Raises KodoError, Interrupted."""

    def copy_many(self, copies: Sequence[Relocation], stop: StopSignal | None = None) -> list[Did]:
        """Copy objects within the bucket, never over another object; the source is looked at first and the copy
        afterwards. GONE also if the source has another content now, or if the copy has (it is removed again, as
        long as the source has that content). Batched.
        Raises KodoError.
        """

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""

    @property
    def received_bytes(self) -> int:
        """Body bytes of objects received so far, unfinished ones included; may be read from another thread."""

    @property
    def sent_bytes(self) -> int:
        """Bytes of files sent so far, unfinished uploads included; may be read from another thread."""
