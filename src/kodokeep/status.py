"""How a pair is: its state, the journal, its lock and its schedule put together, and the verdict. Asks no bucket.

What belongs here: looking, quickly, beside a run, and with whatever is left to look at. What does not: the verdict
(`planning.health`), and whom to tell (`cli`, `reporting`, `oversight`).
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kodokeep.errors import FolderUnusable, LockHeld, StateUnusable
from kodokeep.local.identity import IdentityStatus
from kodokeep.local.lock import who_works
from kodokeep.machine import local_zone, state_home
from kodokeep.model.health import Past
from kodokeep.model.options import PairOptions
from kodokeep.model.record import Attempt, RunRecord, Totals
from kodokeep.model.runid import began
from kodokeep.model.status import PairStatus, Trouble
from kodokeep.pair import identity_of, journal_key, private_directory, state_file
from kodokeep.planning.health import attempt_of, judge, known_past
from kodokeep.planning.timetable import next_due
from kodokeep.state.journal import Journal
from kodokeep.state.look import StateLook

LOOKED_AT = 50
"""So many of the newest attempts, and of the newest runs: enough to get behind those that say nothing."""

STARTING_S = 120.0
"""An attempt may take so long to reach the folder: a program brings the keys, for example."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the state says; nothing at all if it cannot be read."""

    runs: Sequence[RunRecord] = ()
    last_success: RunRecord | None = None
    totals: Totals | None = None
    unfinished: str = ""


@dataclass(frozen=True, slots=True)
class _Journalled:
    """What the journal of this machine says; nothing at all if it cannot be read."""

    attempts: Sequence[Attempt] = ()
    last_success: Attempt | None = None


def pair_status(pair: PairOptions, now: datetime | None = None) -> PairStatus:
    """How the pair is now. Never raises KodokeepError: what cannot be looked at is among `troubles`."""
    at = now or datetime.now(UTC)
    troubles: list[Trouble] = []
    kept = _kept(pair, troubles)
    journalled = _journalled(pair, troubles)
    at_work = who_works(private_directory(pair), at)
    past = known_past(
        journalled.attempts,
        kept.runs,
        (_end(journalled.last_success), _end(attempt_of(kept.last_success) if kept.last_success else None)),
        at_work=bool(at_work) or _is_starting(journalled.attempts, kept.unfinished, at),
    )
    local = local_zone()
    schedule = pair.schedule
    if gone := _is_gone(pair, past):
        troubles.append(
            Trouble(
                f"{pair.folder} is not the folder that runs worked on",
                "is its disk mounted? a run would hold everything",
            )
        )
    return PairStatus(
        name=pair.name,
        bucket=pair.bucket,
        folder=pair.folder,
        mode=str(pair.mode),
        at=at,
        past=past,
        health=judge(past, schedule, pair.alerts.stale_after_s, at, local),
        due=next_due(schedule, at, local) if schedule is not None else None,
        schedule=schedule.written if schedule is not None else "",
        totals=None if gone and not kept.runs else kept.totals,  # an empty state is not that of the pair
        state_bytes=_size_bytes(state_file(pair)),
        last_run=next(iter(kept.runs), None),
        last_success=kept.last_success,
        last_summary=next((record.summary for record in kept.runs if record.summary is not None), None),
        unfinished="" if at_work else kept.unfinished,
        at_work=at_work,
        troubles=tuple(troubles),
    )


def _kept(pair: PairOptions, troubles: list[Trouble]) -> _Kept:
    try:
        with StateLook.open(state_file(pair)) as look:
            return _Kept(look.runs(LOOKED_AT), look.last_success(), look.totals(), look.unfinished_run())
    except LockHeld:
        troubles.append(Trouble(f"{state_file(pair)} cannot be looked at while a run has it for itself"))
    except StateUnusable as error:
        troubles.append(Trouble(error.message, error.hint, error.exit_code))
    return _Kept()


def _journalled(pair: PairOptions, troubles: list[Trouble]) -> _Journalled:
    """Trouble with the journal is told, and is no reason to end with another exit code."""
    journal = Journal(state_home())
    identity = journal_key(pair)
    try:
        return _Journalled(journal.attempts(identity, LOOKED_AT), journal.last_success(identity))
    except StateUnusable as error:
        troubles.append(Trouble(error.message, error.hint))
    return _Journalled()


def _end(success: Attempt | None) -> float | None:
    return None if success is None else success.ended_s


def _is_starting(attempts: Sequence[Attempt], unfinished: str, now: datetime) -> bool:
    """True if the newest attempt may be on its way to the folder. One whose run is there already, with nobody at work,
    was cut off.
    """
    newest = attempts[0] if attempts else None
    if newest is None or newest.ended_s is not None:
        return False
    reached = bool(unfinished) and began(unfinished).timestamp() >= math.floor(newest.started_s)
    return not reached and now.timestamp() - newest.started_s < STARTING_S


def _is_gone(pair: PairOptions, past: Past) -> bool:
    """True if runs were at work in a folder, and there is nothing of ours in it now."""
    with suppress(PermissionError, FolderUnusable):  # what cannot be read is told as trouble with the state
        if private_directory(pair).exists():
            return False
        worked = past.last_success_s is not None or any(attempt.run for attempt in past.attempts)
        return worked or identity_of(pair).check().status is IdentityStatus.MISSING_HERE
    return False


def _size_bytes(file: Path) -> int:
    """What the state takes on the disk, with what SQLite keeps beside it."""
    total = 0
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        with suppress(OSError):
            total += file.with_name(name).stat().st_size
    return total
