"""Small files: read whole, sent as one form (protocol §5.1)."""

import zlib

from kodokeep.errors import KodoError
from kodokeep.kodo.asking import Script
from kodokeep.kodo.attributes import Attributes
from kodokeep.kodo.commit import Altered, Content, Desk, Upload, changed, commit, read_unchanged
from kodokeep.kodo.delivery import Call
from kodokeep.kodo.failures import Failure
from kodokeep.kodo.form import FormWriter
from kodokeep.kodo.sniff import HEAD_BYTES, mime_of_content
from kodokeep.kodo.verify import held_hash
from kodokeep.model.outcome import Uploaded
from kodokeep.model.qetag import v1


class FormUploads:
    """Scripts of uploads by form."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._writer = FormWriter()

    def script(self, upload: Upload) -> Script[Uploaded]:
        """Upload one file; if the bucket makes something else of it, once more. Raises Stale, Failure, OSError."""
        try:
            return (yield from self._once(upload))
        except Altered as altered:
            upload.expected = altered.found
        try:
            return (yield from self._once(upload))
        except Altered as altered:
            raise Failure(KodoError(altered.detail)) from altered

    def _once(self, upload: Upload) -> Script[Uploaded]:
        source = upload.request.source
        data = source.read(0, source.size_bytes + 1)
        if len(data) != source.size_bytes:
            raise changed()
        read_unchanged(source)
        hashed = v1(data)
        content = Content(len(data), hashed, hashed, (), lambda found: held_hash(found, [data]) is not None)
        crc32 = str(zlib.crc32(data))

        def send(base: str, made: Attributes) -> Call:
            fields = [("token", self._desk.token(upload, made)), ("key", upload.request.key), ("crc32", crc32)]
            fields += [(f"x-qn-meta-{name}", value) for name, value in made.metadata]
            body = self._writer.form(fields, made.mime, data)
            headers = [f"Content-Type: {self._writer.content_type}"]
            return Call("POST", f"{base}/", headers, body, content_bytes=len(data))

        return (yield from commit(self._desk, upload, content, lambda: mime_of_content(data[:HEAD_BYTES]), send))
