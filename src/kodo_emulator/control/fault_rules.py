"""Fault rules: what they say, and when they fire. What firing does is in `faults.py`."""

import random
import re
from typing import Annotated, Literal

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Request, split_path
from kodo_emulator.protocol.entry import unb64url

Count = Annotated[int, msgspec.Meta(ge=1)]
Offset = Annotated[int, msgspec.Meta(ge=0)]
_MATCHERS = frozenset({"host", "method", "path", "nth", "times", "probability", "seed"})


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One rule. The first group of fields says which requests, the second what happens to them.

    `path` is a regular expression searched in the decoded path, and in the text of its base64 segments. `nth` counts
    the requests that match, from 1. Offsets count bytes of the response body.
    """

    host: Literal["uc", "rs", "rsf", "up", "io", "io_src"] | None = None
    method: str | None = None
    path: str | None = None
    nth: Count | list[Count] | None = None
    times: Count | None = None
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    seed: int = 0

    delay_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] | None = None
    status: Annotated[int, msgspec.Meta(ge=200, le=999)] | None = None
    body: str | None = None
    headers: dict[str, str] | None = None
    reset_at: Offset | None = None
    truncate_at: Offset | None = None
    short_length: Offset | None = None
    alter_at: Offset | None = None
    slow_bytes_per_s: Count | None = None
    stale: bool = False
    json_error_200: bool = False
    ignore_range: bool = False
    gzip: bool = False
    list_empty_page: bool = False
    list_stuck_marker: bool = False
    list_cut: bool = False
    list_duplicate: bool = False
    list_disorder: bool = False

    @property
    def has_effect(self) -> bool:
        fields = msgspec.structs.asdict(self)
        effects = {name for name, value in fields.items() if value is not None and value is not False} - _MATCHERS
        if self.status is None and not self.json_error_200:
            effects.discard("body")
        return bool(effects)

    @property
    def damages_pages(self) -> bool:
        return (
            self.list_empty_page or self.list_stuck_marker or self.list_cut or self.list_duplicate or self.list_disorder
        )


class ArmedRule:
    """A rule with its counters."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._path = re.compile(rule.path) if rule.path is not None else None
        self._random = random.Random(rule.seed)  # noqa: S311 -- repeatable on purpose
        self._numbers = frozenset([rule.nth] if isinstance(rule.nth, int) else rule.nth or ())
        self._seen = 0
        self._fired = 0

    def fires(self, request: Request) -> bool:
        """Whether the rule fires for this request; each call counts."""
        if not self._matches(request):
            return False
        self._seen += 1
        if self._numbers and self._seen not in self._numbers:
            return False
        if self.rule.times is not None and self._fired >= self.rule.times:
            return False
        if self.rule.probability is not None and self._random.random() >= self.rule.probability:
            return False
        self._fired += 1
        return True

    def _matches(self, request: Request) -> bool:
        rule = self.rule
        if rule.host is not None and rule.host != request.role:
            return False
        if rule.method is not None and rule.method != request.method:
            return False
        return self._path is None or any(self._path.search(text) for text in _subjects(request))


def read_rules(document: bytes) -> list[Rule]:
    """Rules from a JSON list.

    Raises:
        KodoError: 400, naming what is wrong.
    """
    try:
        rules = msgspec.json.decode(document, type=list[Rule])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise KodoError(400, f"invalid fault rules: {error}") from error
    for position, rule in enumerate(rules):
        if not rule.has_effect:
            raise KodoError(400, f"invalid fault rules: rule {position} has no effect")
        try:
            re.compile(rule.path or "")
        except re.error as error:
            raise KodoError(400, f"invalid fault rules: path of rule {position}: {error}") from error
    return rules


def _subjects(request: Request) -> list[str]:
    """What a rule's path is searched in: the key of a download, else the path and what its segments encode."""
    try:
        segments = split_path(request.path)
    except KodoError:
        return []
    whole = "/".join(segments)
    if request.role in {"io", "io_src"}:
        return [whole]
    return ["/" + whole, *(text for segment in segments if (text := _decoded(segment)))]


def _decoded(segment: str) -> str:
    try:
        return unb64url(segment).decode()
    except ValueError:
        return ""
