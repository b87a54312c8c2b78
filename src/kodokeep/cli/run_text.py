"""A past run, for people and for scripts."""

import re

from kodokeep import exits
from kodokeep.model.record import RunRecord, RunState
from kodokeep.reporting import words
from kodokeep.reporting.jsonlines import Fields, summary_fields

_RUN_ID = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")


def run_time(run: str) -> str:
    """When a run began, as its id tells: `2026-11-22 03:00:00 UTC`."""
    return _RUN_ID.sub(r"\1-\2-\3 \4:\5:\6 UTC", run)


def run_phrase(record: RunRecord) -> str:
    """How it ended."""
    if record.summary is not None:
        if record.summary.exit == exits.SOME_FAILED and not record.summary.failed:
            return "finished, but the plan file was out of date"
        return words.EXITS.get(record.summary.exit, f"exit code {record.summary.exit}")
    return "cut off" if record.state is RunState.INTERRUPTED else "at work, or cut off"


def run_fields(record: RunRecord) -> Fields:
    """Its summary under the stable names, as far as it got, with how far that is."""
    known: Fields = {"run": record.run, "mode": record.mode, "state": str(record.state)}
    return known | summary_fields(record.summary) if record.summary is not None else known
