"""The summary: a run in numbers, with names that are stable in JSON (design §10), and the proof that they add up."""

from dataclasses import dataclass

_PARTS_OF_BOTH = (
    "unchanged", "touched", "adopted", "downloaded", "uploaded", "copied", "moved", "deleted", "conflicts", "kept",
    "held", "unavailable", "thawing", "stale", "failed", "filtered",
)  # fmt: skip

LISTED_PARTS = (*_PARTS_OF_BOTH, "remote_only")
"""What every listed object ends up as (rule 32, with the `unavailable` of design §2).

An object that a file's content took the place of counts as `uploaded`, one that stays although its file is gone as
`kept`, one that a publish has no file for as `remote_only`. `moved` is an object that got another key, or whose file
got another path. `copied` are contents that came from another key of their side instead of travelling. `conflicts` are
keys that both sides had changed, whichever content has the key now.
"""

WALKED_PARTS = (*_PARTS_OF_BOTH, "local_only")
"""What every file found by the walk ends up as: the same words, for the other side."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How the rows of one side ended: `parts` sum up to `total`, or something was lost on the way."""

    total: int
    parts: dict[str, int]

    @property
    def reconciles(self) -> bool:
        """True if every row is accounted for exactly once."""
        return self.total == sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Summary:
    """One run over one pair. `exit` is its exit code. `listed_tally` and `walked_tally` are the two sides' accounts.

    `held`, `failed` and `stale` count actions of both sides, held deletions included, which no listing shows. So do
    `uploaded`, `copied`, `moved`, `deleted` and `kept`; `uploaded` counts the files that conflicts were kept in, too.
    """

    name: str
    run: str
    mode: str
    exit: int
    listed: int = 0
    unchanged: int = 0
    touched: int = 0
    adopted: int = 0
    downloaded: int = 0
    uploaded: int = 0
    copied: int = 0
    moved: int = 0
    deleted: int = 0
    archived: int = 0
    conflicts: int = 0
    held: int = 0
    unavailable: int = 0
    thawing: int = 0
    stale: int = 0
    failed: int = 0
    filtered: int = 0
    local_only: int = 0
    remote_only: int = 0
    kept: int = 0
    walked: int = 0
    bytes_downloaded: int = 0
    bytes_uploaded: int = 0
    requests: int = 0
    seconds: float = 0.0
    error: str = ""
    hint: str = ""
    listed_tally: Tally = Tally(0, {})
    walked_tally: Tally = Tally(0, {})
