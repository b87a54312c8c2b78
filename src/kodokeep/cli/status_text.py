"""A pair's status, for people and for scripts."""

from collections.abc import Iterator

from kodokeep.cli.run_text import run_fields, run_phrase, run_time
from kodokeep.model.record import Attempt, RunRecord
from kodokeep.model.status import PairStatus
from kodokeep.model.summary import Summary
from kodokeep.reporting import words
from kodokeep.reporting.health_words import ago, attempt_phrase, verdict
from kodokeep.reporting.jsonlines import Fields
from kodokeep.reporting.units import count, duration, instant, moment, printable, size

WAITING = {"held": "held", "failed": "failed", "thawing": "being thawed", "unavailable": "not available"}
"""Parts of the last run that a person may have to do something about, or wait for."""


def status_line(status: PairStatus, kodokeep: str) -> str:
    """How the pair is, in one line."""
    return f"{status.name}: {verdict(status, kodokeep)}"


def status_lines(status: PairStatus, kodokeep: str) -> Iterator[str]:
    """The same, and then all that is known of it."""
    yield status_line(status, kodokeep)
    for label, text in _facts(status):
        yield f"  {label:<12}  {text}"


def status_fields(status: PairStatus, exit_code: int) -> Fields:
    """All of it under its stable names. Times are ISO 8601 in UTC, null if there is none."""
    health, totals, last_run = status.health, status.totals, status.last_run
    return {
        "name": status.name,
        "bucket": status.bucket,
        "folder": status.folder,
        "mode": status.mode,
        "exit": exit_code,
        "stale": health.stale,
        "broken": health.broken,
        "reasons": [str(reason) for reason in health.reasons],
        "last_success_at": _iso(status.past.last_success_s),
        "last_success_age_seconds": None if status.age_s is None else round(status.age_s, 3),
        "stale_after_seconds": health.stale_after_s,
        "last_attempt": _attempt_fields(status.last_attempt) if status.last_attempt else None,
        "schedule": status.schedule,
        "next_due": _iso(status.due.timestamp() if status.due else None),
        "missed_due": _iso(health.missed_due.timestamp() if health.missed_due else None),
        "objects": totals.objects if totals else None,
        "size_bytes": totals.object_bytes if totals else None,
        "history_contents": totals.history_contents if totals else None,
        "history_bytes": totals.history_bytes if totals else None,
        "state_bytes": status.state_bytes,
        "last_run": run_fields(last_run) if last_run else None,
        "last_success": run_fields(status.last_success) if status.last_success else None,
        "unfinished": status.unfinished,
        "lock_owner": status.at_work,
        "troubles": [{"message": trouble.message, "hint": trouble.hint} for trouble in status.troubles],
    }


def _facts(status: PairStatus) -> Iterator[tuple[str, str]]:
    yield "pair", words.flow(status.mode, status.bucket, status.folder)
    yield from _past(status)
    if status.totals is not None:
        totals = status.totals
        yield "in step", f"{count(totals.objects, 'object')}, {size(totals.object_bytes)}"
        yield "history", f"{count(totals.history_contents, 'content')}, {size(totals.history_bytes)}"
    if status.state_bytes:
        yield "state", f"{size(status.state_bytes)} on disk"
    if status.due is not None:
        wait = duration(max(0.0, (status.due - status.at).total_seconds()))
        yield "next run", f"{moment(status.due.timestamp())}, in {wait} ({printable(status.schedule)})"
    if status.at_work:
        yield "at work", printable(status.at_work)
    elif status.unfinished:
        yield "unfinished", f"run {status.unfinished} was cut off; the next run settles it first"


def _past(status: PairStatus) -> Iterator[tuple[str, str]]:
    attempt, record = status.last_attempt, status.last_run
    success_s, age_s = status.past.last_success_s, status.age_s
    if attempt is not None:
        yield "last success", "never" if success_s is None or age_s is None else f"{moment(success_s)}, {ago(age_s)}"
        if record is None or attempt.run != record.run:
            how = attempt_phrase(attempt, at_work=status.past.at_work)
            yield "last attempt", f"{moment(attempt.started_s)}: {how}"
    if record is not None:
        yield "last run", f"{run_time(record.run)}: {_ending(status, record)}"
        if record.summary is not None and record.summary.listed_tally.total:
            yield "", words.account(record.summary)
        if waiting := _waiting(record.summary):
            yield "needs a look", waiting


def _ending(status: PairStatus, record: RunRecord) -> str:
    if record.summary is None:
        return "at work" if status.at_work else "cut off"
    error = f": {printable(record.summary.error)}" if record.summary.error else ""
    return f"{run_phrase(record)}, in {duration(record.summary.seconds)}{error}"


def _waiting(summary: Summary | None) -> str:
    parts = {} if summary is None else {part: getattr(summary, part) for part in WAITING}
    return ", ".join(f"{number:,} {WAITING[part]}" for part, number in parts.items() if number)


def _attempt_fields(attempt: Attempt) -> Fields:
    return {
        "started": _iso(attempt.started_s),
        "ended": _iso(attempt.ended_s),
        "exit": attempt.exit,
        "run": attempt.run,
        "scheduled": attempt.scheduled,
        "error": attempt.error,
    }


def _iso(at_s: float | None) -> str | None:
    return None if at_s is None else instant(at_s)
