"""Fault rules: what they say and how they are read. When one fires is in `armed.py`, what that does in `faults.py`."""

import re
from typing import Annotated, Literal

import msgspec

from kodo_emulator.errors import KodoError

MAX_SKEW_S = 1e9  # Thirty years: further off there may be no date for it.

Host = Literal["uc", "rs", "rsf", "up", "io", "io_src", "api"]
Count = Annotated[int, msgspec.Meta(ge=1)]
Offset = Annotated[int, msgspec.Meta(ge=0)]
Skew = Annotated[float, msgspec.Meta(ge=-MAX_SKEW_S, le=MAX_SKEW_S)]

_MATCHERS = frozenset({"host", "method", "path", "nth", "times", "probability", "seed"})
_PLACE = re.compile(r"^(.*) - at `\$\[(\d+)\]\.?(.*)`$", re.DOTALL)


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One rule. The first group of fields says which requests, the second what happens to them.

    `path` is a regular expression for what `subjects.py` finds. `nth` counts the requests that match, from 1. Offsets
    count bytes of the response body, `reset_request_at` those of the request's.
    """

    host: Host | None = None
    method: Annotated[str, msgspec.Meta(pattern="^[A-Z]+$")] | None = None
    path: str | None = None
    nth: Count | Annotated[list[Count], msgspec.Meta(min_length=1)] | None = None
    times: Count | None = None
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    seed: int | None = None

    delay_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] | None = None
    skew_s: Skew | None = None
    status: Annotated[int, msgspec.Meta(ge=200, le=999)] | None = None
    body: str | None = None
    headers: dict[str, str] | None = None
    anonymous: bool = False
    reset_request_at: Offset | None = None
    reset_at: Offset | None = None
    truncate_at: Offset | None = None
    short_length: Offset | None = None
    alter_at: Offset | None = None
    slow_bytes_per_s: Count | None = None
    json_error_200: bool = False
    html_200: bool = False
    token_expired: bool = False
    stale: bool = False
    ignore_range: bool = False
    gzip: bool = False
    dead_domain: bool | Literal["io", "io_src", "up", "rs", "rsf", "api", "uc", "s3"] = False
    operation_status: Annotated[int, msgspec.Meta(ge=201, le=999)] | None = None
    list_empty_page: bool = False
    list_stuck_marker: bool = False
    list_cut: bool = False
    list_duplicate: bool = False
    list_disorder: bool = False

    @property
    def given(self) -> frozenset[str]:
        """The names of the fields that say something."""
        fields = msgspec.structs.asdict(self)
        return frozenset(name for name, value in fields.items() if value is not None and value is not False)

    @property
    def effects(self) -> frozenset[str]:
        """What happens, by the names of the fields."""
        return self.given - _MATCHERS

    @property
    def dead_service(self) -> str | None:
        """Whose names are not to be resolved; the downloads' unless it says otherwise."""
        return "io" if self.dead_domain is True else self.dead_domain or None


def read_rules(document: bytes) -> list[Rule]:
    """Rules from a JSON list, well formed each by itself; whether they can work is told by `rule_checks.py`.

    Raises:
        KodoError: 400, naming the rule and the field that are wrong.
    """
    try:
        return msgspec.json.decode(document, type=list[Rule])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise KodoError(400, f"invalid fault rules: {_placed(str(error))}") from error


def _placed(text: str) -> str:
    """The decoder's words, with the place as people count."""
    match = _PLACE.match(text)
    if not match:
        return text
    what, index, field = match.groups()
    place = f"rule {int(index) + 1}"
    return f"{place}, {field}: {what}" if field else f"{place}: {what}"
