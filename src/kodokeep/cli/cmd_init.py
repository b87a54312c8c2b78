"""`kodokeep init`: from nothing to a first plan, by a few questions, each of which an option can answer.

What belongs here: the order of things. What does not: the questions (`init_questions`).
"""

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from kodokeep import exits
from kodokeep.cli.init_text import NO_SCHEDULE
from kodokeep.cli.output import say, talk
from kodokeep.cli.questions import Questions
from kodokeep.cli.session import Session, worst
from kodokeep.model.options import Mode

if TYPE_CHECKING:
    from kodokeep.config import NewPair


@dataclass(frozen=True, slots=True)
class _Steps:
    """What is to be done once the config is there. None: ask, if somebody is there."""

    doctor: bool
    install: bool | None
    plan: bool | None


@click.command("init", short_help="Set up a pair: keys, bucket, folder, schedule.")
@click.option("--bucket", metavar="NAME", help="Which bucket; else the account's are listed.")
@click.option("--folder", metavar="DIR", help="Where its tree is kept; proposed: ~/backup/NAME.")
@click.option("--name", metavar="NAME", help="What the pair is called; else as the bucket.")
@click.option("--mode", type=click.Choice([str(mode) for mode in Mode]), help="Which way content goes.")
@click.option("--domain", metavar="HOST", help="Where objects are fetched from; `auto` lets each run find one.")
@click.option("--prefix", metavar="PREFIX", help="Only keys that begin with this.")
@click.option("--schedule", metavar="WHEN", help=f"Such as 'daily 03:00' or weekly; or {NO_SCHEDULE}.")
@click.option("--account", metavar="NAME", help="Use [account:NAME], if there are several accounts.")
@click.option("--uc-host", metavar="HOST", help="Of a private or emulated cloud.")
@click.option("--store", type=click.Choice(["keyring", "file"]), help="Where keys are kept, as with login.")
@click.option("--doctor/--no-doctor", "doctor", default=True, help="Look whether all that a run needs is there.")
@click.option("--install/--no-install", default=None, help="Install a timer that keeps the schedule.")
@click.option("--plan/--no-plan", "plan", default=None, help="Show what the first run would do.")
@click.option("-y", "--yes", is_flag=True, help="Take what is proposed, and ask nothing.")
@click.pass_obj
def command(
    session: Session, /, *, doctor: bool, install: bool | None, plan: bool | None, yes: bool, **given: str | None
) -> int:
    """Set up a pair: keep the keys encrypted, choose bucket and folder, write a commented config, look whether
    everything works, and show what the first run would do.

    Nothing is copied yet, and nothing is written over: a config that is there gets one section more at its end.

    At a terminal everything is asked that no option says. Without one, keys are the kept ones, those of the
    environment, or two lines on stdin.

    \b
    Example:
      kodokeep init --yes --bucket photos --folder /srv/photos --schedule weekly
    """
    from kodokeep.cli.init_questions import Given, InitQuestions  # noqa: PLC0415 - loads pydantic, and the keyring
    from kodokeep.config import find_if_any, place_for_new, write_config  # noqa: PLC0415
    from kodokeep.pair import check_pairs  # noqa: PLC0415 - loads SQLite

    file = place_for_new(session.config_path, session.env)
    pair = InitQuestions(session, Questions(accept=yes), Given(**given), file).ask()
    existed = file.exists()
    write_config(file, pair, check_pairs)
    say(f"{file}: {'one section more' if existed else 'written'}, [bucket:{pair.name}]")
    # Where a config is found anyway, no command needs to be told of it.
    found = find_if_any(None, session.env)
    here = session if found == file and session.config_path is None else replace(session, config_path=str(file))
    return _look(here, pair, Questions(accept=yes), _Steps(doctor, install, plan))


def _look(session: Session, pair: "NewPair", questions: Questions, steps: _Steps) -> int:
    """See that it works. What does not is told by each command itself, and does not keep the next from being tried."""
    name = pair.name
    codes = [_run(session, "doctor", name)] if steps.doctor else []
    if pair.schedule and _wanted(questions, steps.install, "Install a timer that keeps the schedule?"):
        codes.append(_run(session, "schedule", "install", *(["--yes"] if not questions.possible else [])))
    if exits.INTERRUPTED not in codes and _wanted(questions, steps.plan, "Show what the first run would do?"):
        codes.append(_run(session, "plan", name))
    _tell_next(session, pair, steps)
    return worst(codes)


def _wanted(questions: Questions, given: bool | None, question: str) -> bool:
    """Asked of a person; with nobody there only what was asked for by an option is done."""
    if given is not None:
        return given
    return questions.possible and questions.agrees(question, proposal=True)


def _run(session: Session, *arguments: str) -> int:
    """One of the tool's own commands, as a person would type it."""
    from kodokeep.cli import main  # noqa: PLC0415 - the package imports its commands

    talk("")
    say(f"$ {session.command} {shlex.join(arguments)}")
    return main(arguments, session=session)


def _tell_next(session: Session, pair: "NewPair", steps: _Steps) -> None:
    talk("")
    say(f"the first run:    {session.command} run {pair.name}")
    if pair.schedule and not steps.install:
        say(f"then by itself:   {session.command} schedule install    (or: serve, which keeps the schedule itself)")
    say(f"how it is going:  {session.command} status")
