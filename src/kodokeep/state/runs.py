"""Runs: what began, what came of it, and what each leaves to the next: settings, failed keys, mount points."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from kodokeep.model.record import RunRecord, RunState
from kodokeep.model.summary import Summary
from kodokeep.state.database import Database

_COLUMNS = "run, mode, settings, state, steps, summary"
_NEWEST = f"SELECT {_COLUMNS} FROM runs ORDER BY run DESC LIMIT ?"  # noqa: S608
_SUCCESS = f"SELECT {_COLUMNS} FROM runs WHERE json_extract(summary, '$.exit') = 0 ORDER BY run DESC LIMIT 1"  # noqa: S608
_BEGIN = "INSERT INTO runs (run, mode, settings, state) VALUES (?, ?, ?, ?)"
_FINISH = "UPDATE runs SET state = ?, summary = ? WHERE run = ?"
_REMEMBER = "UPDATE runs SET settings = ? WHERE run = ?"
_CLOSE = "UPDATE runs SET state = ? WHERE run = ?"
_COUNT_STEPS = "UPDATE runs SET steps = steps + ? WHERE run = ?"
_OLDEST_IN_STATE = "SELECT coalesce(min(run), '') FROM runs WHERE state = ?"


class RunTable:
    """The tables `runs`, `failures` and `mounts`. Methods that write do so inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, run: str, mode: str, settings: Mapping[str, str]) -> None:
        """Record that a run starts."""
        text = msgspec.json.encode(dict(settings)).decode()
        self._database.execute(_BEGIN, (run, mode, text, RunState.OPEN.value))

    def remember_settings(self, run: str, settings: Mapping[str, str]) -> None:
        """Replace what a run is on record as set up with."""
        self._database.execute(_REMEMBER, (msgspec.json.encode(dict(settings)).decode(), run))

    def finish(self, summary: Summary, state: RunState, failures: Iterable[str] | None, mounts: Iterable[str]) -> None:
        """Record how a run ended and what the next one needs of it; failures None leaves those of the run before."""
        text = msgspec.json.encode(summary).decode()
        self._database.execute(_FINISH, (state.value, text, summary.run))
        if failures is not None:
            self._database.execute("DELETE FROM failures")
            self._database.execute_many("INSERT OR IGNORE INTO failures VALUES (?)", ((key,) for key in failures))
        self._database.execute("DELETE FROM mounts")
        self._database.execute_many("INSERT INTO mounts VALUES (?)", ((os.fsencode(path),) for path in mounts))

    def interrupt(self, run: str) -> None:
        """Mark a crashed run as settled."""
        self._database.execute(_CLOSE, (RunState.INTERRUPTED.value, run))

    def count_steps(self, run: str, steps: int) -> None:
        """Add committed steps to a run's account."""
        self._database.execute(_COUNT_STEPS, (steps, run))

    def oldest_open(self) -> str:
        """The id of a run that began and was neither finished nor settled, empty if none."""
        return str(self._database.row(_OLDEST_IN_STATE, (RunState.OPEN.value,))[0])

    def newest(self, limit: int) -> list[RunRecord]:
        """The last `limit` runs, newest first."""
        return [_record(row) for row in self._database.rows(_NEWEST, (limit,))]

    def last_success(self) -> RunRecord | None:
        """The newest run that ended with exit code 0."""
        return next(map(_record, self._database.rows(_SUCCESS)), None)

    def mounts(self) -> frozenset[str]:
        """Mount points as the last finished run met them; names of directories need not be UTF-8."""
        return frozenset(os.fsdecode(path) for (path,) in self._database.rows("SELECT path FROM mounts"))


def _record(row: tuple[Any, ...]) -> RunRecord:
    run, mode, settings, state, steps, summary = row
    return RunRecord(
        run,
        mode,
        msgspec.json.decode(settings, type=dict[str, str]),
        RunState(state),
        steps,
        None if summary is None else msgspec.json.decode(summary, type=Summary),
    )
