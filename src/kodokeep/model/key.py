"""Keys and paths: how a key is spelled in the folder and read back (design §4). Pure text, no disk.

`%%` is the escape. Reading a name from left to right, `%%XX` is a byte, a final `%%` (the terminator) is dropped, and a
directory's final `%%+` (the continuation) is dropped together with the slash that follows; all else is itself.
Reading depends on nothing but the path; writing takes the plainest spelling, or the next one that is free.

Not here: which spelling is free (`local.allocator`), and what order the tree is read in (`local.walk`).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from kodokeep.model.windows import REFUSED_CHARS, is_cut, is_device

KEY_MAX_BYTES = 750
"""The longest key that Kodo takes, in bytes of UTF-8."""

NAME_MAX_BYTES = 255
"""The longest file name nearly everywhere, in bytes."""

OWN_DIRECTORY = ".kodokeep"
"""The tool's own directory in the folder; no key is ever spelled like it (rule 4)."""

_TERMINATOR = "%%"
_CONTINUATION = "%%+"
_ESCAPED_LETTERS = 8  # how many letters of a segment are tried before an empty continuation is put before it

_MOST_CHARS_IN_KEY = KEY_MAX_BYTES // 3  # so many characters of the Basic Multilingual Plane always fit

# Printable ASCII, Latin, Greek, Cyrillic, kana, the common Chinese ideographs and hangul, in segments that are neither
# empty nor begin with a dot. `~` is left out for `kodoke~1`, and no other letter here folds to one of `.kodokeep`; so
# whatever matches means itself.
_LETTERS = r" -.0-}\u00c0-\u02af\u0370-\u04ff\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
_PLAIN_NAME = re.compile(rf"(?!\.)[{_LETTERS}]++")
_PLAIN_PATH = re.compile(rf"{_PLAIN_NAME.pattern}(?:/{_PLAIN_NAME.pattern})*+")
_ESCAPE = re.compile(rb"%%([0-9A-Fa-f]{2})")
_MUST_ESCAPE = re.compile(r"[\x00-\x1f\x7f-\x9f]|%(?=%)")
_SHORT_NAME = re.compile(r"kodoke~[0-9]+")
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


class NotAKey(ValueError):
    """A path that no key has, or a text that is no key. The message is the reason, for people."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How names are spelled. No name is longer than `name_max` bytes (at least 32); `portable` ones are such that
    Windows can hold them; `escaped` are characters that the disk would change. Reading needs to know none of it.
    """

    name_max: int = NAME_MAX_BYTES
    portable: bool = False
    escaped: frozenset[str] = frozenset()

    def escapes(self, char: str) -> bool:
        """True for a character that must not be written as itself."""
        return char in self.escaped or (self.portable and char in REFUSED_CHARS)

    @property
    def is_plain(self) -> bool:
        """True if nothing is escaped that need not be everywhere."""
        return not (self.portable or self.escaped)


PLAIN = Spelling()
"""As nearly every disk takes it."""


def encode(key: str, spelling: Spelling = PLAIN) -> str:
    """The plainest path of a key.

    Raises NotAKey for a text that Kodo would not take: over 750 bytes, or with lone surrogates.
    """
    if spelling.is_plain and _fits_plainly(key, spelling.name_max):
        return key
    check_key(key)
    return "/".join(
        segment
        if spelling.is_plain and _fits_plainly(segment, spelling.name_max)
        else next(spellings(segment, spelling))
        for segment in key.split("/")
    )


def decode(path: str) -> str:
    """The key that a path stands for. Raises NotAKey, with the reason, if there is none."""
    if len(path) <= _MOST_CHARS_IN_KEY and _is_plain(path, _PLAIN_PATH):
        return path
    *parents, last = path.split("/")
    key = "".join(map(decode_directory, parents)) + decode_name(last)
    check_key(key)
    return key


def decode_name(name: str) -> str:
    """What a file's name stands for in its key. Raises NotAKey."""
    if _is_plain(name, _PLAIN_NAME):
        return name
    return _decoded(name, name.removesuffix(_TERMINATOR))


def decode_directory(name: str) -> str:
    """What a directory's name puts before the keys below it: the segment and `/`, or a part of a segment alone.

    Raises NotAKey.
    """
    if _is_plain(name, _PLAIN_NAME):
        return f"{name}/"
    if is_continuation(name):
        return _decoded(name, name[: -len(_CONTINUATION)])
    return f"{_decoded(name, name.removesuffix(_TERMINATOR))}/"


def is_continuation(name: str) -> bool:
    """True if a directory of this name is a part of a segment, whose other part is in the names below."""
    return name.endswith(_CONTINUATION)


def spellings(segment: str, spelling: Spelling = PLAIN) -> Iterator[str]:
    """Without end, the ways to spell one segment of a key, file or directory, from plain to exotic.

    Each is one name, or several joined by `/` of which all but the last are continuations.
    """
    tokens = _tokens(segment, spelling)
    for depth in count():
        for spelled in _spellings_at_one_depth(tokens, spelling):
            yield f"{_CONTINUATION}/" * depth + spelled


def is_reserved(name: str) -> bool:
    """True for `.kodokeep` and for all that some file system may take for it (rule 4)."""
    if name.isascii():
        folded = name.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
        folded = _IGNORABLE.sub("", folded)
    folded = folded.rstrip(". ")
    return folded == OWN_DIRECTORY or _SHORT_NAME.fullmatch(folded) is not None


def check_key(key: str) -> None:
    """Raise NotAKey, with the reason, if Kodo would not take a key."""
    try:
        size_bytes = len(key.encode())
    except UnicodeEncodeError:
        raise NotAKey("not UTF-8") from None
    if size_bytes > KEY_MAX_BYTES:
        raise NotAKey(f"{size_bytes} bytes long, a key has at most {KEY_MAX_BYTES}")


def fits(key: str) -> bool:
    """True if a key is not longer than Kodo takes."""
    return len(key) <= _MOST_CHARS_IN_KEY or len(key.encode()) <= KEY_MAX_BYTES


def _is_plain(text: str, pattern: re.Pattern[str]) -> bool:
    """True only if `text` surely stands for itself, as path and as key; lengths are not looked at."""
    return pattern.fullmatch(text) is not None and _TERMINATOR not in text


def _fits_plainly(text: str, name_max: int) -> bool:
    """The same, and surely no name in it is longer than `name_max` bytes."""
    return len(text) <= (name_max if text.isascii() else name_max // 3) and _is_plain(text, _PLAIN_PATH)


def _decoded(name: str, body: str) -> str:
    """`body` with its escapes resolved; `name` is the whole name it comes from."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise NotAKey("no file can have this name")
    if is_reserved(name):
        raise NotAKey(f"the name is too much like {OWN_DIRECTORY}")
    try:
        text = _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), body.encode()).decode()
    except UnicodeError:
        raise NotAKey("not UTF-8") from None
    if "/" in text:
        raise NotAKey("an escaped slash in a name")
    return text


def _escaped(text: str) -> str:
    return "".join(f"%%{byte:02X}" for byte in text.encode())


def _tokens(segment: str, spelling: Spelling) -> list[str]:
    """A segment as pieces that must stay whole: characters, or the escape of one character."""
    if spelling.is_plain and not _MUST_ESCAPE.search(segment):
        return list(segment)
    return [
        _escaped(char) if _MUST_ESCAPE.match(segment, position) or spelling.escapes(char) else char
        for position, char in enumerate(segment)
    ]


def _spellings_at_one_depth(tokens: list[str], spelling: Spelling) -> Iterator[str]:
    plain = _spelled(tokens, "", spelling)
    yield plain
    terminated = _spelled(tokens, _TERMINATOR, spelling)
    if terminated != plain:
        yield terminated
    for position, token in enumerate(tokens[:_ESCAPED_LETTERS]):
        if len(token) == 1:
            varied = _spelled([*tokens[:position], _escaped(token), *tokens[position + 1 :]], "", spelling)
            if varied != plain:
                yield varied


def _spelled(tokens: list[str], ending: str, spelling: Spelling) -> str:
    """Lay tokens out as one name, or as continuations and a last name, which gets a terminator if it needs one."""
    names: list[str] = []
    while True:
        last = "".join(tokens)
        if spelling.portable and is_device(last):
            tokens = [_escaped(tokens[0]), *tokens[1:]]
            last = "".join(tokens)
        if last in ("", ".", "..") or is_reserved(last) or (spelling.portable and is_cut(last)):
            ending = _TERMINATOR
        if len(last.encode()) + len(ending) <= spelling.name_max:
            return "/".join([*names, last + ending])
        cut = _tokens_within(tokens, spelling.name_max - len(_CONTINUATION))
        names.append("".join(tokens[:cut]) + _CONTINUATION)
        tokens = tokens[cut:]


def _tokens_within(tokens: list[str], limit_bytes: int) -> int:
    """How many of the first tokens together have at most so many bytes."""
    total_bytes = 0
    for position, token in enumerate(tokens):
        total_bytes += len(token.encode())
        if total_bytes > limit_bytes:
            return position
    return len(tokens)
