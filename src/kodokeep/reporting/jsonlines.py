"""A run for scripts: one JSON object per event. The names of the last one are stable (design §10)."""

import time
from collections.abc import Callable, Mapping

from kodokeep.model.action import Action
from kodokeep.model.event import (
    ActionFinished,
    Event,
    Gathering,
    GuardTripped,
    Notice,
    Planned,
    RunFinished,
    RunStarted,
    Skipped,
    Transferring,
)
from kodokeep.model.summary import Summary, Tally

COUNTS = (
    "listed", "unchanged", "touched", "adopted", "downloaded", "uploaded", "copied", "moved", "deleted", "archived",
    "conflicts", "held", "unavailable", "thawing", "stale", "failed", "filtered", "local_only", "remote_only",
    "bytes_downloaded", "bytes_uploaded", "requests", "seconds",
)  # fmt: skip
"""The stable names, in their order."""

EXTRA_COUNTS = ("kept", "walked", "error", "hint")

Fields = dict[str, object]

Put = Callable[[Mapping[str, object]], None]
"""Takes the fields of one event."""

PROGRESS_INTERVAL_S = 1.0


def summary_fields(summary: Summary) -> Fields:
    """A summary under its stable names, then ours."""
    names = ("name", "run", "mode", "exit", *COUNTS, *EXTRA_COUNTS)
    fields: Fields = {name: getattr(summary, name) for name in names}
    fields["listed_tally"] = _tally(summary.listed_tally)
    fields["walked_tally"] = _tally(summary.walked_tally)
    return fields


def action_fields(action: Action) -> Fields:
    """An action under its stable names."""
    return {
        "action": str(action.kind),
        "key": action.key,
        "size_bytes": action.size_bytes,
        "reason": str(action.reason),
    }


def guard_fields(guard: GuardTripped) -> Fields:
    """Why a guard spoke, and how much it holds."""
    return {
        "guard": str(guard.kind),
        "actions": guard.actions,
        "size_bytes": guard.size_bytes,
        "seen": guard.seen,
        "limit": guard.limit,
    }


class JsonLines:
    """Gives the events of a run of the pair `name` to `put`. Progress is thinned out; all else is complete."""

    def __init__(self, name: str, put: Put, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._put = put
        self._clock = clock
        self._next_progress_s = clock() + PROGRESS_INTERVAL_S

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Gathering() | Transferring():
                if self._clock() >= self._next_progress_s:
                    self._next_progress_s = self._clock() + PROGRESS_INTERVAL_S
                    self._tell(*_progress(event))
            case RunStarted(run=run, mode=mode, bucket=bucket, folder=folder):
                self._tell("run_started", {"run": run, "mode": mode, "bucket": bucket, "folder": folder})
            case Planned(counts, download_bytes, guards):
                by_kind = {str(kind): number for kind, number in counts.items()}
                self._tell("planned", {"actions": by_kind, "download_bytes": download_bytes})
                for guard in guards:
                    self._tell("guard", guard_fields(guard))
            case ActionFinished(outcome):
                told = {"outcome": str(outcome.kind), "detail": outcome.detail}
                self._tell("action", action_fields(outcome.action) | told)
            case Skipped(standing):
                told = {"key": standing.row.key, "standing": str(standing.kind), "reason": str(standing.reason)}
                self._tell("skipped", told)
            case Notice(kind, subject, detail):
                self._tell("notice", {"notice": str(kind), "subject": subject, "detail": detail})
            case RunFinished(summary):
                self._tell("run_finished", summary_fields(summary))

    def _tell(self, event: str, fields: Mapping[str, object]) -> None:
        self._put({"event": event, "name": self._name} | dict(fields))


def _progress(event: Gathering | Transferring) -> tuple[str, Fields]:
    if isinstance(event, Gathering):
        return "gathering", {"listed": event.listed, "walked": event.walked}
    return "transferring", {
        "done_objects": event.done_objects,
        "total_objects": event.total_objects,
        "done_bytes": event.done_bytes,
        "total_bytes": event.total_bytes,
    }


def _tally(tally: Tally) -> Fields:
    return {"total": tally.total, "parts": dict(tally.parts)}
