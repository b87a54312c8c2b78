"""One pair's run for a command: whatever befalls it, its summary is told."""

from collections.abc import Callable

from kodokeep import exits
from kodokeep.errors import KodokeepError
from kodokeep.model.event import RunFinished
from kodokeep.model.options import PairOptions
from kodokeep.model.summary import Summary
from kodokeep.ports import Emit


def exit_code(pair: PairOptions, work: Callable[[], Summary], emit: Emit) -> int:
    """Run one pair by `work` and give its exit code. An error that has no summary gets one, and a bug is saved."""
    try:
        return work().exit
    except KodokeepError as error:
        code, message, hint = error.exit_code, error.message, error.hint
    except Exception as error:  # noqa: BLE001 - a bug that one pair meets must not cost the others their turn
        from kodokeep.cli.crash import save_report  # noqa: PLC0415 - slow to load, and rarely needed

        code, message, hint = exits.BUG, save_report(error), ""
    emit(RunFinished(Summary(pair.name, "", pair.mode, code, error=message, hint=hint)))
    return code
