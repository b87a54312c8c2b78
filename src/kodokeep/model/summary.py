"""The summary: a run in numbers, with names that are stable in JSON (design §10), and the proof that they add up."""

from dataclasses import dataclass

LISTED_PARTS = (
    "unchanged", "touched", "adopted", "downloaded", "copied", "moved", "conflicts",
    "held", "unavailable", "thawing", "stale", "failed", "filtered",
)  # fmt: skip
"""What every listed object ends up as (rule 32, with the `unavailable` of design §2)."""

WALKED_PARTS = (*LISTED_PARTS, "deleted", "kept", "local_only")
"""What every file found by the walk ends up as."""


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

    `held`, `failed` and `stale` count actions of both sides, held deletions included, which no listing shows.
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
