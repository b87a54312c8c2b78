"""The shell of the demo: types commands and shows what they print, so that it is the very thing a user would see.

Not here: which commands (`demo_acts`).
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import click

from kodokeep import exits
from kodokeep.cli.output import put
from kodokeep.cli.session import Session

PHOTOS, WORK = "photos", "work"
"""The pairs; their buckets and folders have the same names."""


class Shell:
    """One directory with a config, and an account to sign in with."""

    def __init__(self, home: Path, session: Session, uc: str, access_key: str, secret_key: str) -> None:
        self.home = home
        self._config = home / "config.ini"
        self._config.write_text(f"[account]\nuc_host = {uc}\n", encoding="utf-8")
        self.port = urlsplit(uc).port
        self.variables = {
            "KODOKEEP_CONFIG": os.fspath(self._config),
            "QINIU_ACCESS_KEY": access_key,
            "QINIU_SECRET_KEY": secret_key,
        }
        self._session = Session(engine=session.engine, env={**session.env, **self.variables})

    def add_pair(self, name: str, options: Mapping[str, str]) -> list[str]:
        """Write one more section into the config; gives its lines. The folder is called as the pair."""
        lines = [f"[bucket:{name}]", f"folder = {name}", *(f"{option} = {value}" for option, value in options.items())]
        with self._config.open("a", encoding="utf-8") as config:
            config.write("\n" + "\n".join(lines) + "\n")
        return lines

    def run(self, *arguments: str) -> None:
        """Run one command in this process, as the shell would. Ends the demo if it was interrupted or met a bug."""
        from kodokeep.cli import main  # noqa: PLC0415 - the package imports its commands

        typed(f"kodokeep {shlex.join(arguments)}")
        code = main(arguments, session=self._session)
        put(click.style(f"(exit code {code})", dim=True))
        if code == exits.INTERRUPTED:
            raise click.Abort
        if code == exits.BUG:
            raise click.exceptions.Exit(exits.BUG)


def typed(line: str) -> None:
    """A line that a person types."""
    put(click.style(f"$ {line}", bold=True))


def title(text: str) -> None:
    """What comes next."""
    put("")
    put(click.style(f"── {text}", fg="cyan"))
