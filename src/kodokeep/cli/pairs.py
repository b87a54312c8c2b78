"""Reports about several pairs: one after the other, and what goes wrong with one does not hide the others."""

from collections.abc import Callable, Sequence

from kodokeep.cli.output import put_json, say
from kodokeep.cli.session import worst
from kodokeep.errors import KodokeepError
from kodokeep.model.options import PairOptions


def for_each(pairs: Sequence[PairOptions], report: Callable[[PairOptions], int], *, as_json: bool) -> int:
    """Report every pair and give the exit code of all. `report` gives one pair's code or raises KodokeepError."""
    return worst([_guarded(pair, report, as_json=as_json) for pair in pairs])


def _guarded(pair: PairOptions, report: Callable[[PairOptions], int], *, as_json: bool) -> int:
    try:
        return report(pair)
    except KodokeepError as error:
        say(f"{pair.name}: {error.message}", hint=error.hint)
        if as_json:
            told = {"message": error.message, "hint": error.hint}
            put_json({"event": "error", "name": pair.name, "exit": error.exit_code} | told)
        return error.exit_code
