"""What the doctor tells of the machine's timers: `schedule` is a higher room than it, so the command asks there."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from kodokeep.cli.session import Session
from kodokeep.errors import KodokeepError
from kodokeep.model.finding import Finding, ok, warning
from kodokeep.model.options import PairOptions

if TYPE_CHECKING:
    from kodokeep.schedule.install import KeptPair

TIMER = "timer"


def timers_of(session: Session) -> Callable[[PairOptions], Iterator[Finding]]:
    """Tells whether a timer starts a pair; all timers are looked at once, when the first pair asks."""

    @cache
    def kept_pairs() -> "dict[str, KeptPair]":
        from kodokeep.cli.cmd_schedule import look_around  # noqa: PLC0415 - rarely needed
        from kodokeep.schedule.install import kept_pairs as of  # noqa: PLC0415 - rarely needed

        known = look_around(session)
        found, _ = of(known.timers, tuple(known.usual.values()), datetime.now(UTC))
        return {each.job.name: each for each in found}

    def tell(pair: PairOptions) -> Iterator[Finding]:
        install = f"{session.command} schedule install"
        try:
            kept_pair = kept_pairs().get(pair.name)
        except KodokeepError as error:
            yield warning(TIMER, f"not known: {error.message}", error.hint or f"{session.command} schedule show")
            return
        yield from _told(kept_pair, install, f"{session.command} serve")

    return tell


def _told(kept_pair: "KeptPair | None", install: str, serve: str) -> Iterator[Finding]:
    kept = kept_pair.kept_by if kept_pair is not None else ()
    if not kept:
        yield warning(TIMER, "none of this machine starts it", f"{install}; fine if {serve} is at work")
    elif len(kept) > 1:
        yield warning(TIMER, f"it is kept twice: by {' and by '.join(each.keeper for each in kept)}", install)
    elif not kept[0].current:
        yield warning(TIMER, f"{kept[0].keeper} has it, and not as the config says now", install)
    elif not kept[0].running:
        yield warning(TIMER, f"{kept[0].keeper} has it, and it does not run", install)
    else:
        yield ok(TIMER, f"kept by {kept[0].keeper}")
