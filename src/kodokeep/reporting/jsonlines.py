"""A run for scripts: one JSON object per event. The names of the last one are stable (design §10)."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from kodokeep.model.action import Action, ActionKind, Standing
from kodokeep.model.alert import Alert
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
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.record import HeldAction
from kodokeep.model.summary import Summary, Tally
from kodokeep.model.traffic import TrafficUse
from kodokeep.reporting.keyless import keyless

if TYPE_CHECKING:
    from kodokeep.planning.cost import Estimate

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


def alert_fields(alert: Alert) -> Fields:
    """An alert: its kind, and the summary of its run, if there was one, under the stable names. Names no keys."""
    known: Fields = {"event": str(alert.kind), "name": alert.pair, "bucket": alert.bucket, "folder": alert.folder}
    if alert.summary is not None:
        known |= summary_fields(alert.summary)
    error = alert.error or (alert.summary.error if alert.summary else "")
    hint = alert.hint or (alert.summary.hint if alert.summary else "")
    return known | {
        "error": keyless(error, alert.folder),
        "hint": keyless(hint, alert.folder),
        "host": alert.host,
        "at": alert.at_s,
        "last_success": alert.last_success_s,
        "due": alert.due_s,
        "recovered": alert.recovered,
        "warnings": list(alert.warnings),
    }


def estimate_fields(cost: "Estimate") -> Fields:
    """What a plan will probably cost, named as in the header of a plan file."""
    return {
        "get_requests": cost.get_requests,
        "put_requests": cost.put_requests,
        "cost": round(cost.cost, 6),
        "currency": cost.currency,
        "thawed_bytes": cost.thawed_bytes,
        "unpriced_bytes": cost.unpriced_bytes,
    }


def traffic_fields(traffic: TrafficUse) -> Fields:
    """How the month's budget stands: bytes if `currency` is empty, else money."""
    return {
        "used": traffic.used,
        "limit": traffic.limit,
        "left": traffic.left,
        "planned": traffic.planned,
        "currency": traffic.currency,
        "ends": traffic.ends.isoformat(),
        "never": traffic.never,
    }


def standing_fields(standing: Standing) -> Fields:
    """Why nothing is done about a key; times in seconds since the epoch, as far as they are known."""
    times = {"since": standing.since_s, "ready": standing.ready_s, "until": standing.until_s}
    known = {name: seconds for name, seconds in times.items() if seconds is not None}
    fields: Fields = {"key": standing.row.key, "standing": str(standing.kind), "reason": str(standing.reason)}
    return fields | known


def action_fields(action: Action) -> Fields:
    """An action under its stable names. A move and a copy also name their `source`."""
    fields: Fields = {
        "action": _name(action),
        "key": action.key,
        "size_bytes": action.size_bytes,
        "reason": str(action.reason),
    }
    return fields if action.source is None else fields | {"source": action.source.key}


def _name(action: Action) -> str:
    """The kind; a copy has a name of its own for each side."""
    if not action.copies:
        return str(action.kind)
    return "copy-object" if action.kind is ActionKind.UPLOAD else "copy"


def outcome_fields(outcome: Outcome) -> Fields:
    """What became of an action. A copy that had to be transferred after all is told as the transfer."""
    action = outcome.action
    if action.copies and outcome.kind is OutcomeKind.DONE and not outcome.copied:
        action = replace(action, source=None)
    return action_fields(action) | {"outcome": str(outcome.kind), "detail": outcome.detail}


def held_fields(held: HeldAction) -> Fields:
    """What a guard held, named as actions are."""
    return {
        "action": str(held.kind),
        "key": held.key,
        "size_bytes": held.size_bytes,
        "reason": str(held.reason),
        "run": held.run,
        "approved": held.approved,
    }


def guard_fields(guard: GuardTripped) -> Fields:
    """Why a guard spoke, and how much it holds."""
    return {
        "guard": str(guard.kind),
        "actions": guard.actions,
        "size_bytes": guard.size_bytes,
        "seen": guard.seen,
        "limit": guard.limit,
        "side": guard.side,
        "prefix": guard.prefix,
    } | ({"traffic": traffic_fields(guard.traffic)} if guard.traffic is not None else {})


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
            case Planned():
                self._planned(event)
            case ActionFinished(outcome):
                self._tell("action", outcome_fields(outcome))
            case Skipped(standing):
                self._tell("skipped", standing_fields(standing))
            case Notice(kind, subject, detail):
                self._tell("notice", {"notice": str(kind), "subject": subject, "detail": detail})
            case RunFinished(summary):
                self._tell("run_finished", summary_fields(summary))

    def _planned(self, event: Planned) -> None:
        by_kind = {str(kind): number for kind, number in event.counts.items()}
        told: Fields = {"actions": by_kind, "download_bytes": event.download_bytes, "upload_bytes": event.upload_bytes}
        if event.traffic is not None:
            told["traffic"] = traffic_fields(event.traffic)
        self._tell("planned", told)
        for guard in event.guards:
            self._tell("guard", guard_fields(guard))

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
