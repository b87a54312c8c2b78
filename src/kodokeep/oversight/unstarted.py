"""Unstarted: a command that comes to no run at all, because its config is broken or kodokeep is. That is told, too.

Whom to tell is taken from the same config, as far as it can be made out (`config.rescue`).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from kodokeep import exits
from kodokeep.config.rescue import Rescued, rescue
from kodokeep.errors import KodokeepError
from kodokeep.model.alert import Alert, AlertKind, AlertOptions
from kodokeep.model.summary import Summary
from kodokeep.oversight.judging import REPEAT_S, is_repeated
from kodokeep.oversight.memory import Memory, subject_of_config
from kodokeep.oversight.place import Place
from kodokeep.oversight.teller import News, Teller


def tell_unstarted(
    path: str, error: Exception, place: Place, *, names: Sequence[str] = (), scheduled: bool = False
) -> None:
    """Tell that no run could begin because of `error`. `path` is the config, `names` are the pairs that were named.

    Nobody can be told if the config cannot be read.
    """
    rescued = rescue(Path(path))
    if rescued is None:
        return
    code, text, hint = exits.BUG, f"this is a bug: {type(error).__name__}", ""
    if isinstance(error, KodokeepError):
        code, text, hint = error.exit_code, error.message, error.hint
    memory, now_s, subject = Memory(place), place.clock(), subject_of_config(path)
    memory.end(memory.begin(subject, now_s, scheduled=scheduled), now_s, code, error=text)
    summary = Summary("", "", "", code)
    alert = Alert(AlertKind.FAILURE, "", place.host, now_s, summary=summary, error=text, hint=hint)
    for problem in rescued.problems:
        place.say(problem)
    concerned = _concerned(rescued, names)
    lasts = scheduled and is_repeated(memory.attempts(subject, 2))
    news = News(
        alert,
        subject,
        commands=_distinct(options.commands.get(AlertKind.FAILURE) for options in concerned),
        beats=_distinct(options.heartbeat.failure for options in concerned),
        heard_since_s=now_s - REPEAT_S if lasts else None,
    )
    Teller(rescued.channels, place, memory).tell(news)


def _concerned(rescued: Rescued, names: Sequence[str]) -> list[AlertOptions]:
    """The pairs that would have been run; what holds for all if none of them can be made out."""
    return [options for name, options in rescued.pairs.items() if not names or name in names] or [rescued.defaults]


def _distinct(found: Iterable[str | None]) -> list[str]:
    """Each once: what several pairs share is meant for them together."""
    return list(dict.fromkeys(each for each in found if each))
