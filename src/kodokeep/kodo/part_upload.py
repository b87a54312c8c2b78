"""Large files: resumable uploads of version 2, several parts of one file at once (protocol §5.3)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from kodokeep.errors import KodoError, Unreachable
from kodokeep.kodo import resume, wire
from kodokeep.kodo.asking import Attempts, Script, Together, ask, ends_all
from kodokeep.kodo.attributes import Attributes, attributes
from kodokeep.kodo.commit import Altered, Content, Desk, Stale, Upload, commit, is_done, read_unchanged, uploaded
from kodokeep.kodo.delivery import Call, Feed
from kodokeep.kodo.failures import Failure
from kodokeep.kodo.parts import Limits
from kodokeep.kodo.pieces import chunks, read_part
from kodokeep.kodo.resume import Record, SavedPart
from kodokeep.kodo.retry import Cancelled
from kodokeep.kodo.sniff import HEAD_BYTES, mime_of_content
from kodokeep.kodo.urls import uploads_target
from kodokeep.kodo.verify import held_hash
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import Uploaded
from kodokeep.model.qetag import HashKind, Qetag, hash_kind

_NO_SUCH_UPLOAD = 612
_BAD_PARTS = 400

_MARGIN_S = 3600
"""An upload that expires so soon is not gone on with."""

_UNSAVED_SHARE = 50
"""The record is written anew for every fiftieth that it grows: a large one costs little then, and a kill, too."""


class _Useless(Exception):
    """The resumable upload itself is of no use: its parts have to be sent anew."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.error.message)
        self.failure = failure


@dataclass(slots=True)
class _Session:
    """One resumable upload of one file: what is known of it, and the hash of what was read so far."""

    upload: Upload
    made: Attributes
    record: Record
    sizes: tuple[int, ...]
    hasher: Qetag
    resumed: bool = False
    arrived: dict[int, SavedPart] = field(default_factory=dict)
    unsaved: int = 0

    def arrive(self, number: int, part: SavedPart) -> None:
        """A part is in the bucket; remembered at once as long as that is cheap."""
        self.arrived[number] = part
        self.unsaved += 1
        if self.unsaved * _UNSAVED_SHARE > len(self.arrived):
            self.save()

    def save(self) -> None:
        """Remember all parts, for whoever goes on."""
        self.unsaved = 0
        self.record.parts |= self.arrived
        resume.save(self.upload.request.progress, self.record)

    def content(self) -> Content:
        """What was read, once all parts were."""
        own, whole = self.hasher.v1(), self.hasher.v2()
        assert whole is not None
        size_bytes, source = self.hasher.size_bytes, self.upload.request.source

        def same(found: RemoteEntry) -> bool:
            if found.size_bytes != size_bytes or hash_kind(found.hash) is HashKind.V1:
                return found.hash == own
            return found.hash == whole or held_hash(found, chunks(source, 0, size_bytes, lambda: False)) is not None

        return Content(size_bytes, own, whole, self.sizes, same)


class PartUploads:
    """Scripts of resumable uploads."""

    def __init__(self, desk: Desk, limits: Limits) -> None:
        self._desk = desk
        self._limits = limits

    def script(self, upload: Upload) -> Script[Uploaded]:
        """Upload one file, going on where an earlier process stopped. If what that left, or the object that comes of
        it, is of no use, once more from the beginning. Raises Stale, Cancelled, Failure, OSError.
        """
        try:
            return (yield from self._once(upload))
        except _Useless:
            pass
        except Altered as altered:
            upload.expected = altered.found
        try:
            return (yield from self._once(upload))
        except _Useless as useless:
            raise useless.failure from useless
        except Altered as altered:
            raise Failure(KodoError(altered.detail)) from altered

    def _once(self, upload: Upload) -> Script[Uploaded]:
        request = upload.request
        found = yield from self._desk.look(request.key)  # before gigabytes are sent for nothing
        hashed: list[str] = []
        if is_done(found, upload.expected, lambda found: self._held(upload, found, hashed)):
            assert found is not None
            resume.drop(request.progress)
            return uploaded(upload, found, hashed[0], existed=True)
        session = yield from self._session(upload, found)
        try:
            result = yield from self._sent(session)
        except (GeneratorExit, Cancelled):
            session.save()
            raise
        except (Stale, Altered, Failure, OSError) as error:
            yield from self._ended_badly(session, error)
            raise
        resume.drop(request.progress)
        return result

    def _held(self, upload: Upload, found: RemoteEntry, hashed: list[str]) -> bool:
        source = upload.request.source
        if found.size_bytes != source.size_bytes:
            return False
        own = held_hash(found, chunks(source, 0, source.size_bytes, self._desk.halted))
        read_unchanged(source)
        hashed.append(own or "")
        return own is not None

    def _session(self, upload: Upload, found: RemoteEntry | None) -> Script[_Session]:
        """Go on with the upload that an earlier process began, if there is one, or begin one."""
        request, now_s = upload.request, self._desk.now_s()
        sizes = self._limits.part_sizes(request.source.size_bytes)
        made = attributes(request.key, request.mtime_ns, found, lambda: _sniffed(upload))
        fresh = Record(self._desk.bucket, request.key, request.source.size_bytes, sizes[0], "", 0)
        earlier = resume.load(request.progress)
        if earlier is not None and earlier.fits(fresh) and earlier.expires_s > now_s + _MARGIN_S:
            return _Session(upload, made, earlier, sizes, Qetag(sizes), resumed=True)
        resume.drop(request.progress)
        session = _Session(upload, made, fresh, sizes, Qetag(sizes))
        attempts = Attempts(self._desk.retry, self._desk.up)
        begun = yield from ask(
            attempts, self._desk.up, lambda base: self._call("POST", base, session), wire.decode_begun
        )
        fresh.upload_id = begun.upload_id
        fresh.expires_s = begun.expires_s or 0
        return session

    def _sent(self, session: _Session) -> Script[Uploaded]:
        yield Together(self._parts(session))
        upload = session.upload
        read_unchanged(upload.request.source)
        named = [{"partNumber": number, "etag": part.etag} for number, part in sorted(session.arrived.items())]

        def send(base: str, made: Attributes) -> Call:
            session.made = made
            metadata = {f"x-qn-meta-{name}": value for name, value in made.metadata}
            completion = {"parts": named, "mimeType": made.mime, "metadata": metadata}
            call = self._call("POST", base, session, body=json.dumps(completion).encode())
            call.joins = True
            return call

        return (yield from commit(self._desk, upload, session.content(), lambda: _sniffed(upload), send))

    def _parts(self, session: _Session) -> Iterator[Script[None]]:
        offset = 0
        for number, size_bytes in enumerate(session.sizes, 1):
            yield self._part(session, number, offset, size_bytes)
            offset += size_bytes

    def _part(self, session: _Session, number: int, offset: int, size_bytes: int) -> Script[None]:
        """Send one part, unless the bucket has it. All begin in their order, as the whole is hashed on the way."""
        source = session.upload.request.source
        piece = read_part(source, offset, size_bytes, session.hasher, self._desk.halted)
        earlier = session.record.parts.get(number)
        if earlier is not None and earlier.md5 == piece.md5:
            session.arrived[number] = earlier
            return

        def make(base: str) -> Call:
            call = self._call("PUT", base, session, number, body=piece.body)
            call.headers.append(f"Content-MD5: {piece.md5}")
            call.content_bytes = size_bytes
            call.pauses = True
            return call

        for _ in range(2):
            attempts = Attempts(self._desk.retry, self._desk.up)
            stored = yield from ask(attempts, self._desk.up, make, wire.decode_stored_part)
            if stored.md5 in {None, piece.md5}:
                session.arrive(number, SavedPart(stored.etag, piece.md5))
                return
            read_unchanged(source)
        raise Failure(KodoError(f"part {number} arrived otherwise than it was sent"))

    def _ended_badly(self, session: _Session, error: Exception) -> Script[None]:
        """Keep what a later attempt can go on with, let go of the rest. Raises _Useless."""
        if isinstance(error, OSError) or (isinstance(error, Failure) and _may_go_on(error)):
            session.save()
            return
        resume.drop(session.upload.request.progress)
        if isinstance(error, Failure) and error.status == _NO_SUCH_UPLOAD:
            raise _Useless(error)
        if not isinstance(error, Altered):  # then there is an object, and the upload is over
            yield self._call("DELETE", self._desk.up.current, session)
        if isinstance(error, Failure) and error.status == _BAD_PARTS and session.resumed:
            raise _Useless(error)

    def _call(
        self, method: str, base: str, session: _Session, number: int | None = None, body: bytes | Feed | None = None
    ) -> Call:  # fmt: skip
        path = uploads_target(self._desk.bucket, session.upload.request.key)
        if session.record.upload_id:
            path += f"/{session.record.upload_id}"
        if number is not None:
            path += f"/{number}"
        kind = "application/json" if method == "POST" else "application/octet-stream"
        headers = [f"Authorization: UpToken {self._desk.token(session.upload, session.made)}", f"Content-Type: {kind}"]
        return Call(method, base + path, headers, body if body is not None or method != "POST" else b"")


def _may_go_on(failure: Failure) -> bool:
    """True if the parts that arrived are of use once whatever is wrong has been put right."""
    return isinstance(failure.error, Unreachable) or ends_all(failure) is not None


def _sniffed(upload: Upload) -> str | None:
    return mime_of_content(upload.request.source.read(0, HEAD_BYTES))
