"""The audit trail of one run."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from kodokeep.model.action import Standing
from kodokeep.model.event import Notice, RunStarted
from kodokeep.model.outcome import Outcome, Step, Version
from kodokeep.model.summary import Summary


class RunLog(Protocol):
    """The append-only audit trail of one run."""

    def started(self, event: RunStarted, settings: Mapping[str, str]) -> None:
        """The first line: what runs, with which settings."""

    def step(self, step: Step) -> None:
        """Record a step that was performed, with all that a rebuild needs."""

    def outcome(self, outcome: Outcome) -> None:
        """Record an action that was not done, and why."""

    def standing(self, standing: Standing) -> None:
        """Record a row that was not backed up for a reason a person should know (unavailable, thawing, blocked)."""

    def versions(self, versions: Sequence[Version]) -> None:
        """Record history files that a crashed run had left unrecorded."""

    def notice(self, notice: Notice) -> None:
        """Record a warning."""

    def finished(self, summary: Summary) -> None:
        """The last line, synced."""

    def sync(self) -> None:
        """Make the log durable; comes before the state commit (rule 1)."""
