"""What `serve` says, for people and for scripts: a line for whatever happens."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, tzinfo

from kodokeep.cli.schedule_text import clock, when
from kodokeep.errors import KodokeepError
from kodokeep.reporting import words
from kodokeep.reporting.text import Tone, Verbosity
from kodokeep.reporting.units import duration, instant, printable
from kodokeep.schedule import happenings as happened

EVENTS: dict[type[happened.Happening], str] = {
    happened.Waiting: "waiting",
    happened.Unscheduled: "unscheduled",
    happened.Begun: "begun",
    happened.Queued: "queued",
    happened.Finished: "finished",
    happened.Died: "died",
    happened.ClockJumped: "clock_jumped",
    happened.SettingsRead: "config_read",
    happened.SettingsBroken: "config_broken",
    happened.Blocked: "blocked",
    happened.JournalTrouble: "journal_trouble",
    happened.Stopping: "stopping",
}
"""How the lines of `--json` name what happened."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something to say, and how it is meant."""

    text: str
    tone: Tone = Tone.REMARK
    least: Verbosity = Verbosity.NORMAL


@dataclass(frozen=True, slots=True)
class ServeText:
    """Words what happens at the time of `now_s`, with times in the zone of the pair that they are of."""

    now_s: Callable[[], float]
    zone_of: Callable[[str], tzinfo]

    def line(self, happening: happened.Happening) -> Line:
        """One line, or a few."""
        name = getattr(happening, "name", "")
        said = self._of_pair(happening) if name else _of_all(happening)
        return Line(f"{name or 'kodokeep'}: {said.text}", said.tone, said.least)

    def present(self, present: happened.Present) -> str:
        """What goes on, in a few words."""
        parts = [f"at work: {', '.join(present.at_work)}"] if present.at_work else []
        if present.begins is not None:
            parts.append(f"next: {present.name}, {clock(present.begins, self.zone_of(present.name))}")
        return "; ".join(parts) or "no pair has a schedule"

    def _of_pair(self, happening: happened.Happening) -> Line:
        match happening:
            case happened.Waiting(name, begins, again):
                moment = when(begins, self.now_s(), self.zone_of(name))
                said = Line(f"{'next try' if again else 'next run'} {moment}")
            case happened.Begun(name, owed_since=owed_since, late=True):
                said = Line(f"was due {when(owed_since, self.now_s(), self.zone_of(name))}; begins now")
            case happened.Begun():
                said = Line("begins")
            case happened.Queued(at_work=at_work):
                said = Line(f"is due, and waits for one of these to end: {', '.join(at_work)} (--at-once)")
            case happened.Finished(exit=code):
                said = Line(f"the run ended: {words.EXITS.get(code, code)}", least=Verbosity.VERBOSE)
            case happened.Died(error=error):
                said = Line(f"error: {printable(error)}", Tone.ERROR, Verbosity.QUIET)
            case happened.Blocked():
                said = Line("is due, and cannot begin until the config is mended", Tone.ERROR, Verbosity.QUIET)
            case _:
                said = Line("has no schedule and is left alone")
        return said


def _of_all(happening: happened.Happening) -> Line:
    match happening:
        case happened.ClockJumped(by_s) if by_s < 0:
            said = Line(f"the clock was set back by {duration(-by_s)}")
        case happened.ClockJumped(by_s):
            said = Line(f"the clock went on by {duration(by_s)}: this machine slept, or it was set")
        case happened.SettingsRead(path):
            said = Line(f"{path}: read again")
        case happened.SettingsBroken(error):
            text = f"{error.message}\nno run begins until it is mended; the schedule before holds"
            said = Line(text, Tone.ERROR, Verbosity.QUIET)
        case happened.JournalTrouble(message):
            text = f"{message}\nwhat was due before this process began is not known"
            said = Line(text, Tone.WARNING, Verbosity.QUIET)
        case happened.Stopping(at_work) if at_work:
            said = Line(f"ends, when these have come to their end (a second signal: at once): {', '.join(at_work)}")
        case _:
            said = Line("ends")
    return said


def json_fields(happening: happened.Happening) -> dict[str, object]:
    """The same for scripts; moments are told as in all JSON."""
    told: dict[str, object] = {"event": EVENTS[type(happening)]}
    for field in fields(happening):
        value = getattr(happening, field.name)
        match value:
            case datetime():
                told[field.name] = instant(value.timestamp())
            case KodokeepError():
                told |= {"exit": value.exit_code, "message": value.message, "hint": value.hint}
            case _:
                told[field.name] = value
    return told
