"""Unstarted: a command that comes to no run at all, because its config is broken or kodokeep is. That is told, too.

Whom to tell is taken from the same config, as far as it can be made out (`config.rescue`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kodokeep import exits
from kodokeep.config.rescue import Rescued, rescue
from kodokeep.errors import KodokeepError
from kodokeep.model.alert import NOBODY, Alert, AlertKind, AlertOptions
from kodokeep.model.summary import Summary
from kodokeep.oversight.judging import REPEAT_S, is_repeated
from kodokeep.oversight.memory import Memory, subject_of_config
from kodokeep.oversight.place import Place
from kodokeep.oversight.teller import News, Teller

if TYPE_CHECKING:
    from kodokeep.config import Config

LOOKED_BACK = 50
"""Attempts that are looked at for the same error."""


@dataclass(frozen=True, slots=True)
class Unstarted:
    """What could not begin. `names` are the pairs that were named; `what` is what does not start if it is not all of
    the config: `serve`, or a name that is not in it. `known` is the config as it was, for who had read it before.
    """

    names: Sequence[str] = ()
    scheduled: bool = False
    what: str = ""
    known: "Config | None" = None


def tell_unstarted(path: str, error: Exception, place: Place, unstarted: Unstarted) -> None:
    """Tell that no run could begin because of `error`. `path` is the config.

    Nobody can be told if the config cannot be read, and never was.
    """
    rescued = _whom(Path(path), unstarted.known)
    if rescued is None:
        return
    code, text, hint = exits.BUG, f"this is a bug: {type(error).__name__}", ""
    if isinstance(error, KodokeepError):
        code, text, hint = error.exit_code, error.message, error.hint
    memory, now_s, subject = Memory(place), place.clock(), subject_of_config(path, unstarted.what)
    memory.end(memory.begin(subject, now_s, scheduled=unstarted.scheduled), now_s, code, error=text)
    summary = Summary("", "", "", code)
    alert = Alert(AlertKind.FAILURE, "", place.host, now_s, summary=summary, error=text, hint=hint, what=unstarted.what)
    for problem in rescued.problems:
        place.say(problem)
    concerned = _concerned(rescued, unstarted.names)
    lasts = unstarted.scheduled and is_repeated(memory.attempts(subject, LOOKED_BACK))
    news = News(
        alert,
        subject,
        commands=_distinct(options.commands.get(AlertKind.FAILURE) for options in concerned),
        beats=_distinct(options.heartbeat.failure for options in concerned),
        heard_since_s=now_s - REPEAT_S if lasts else None,
    )
    Teller(path, rescued.channels, place, memory).tell(news)


def _whom(file: Path, known: "Config | None") -> Rescued | None:
    """Whom the file says, even if it is broken. What it does not say is taken from what it said before: a file that is
    gone says nothing, and neither does one that a full disk cut to nothing.
    """
    rescued = rescue(file)
    if known is None:
        return rescued
    before = Rescued(known.channels, {pair.name: pair.alerts for pair in known.pairs}, NOBODY)
    if rescued is None:
        return before
    return replace(rescued, channels=rescued.channels or before.channels, pairs=rescued.pairs or before.pairs)


def _concerned(rescued: Rescued, names: Sequence[str]) -> list[AlertOptions]:
    """The pairs that would have been run; what holds for all if none of them can be made out."""
    return [options for name, options in rescued.pairs.items() if not names or name in names] or [rescued.defaults]


def _distinct(found: Iterable[str | None]) -> list[str]:
    """Each once: what several pairs share is meant for them together."""
    return list(dict.fromkeys(each for each in found if each))
