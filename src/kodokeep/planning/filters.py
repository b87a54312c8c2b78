"""Filters: which keys take part at all, and which rows are left as they are (rule 18). Pure.

What belongs here: reading patterns, the list of usual junk, the limits of size and age. The only user of pathspec.
What does not: what becomes of a filtered row (`execution.gather`).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter

from kodokeep.model.action import Row
from kodokeep.model.entry import Obstacle
from kodokeep.model.mtime import mtime_ns
from kodokeep.model.options import FilterOptions, PairOptions

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

JUNK = (
    # macOS, Windows, Linux: what their file managers leave behind
    ".DS_Store", "._*", ".Spotlight-V100/", ".Trashes/", ".fseventsd/",
    "Thumbs.db", "thumbs.db", "desktop.ini", "Desktop.ini", "$RECYCLE.BIN/", "System Volume Information/",
    ".Trash-*/", ".directory", ".nfs*", ".fuse_hidden*",
    # editors and offices: swap, lock and backup files
    ".*.sw?", "*~", ".#*", r"\#*#", "~$*", ".~lock.*#",
    # downloads that are not finished
    "*.part", "*.crdownload",
)  # fmt: skip
"""The default excludes: what no other machine has a use for."""

_NEWLINE = "\udffe"
_EMPTY_NAME = "\udfff" * 64
"""Stand in for what patterns are not made for. No key and no pattern holds half a surrogate."""

_NS = 1_000_000_000


class Filters:
    """The filters of one pair.

    Patterns are matched against the key, never the path that spells it, with the meaning that git gives them: `*` and
    `?` stop at `/`, a pattern with a `/` before its end is anchored, one that ends with `/` takes all that lies below,
    `!` takes back, the last one that matches wins. A key's names are what its slashes part. Whatever is odd about a
    key stays a part of its names: a backslash, a space at the end, `.` and `..` are plain characters, a newline
    is a character like any other (but no pattern can spell it). The name before a leading slash, between two and after
    the last is empty: only `*` and `**` match it, and it lies in its directory as any other (`dir/` takes the object
    `dir/`, `/a` is not the key `/a`, which `a` and `*/a` are).
    """

    def __init__(self, options: FilterOptions) -> None:
        junk = JUNK if options.default_excludes else ()
        self._include = _Patterns(options.include) if options.include else None
        self._exclude = _Patterns((*junk, *options.exclude)) if junk or options.exclude else None
        self._options = options
        limits = (options.min_size_bytes, options.max_size_bytes, options.min_age_s, options.max_age_s)
        self._on_keys = self._include is not None or self._exclude is not None
        self._on_rows = any(limit is not None for limit in limits)

    @classmethod
    def of(cls, options: FilterOptions) -> "Filters":
        """Read the patterns. Raises ValueError for one of which `pattern_problem` has something to say."""
        for pattern in (*options.include, *options.exclude):
            if problem := pattern_problem(pattern):
                raise ValueError(f"{pattern!r}: {problem}")
        return cls(options)

    def leaves_out(self, row: Row, now_ns: int) -> bool:
        """True if a row takes no part: it stays as it is, its record included (rule 18)."""
        return (self._on_keys and self.excludes_key(row.key)) or (self._on_rows and self.filters_row(row, now_ns))

    def excludes_key(self, key: str) -> bool:
        """True if nothing of this key takes part: neither its object, nor its file, nor its record."""
        if not self._on_keys:
            return False
        if self._include is not None and not self._include.match(key):
            return True
        return self._exclude is not None and self._exclude.match(key)

    def hides(self, obstacle: Obstacle) -> bool:
        """True if nobody needs to know of this obstacle, because no key that it may stand for takes part."""
        if not obstacle.covers_prefix:
            return self.excludes_key(obstacle.key)
        if obstacle.echo and not self.excludes_key(obstacle.key.removesuffix("/")):
            return True  # told already
        return self._exclude is not None and self._exclude.takes_all_of(obstacle.key)

    def filters_row(self, row: Row, now_ns: int) -> bool:
        """True if the object's or the file's size or age is beyond the limits, so that the row stays as it is.

        Age is counted from the time that the file has, or would get from its object. The future is no age at all.
        """
        if not self._on_rows:
            return False
        remote, local = row.remote, row.local
        if remote is not None and self._beyond(remote.size_bytes, now_ns - mtime_ns(remote)):
            return True
        return local is not None and self._beyond(local.stamp.size_bytes, now_ns - local.stamp.mtime_ns)

    def _beyond(self, size_bytes: int, age_ns: int) -> bool:
        limits = self._options
        return (
            (limits.min_size_bytes is not None and size_bytes < limits.min_size_bytes)
            or (limits.max_size_bytes is not None and size_bytes > limits.max_size_bytes)
            or (limits.min_age_s is not None and age_ns < limits.min_age_s * _NS)
            or (limits.max_age_s is not None and age_ns > limits.max_age_s * _NS)
        )


class _Patterns:
    """A list of patterns. Only those whose fixed part is in the key are tried, which for most keys are none."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._needs = tuple((fixed_part(pattern), number) for number, pattern in enumerate(patterns))
        self._patterns = tuple(patterns)
        self._takes_back = any(pattern.startswith("!") for pattern in patterns)
        self._among = lru_cache(maxsize=1024)(self._matcher)

    def match(self, key: str) -> bool:
        """True if the last of the patterns that match is not one that takes back."""
        tried = tuple([number for need, number in self._needs if need in key])
        return bool(tried) and self._among(tried)(_matchable(key))

    def takes_all_of(self, directory: str) -> bool:
        """True if this directory (`key/`) is matched by itself, and nothing below it can be taken back."""
        if self._takes_back:
            return False
        return self._among(tuple(range(len(self._patterns))))(_matchable(directory.removesuffix("/")) + "/")

    def _matcher(self, numbers: tuple[int, ...]) -> Callable[[str], bool]:
        """Tells whether a key is matched, looking at these patterns only."""
        spec = _compiled([self._patterns[number] for number in numbers])
        if len(numbers) == 1:  # nothing to weigh against each other
            (pattern,) = spec.patterns
            search = pattern.regex.search if pattern.include and pattern.regex is not None else None
            return lambda text: search is not None and search(text) is not None
        # pathspec takes a slash, or else a ./, from the front of what it gets
        return lambda text: spec.match_file("/" + text, separators=())


def pattern_problem(pattern: str) -> str:
    """What is wrong with a pattern, worded to follow "expected"; empty if it can be used."""
    for text, instead in (("//", "* stands for an empty name"), ("[[:", "classes are spelled out, as in [a-z]")):
        if text in pattern:
            return f"a pattern as in .gitignore ({instead})"
    try:
        compiled = _compiled([pattern]).patterns
    except (ValueError, re.error) as error:
        return f"a pattern as in .gitignore ({error})"
    if all(one.include is None for one in compiled):
        return r"a pattern as in .gitignore that can match (a # at the start is written \#, a [ \[)"
    return ""


def _compiled(patterns: Sequence[str]) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - slow to load, and a backup without patterns needs none

    with catch_warnings():
        simplefilter("ignore", FutureWarning)  # [[] is a plain [ to git, and may be more to a later Python
        return GitIgnoreSpec.from_lines(patterns, backend="simple")


def fixed_part(pattern: str) -> str:
    """A text that every key holds which the pattern matches; empty if there is none."""
    plain = pattern.rstrip().removeprefix("!").partition("[")[0]
    return max((part.strip("/") for part in re.split(r"\\.?|[*?]+", plain)), key=len)


def pair_settings(pair: PairOptions) -> dict[str, str]:
    """What decides which keys take part, as text: if any of it changes, the next plan is held (rule 18)."""
    filters = pair.filters
    return {
        "prefix": pair.prefix,
        "mode": str(pair.mode),
        "include": _lines(filters.include),
        "exclude": _lines(filters.exclude),
        "default_excludes": "yes" if filters.default_excludes else "",
        "min_size": _number(filters.min_size_bytes),
        "max_size": _number(filters.max_size_bytes),
        "min_age": _number(filters.min_age_s),
        "max_age": _number(filters.max_age_s),
    }


def _matchable(key: str) -> str:
    """The key as pathspec can read it: its expressions stop at a newline, and know no empty names."""
    if "\n" in key:
        key = key.replace("\n", _NEWLINE)
    if "//" in key or key[:1] in ("", "/") or key[-1:] == "/":
        return "/".join(name or _EMPTY_NAME for name in key.split("/"))
    return key


def _lines(patterns: Iterable[str]) -> str:
    return "\n".join(patterns)


def _number(limit: int | None) -> str:
    return "" if limit is None else str(limit)
