"""MIME types: what a name or a content tells, which one is stored, which ones a policy wants (protocol §2.4)."""

import mimetypes
from collections.abc import Iterable, Iterator, Sequence

import puremagic

DEFAULT_MIME = "application/octet-stream"
HEAD_BYTES = 4096

_COMPRESSED = {  # Named as by puremagic, so that content and name agree.
    "gzip": "application/x-gzip",
    "bzip2": "application/x-bzip2",
    "compress": "application/x-compress",
    "xz": "application/x-xz",
}
_MIN_CONFIDENCE = 0.2  # Two bytes that match: less would take every text for something.


def type_of_name(name: str) -> str | None:
    """What the ending of a file name or key tells; `a.txt.gz` is no text."""
    mime, compression = mimetypes.guess_type(f"/{name}")  # The slash: it is not to be taken for a URL.
    return _COMPRESSED.get(compression) if compression else mime


def choose_mime(detect: int | None, client_mime: str | None, names: Sequence[str | None], head: bytes) -> str:
    """The MIME type to store.

    `detect` is the policy's detectMime: -1 takes the client's type; 0 the client's, else what the names tell, else the
    content; 1 what the content tells, else the names. `names` are file name and key, `head` is how the content begins.
    A client that says octet-stream is believed as any other [unv octet-stream-detection].
    """
    if detect == -1:
        return client_mime or DEFAULT_MIME
    if detect:
        return _of_content(head, _of_names(names)) or next(_of_names(names), DEFAULT_MIME)
    return client_mime or next(_of_names(names), None) or _of_content(head, ()) or DEFAULT_MIME


def unwanted_type(limit: str, mime: str, names: Sequence[str | None], head: bytes) -> str | None:
    """What a mimeLimit (`image/*`, `a/b;c/d`, `!` for all but these) does not permit; None if all is well.

    The content is looked at; where it tells nothing, `mime` counts, which is to be stored, then the names
    [unv mime-limit-judged].
    """
    judged = mime
    if seen := _of_content(head, [mime, *_of_names(names)]):
        judged = seen
    elif mime == DEFAULT_MIME:
        judged = next(_of_names(names), mime)
    plain = judged.partition(";")[0].strip().lower()
    patterns = limit.removeprefix("!").lower().split(";")
    listed = any(_matches(pattern.strip(), plain) for pattern in patterns if pattern.strip())
    return None if listed != limit.startswith("!") else judged


def _matches(pattern: str, mime: str) -> bool:
    return mime.startswith(pattern[:-1]) if pattern.endswith("/*") else mime == pattern


def _of_names(names: Sequence[str | None]) -> Iterator[str]:
    guesses = (type_of_name(name) for name in names if name)
    return (guess for guess in guesses if guess)


def _of_content(head: bytes, hints: Iterable[str]) -> str | None:
    """What the content looks like [unv content-detection].

    Many formats begin alike (a zip, a docx): the first hint that fits is taken, else the plainest type.
    """
    found = _candidates(head)
    return next((hint for hint in hints if hint in found), None) or min(found, key=len, default=None)


def _candidates(head: bytes) -> list[str]:
    """The types that fit best, equally well."""
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return []
    named = [match for match in matches if match.mime_type and match.confidence >= _MIN_CONFIDENCE]
    best = max((match.confidence for match in named), default=0.0)
    return [match.mime_type for match in named if match.confidence == best]
