"""Oversight of commands that run pairs: who watches, and whom to tell when it does not come to a run."""

import platform
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kodokeep.cli.output import say
from kodokeep.cli.session import Session
from kodokeep.errors import ConfigError
from kodokeep.machine import state_home

if TYPE_CHECKING:
    from kodokeep.config import Config
    from kodokeep.oversight.messenger import Messenger
    from kodokeep.oversight.overseer import Overseer
    from kodokeep.oversight.place import Place
    from kodokeep.state.journal import Journal


def journal() -> "Journal":
    """What is on record of attempts on this machine."""
    from kodokeep.state.journal import Journal  # noqa: PLC0415 - loads SQLite

    return Journal(state_home())


def overseer_of(
    session: Session, config: "Config", *, alerts: bool, clock: Callable[[], float] = time.time
) -> "Overseer":
    """Who watches over the runs of this command."""
    from kodokeep.oversight.overseer import Overseer  # noqa: PLC0415 - loads the whole engine

    return Overseer(config, _place(session, config.path, clock), alerts=alerts)


def messenger_of(session: Session, config: "Config") -> "Messenger":
    """Who tries whether somebody can be told."""
    from kodokeep.oversight.messenger import Messenger  # noqa: PLC0415 - loads the whole engine

    return Messenger(_place(session, config.path))


@contextmanager
def told_if_unstarted(
    session: Session, *, alerts: bool, names: Sequence[str] = (), scheduled: bool = False
) -> Iterator[None]:
    """What goes wrong in here keeps every run from starting; it goes on as it came, and whoever wants to hear it is
    told.
    """
    try:
        yield
    except click.ClickException:
        raise
    except Exception as error:
        if alerts:
            tell_unstarted(session, error, names=names, scheduled=scheduled)
        raise


def tell_unstarted(session: Session, error: Exception, *, names: Sequence[str], scheduled: bool) -> None:
    """Tell whoever wants to hear it that no run can start because of `error`. Raises nothing."""
    from kodokeep.config.find import find  # noqa: PLC0415 - needed when things went wrong
    from kodokeep.oversight import unstarted  # noqa: PLC0415

    try:
        path = str(find(session.config_path, session.env))
    except ConfigError:
        return  # without a config there is nobody to tell
    try:
        unstarted.tell_unstarted(path, error, _place(session, path), names=names, scheduled=scheduled)
    except Exception as another:  # noqa: BLE001 - the error itself is what a person has to see
        say(f"telling that no run could start failed; this is a bug: {type(another).__name__}")


def _place(session: Session, path: str, clock: Callable[[], float] = time.time) -> "Place":
    from kodokeep.oversight.place import Place  # noqa: PLC0415

    return Place(session.env, state_home(), say, clock, platform.node(), _command(path))


def _command(path: str) -> str:
    """How to call kodokeep from anywhere: who reads an alert is somewhere else."""
    from kodokeep.config.find import user_file  # noqa: PLC0415

    file = Path(path).absolute()
    return "kodokeep" if file == user_file() else f"kodokeep --config {shlex.quote(str(file))}"
