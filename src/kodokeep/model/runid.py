"""Run ids: the time a run began, in a form that sorts as text."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_FORM = re.compile(r"(\d{8}T\d{6}Z)(?:~\d+)?", re.ASCII)


def next_run_id(now_s: float, known: Iterable[str]) -> str:
    """The id of a run that begins at `now_s` (Unix time), above all of `known` whatever the clock does (rule 12).

    `known` is what state, history and run logs name. A twin like `20261122T030000Z~2` (rule 11) counts as the run it
    belongs to; what is no run id is ignored. Some disks show `t` and `z` for `T` and `Z`.
    """
    now = datetime.fromtimestamp(int(now_s), UTC)
    return format(max([now, *_successors(known)]), "%Y%m%dT%H%M%SZ")


def began(run: str) -> datetime:
    """When a run of this id began, by the clock of its machine. Raises ValueError if it is none of ours."""
    return datetime.strptime(run, "%Y%m%dT%H%M%S%z")


def _successors(known: Iterable[str]) -> Iterable[datetime]:
    for name in known:
        match = _FORM.fullmatch(name.upper())
        if match is None:
            continue
        try:
            yield began(match[1]) + timedelta(seconds=1)
        except (ValueError, OverflowError):  # no such day; or the last second there is
            continue
