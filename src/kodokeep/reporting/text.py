"""Plain lines about a run for people. How much is said is decided here; how it is worded, in `words`."""

from collections import Counter
from collections.abc import Callable
from enum import IntEnum, StrEnum

from kodokeep import exits
from kodokeep.model.action import ActionKind, Reason, StandingKind
from kodokeep.model.event import (
    ActionFinished,
    Event,
    Gathering,
    Notice,
    NoticeKind,
    Planned,
    RunFinished,
    RunStarted,
    Skipped,
    Transferring,
)
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.summary import Summary
from kodokeep.reporting import action_words, guard_words, words
from kodokeep.reporting.units import printable

MOST_WARNINGS = 20
"""Warnings of one kind that are told unless everything is asked for; mail from cron should stay readable."""

REMARKS = frozenset({NoticeKind.SETTLED_CRASH, NoticeKind.THROTTLED, NoticeKind.NO_DOMAIN, NoticeKind.STOPPING})
"""Notices that need nobody's attention."""


TAKEN_AWAY = frozenset({Reason.EXPIRED, Reason.WITHDRAWN})
"""What Kodo took away, and nobody should learn of only by looking."""


class Tone(StrEnum):
    """How a line is meant; a terminal may show it as colour."""

    PLAIN = ""
    REMARK = "dim"
    WARNING = "yellow"
    ERROR = "red"


class Verbosity(IntEnum):
    """How much is said."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


Talk = Callable[[str, Tone], None]
"""Takes one line for people, without its end."""


class TextReport:
    """Tells a run of the pair `name` in lines: talk to `talk`, the last line, which is data, to `result`.

    A run that has nothing to tell is that last line alone. `command` is how the user calls kodokeep, for hints, and
    `again` what does the same once more, if it is not a plain run.
    """

    def __init__(
        self,
        name: str,
        talk: Talk,
        result: Callable[[str], None],
        verbosity: Verbosity,
        command: str = "kodokeep",
        again: str = "",
    ) -> None:
        self._name = name
        self._command = command
        self._again = again
        self._heading = ""
        self._talk = talk
        self._result = result
        self._verbosity = verbosity
        self._told: Counter[str] = Counter()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case RunStarted():
                self._begun(words.started(event))
            case Planned():
                self._planned(event)
            case ActionFinished(outcome):
                self._outcome(outcome)
            case Skipped(standing):
                tone = Tone.ERROR if standing.kind is StandingKind.BLOCKED else Tone.WARNING
                self._say_some(standing.kind, action_words.skipped(standing), tone)
            case Notice(kind) if kind in REMARKS:
                self._say(words.notice(event), Tone.REMARK, Verbosity.NORMAL)
            case Notice(kind):
                self._say_some(kind, words.notice(event), Tone.WARNING)
            case RunFinished(summary):
                self._finished(summary)
            case Gathering() | Transferring():
                pass  # progress, not talk

    def _begun(self, line: str) -> None:
        if self._verbosity >= Verbosity.VERBOSE:
            self._say(line, Tone.REMARK, Verbosity.VERBOSE)
        else:
            self._heading = line

    def _planned(self, event: Planned) -> None:
        if line := words.planned(event):
            self._say(line, Tone.PLAIN, Verbosity.NORMAL)
        for line in guard_words.guards(self._name, event.guards, self._command, again=self._again):
            self._say(line, Tone.WARNING, Verbosity.QUIET)

    def _outcome(self, outcome: Outcome) -> None:
        match outcome.kind:
            case OutcomeKind.DONE if action_words.is_conflict(outcome):
                self._say_some(ActionKind.CONFLICT, action_words.done(outcome), Tone.WARNING)
            case OutcomeKind.DONE if outcome.action.reason in TAKEN_AWAY:
                self._say_some(outcome.action.reason, action_words.done(outcome), Tone.WARNING)
            case OutcomeKind.DONE:
                self._say(action_words.done(outcome), Tone.PLAIN, Verbosity.VERBOSE)
            case OutcomeKind.HELD:
                self._say(action_words.outcome(outcome), Tone.PLAIN, Verbosity.VERBOSE)
            case OutcomeKind.FAILED:
                self._say(action_words.outcome(outcome), Tone.ERROR, Verbosity.QUIET)
            case OutcomeKind.STALE | OutcomeKind.UNAVAILABLE | OutcomeKind.THAWING:
                self._say_some(outcome.kind, action_words.outcome(outcome), Tone.WARNING)

    def _finished(self, summary: Summary) -> None:
        for kind, told in self._told.items():
            if self._verbosity < Verbosity.VERBOSE and told > MOST_WARNINGS:
                line = f"{told - MOST_WARNINGS:,} more lines like the {kind} ones above; --verbose shows all"
                self._say(line, Tone.WARNING, Verbosity.QUIET)
        if line := words.verdict(summary):
            severe = summary.exit not in (exits.HELD, exits.INTERRUPTED)
            self._say(line, Tone.ERROR if severe else Tone.WARNING, Verbosity.QUIET)
        for line in summary.hint.split("\n") if summary.hint else ():
            self._say(printable(line), Tone.PLAIN, Verbosity.QUIET)
        if self._verbosity >= Verbosity.NORMAL:
            self._result(words.result(summary))

    def _say_some(self, kind: str, line: str, tone: Tone) -> None:
        self._told[kind] += 1
        if self._told[kind] <= MOST_WARNINGS or self._verbosity >= Verbosity.VERBOSE:
            self._say(line, tone, Verbosity.QUIET)

    def _say(self, line: str, tone: Tone, least: Verbosity) -> None:
        if self._verbosity < least:
            return
        heading, self._heading = self._heading, ""
        if heading and self._verbosity >= Verbosity.NORMAL:
            self._talk(f"{self._name}: {heading}", Tone.REMARK)
        self._talk(f"{self._name}: {line}", tone)
