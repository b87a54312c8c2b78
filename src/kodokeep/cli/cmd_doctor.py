"""`kodokeep doctor`: a checklist of everything that a backup depends on. Changes nothing."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from kodokeep import exits
from kodokeep.cli.arguments import json_option, names_argument
from kodokeep.cli.checklist import Checklist
from kodokeep.cli.doctor_timers import timers_of
from kodokeep.cli.interrupts import stop_on_signals
from kodokeep.cli.output import put, put_json
from kodokeep.cli.overseeing import messenger_of
from kodokeep.cli.session import Session
from kodokeep.errors import Interrupted
from kodokeep.model.finding import Finding, Level

if TYPE_CHECKING:
    import threading

    from kodokeep.config import Config
    from kodokeep.doctor.visit import Visit


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How thoroughly to look, and whom not to trouble."""

    quick: bool
    test_alert: bool


@click.command("doctor", short_help="Check everything that a backup depends on, and say what to do.")
@names_argument
@click.option("--quick", is_flag=True, help="Leave out the listing, the plan and the state's integrity.")
@click.option("--no-test-alert", is_flag=True, help="Send no test to channels, try no heartbeat.")
@json_option
@click.pass_obj
def command(session: Session, names: Sequence[str], quick: bool, no_test_alert: bool, as_json: bool) -> int:
    """Check config, keys, clock, hosts, domains, folder, state, schedule and alerts, and tell what to do about each.

    Changes nothing, in the bucket or on the disk; one object of at most 1 MiB is fetched through every domain. Exit
    code 3 if a check failed; warnings are no failure.

    \b
    In the checklist:
      ✓  fine     !  a warning, with what to do     ✗  failed, with what to do

    \b
    Example:
      kodokeep doctor --quick
    """
    config = session.checked_config()
    tell = _Json() if as_json else _Lines()
    wanted = _Wanted(quick, not no_test_alert)
    try:
        with stop_on_signals(say=lambda _text: None) as stop:
            levels = _told(_visit(session, config, names, wanted, stop), tell)
    except Interrupted:
        raise KeyboardInterrupt from None
    code = exits.SOME_FAILED if levels[Level.FAILED] else exits.DONE
    tell.end(levels, code)
    return code


def _visit(
    session: Session, config: "Config", names: Sequence[str], wanted: _Wanted, stop: "threading.Event"
) -> "Visit":
    from kodokeep.credentials import describe  # noqa: PLC0415 - may load a keyring
    from kodokeep.doctor.visit import Visit  # noqa: PLC0415 - loads the whole engine

    return Visit(
        config=config,
        pairs=config.chosen(names),
        env=session.env,
        credentials=lambda pair: session.credentials(config, pair),
        origin_of_keys=lambda account: describe(account, session.env),
        command=session.command,
        quick=wanted.quick,
        timers=timers_of(session),
        messenger=messenger_of(session, config) if wanted.test_alert else None,
        stop=stop,
    )


def _told(visit: "Visit", tell: "_Json | _Lines") -> Counter[Level]:
    from kodokeep.doctor.checkup import checkup  # noqa: PLC0415 - loads the whole engine

    levels: Counter[Level] = Counter()
    for section in checkup(visit):
        tell.section(section.subject, section.title)
        for finding in section.findings:
            levels[finding.level] += 1
            tell.finding(finding)
    return levels


class _Lines:
    """For people, on stdout: the checklist is what was asked for."""

    def __init__(self) -> None:
        self._list = Checklist(sys.stdout)
        self._begun = False

    def section(self, _subject: str, title: str) -> None:
        if self._begun:
            put("")
        self._begun = True
        put(self._list.title(title))

    def finding(self, finding: Finding) -> None:
        for line in self._list.lines(finding):
            put(line)

    def end(self, levels: Counter[Level], _code: int) -> None:
        put("")
        put(self._list.total(levels))


class _Json:
    """For scripts: an object for each finding, and one at the end."""

    def __init__(self) -> None:
        self._subject = ""

    def section(self, subject: str, _title: str) -> None:
        self._subject = subject

    def finding(self, finding: Finding) -> None:
        told = {"check": finding.check, "level": str(finding.level), "detail": finding.detail, "mend": finding.mend}
        put_json({"event": "finding", "subject": self._subject} | told)

    def end(self, levels: Counter[Level], code: int) -> None:
        put_json({"event": "doctor", "exit": code} | {str(level): levels[level] for level in Level})
