"""Witness: a listener that keeps what an alert may need of a run, and no more: a run may tell millions of things."""

from collections import Counter

from kodokeep.model.action import StandingKind
from kodokeep.model.event import ActionFinished, Event, GuardTripped, Notice, NoticeKind, Planned, RunFinished, Skipped
from kodokeep.model.outcome import OutcomeKind
from kodokeep.model.summary import Summary

MOST_KEYS = 10
MOST_GUARDS = 20

UNREMARKABLE = frozenset({
    NoticeKind.SETTLED_CRASH, NoticeKind.THROTTLED, NoticeKind.NO_DOMAIN, NoticeKind.STOPPING, NoticeKind.CROSS_DEVICE,
})  # fmt: skip
"""Notices that need no look: they come again with every run, or are over. Who was always warned would not look."""


class Witness:
    """Listens to one run."""

    def __init__(self) -> None:
        self.guards: tuple[GuardTripped, ...] = ()
        self.notices: Counter[NoticeKind] = Counter()
        self.failed_keys: list[str] = []
        self.summary: Summary | None = None

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Planned(guards=guards):
                self.guards = guards[:MOST_GUARDS]
            case Notice(kind) if kind not in UNREMARKABLE:
                self.notices[kind] += 1
            case ActionFinished(outcome) if outcome.kind is OutcomeKind.FAILED:
                self._failed(outcome.action.key)
            case Skipped(standing) if standing.kind is StandingKind.BLOCKED:
                self._failed(standing.row.key)
            case RunFinished(summary):
                self.summary = summary
            case _:
                pass

    def _failed(self, key: str) -> None:
        if len(self.failed_keys) < MOST_KEYS:
            self.failed_keys.append(key)
