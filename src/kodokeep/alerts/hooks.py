"""Hooks: the config's own commands, told what happened by their environment and, as JSON, on stdin.

What belongs here: how a hook is run. What does not: which one, and when.
"""

import json
from collections.abc import Iterable, Mapping
from subprocess import PIPE

from kodokeep.alerts.delivery import Message, NotDelivered
from kodokeep.commands import CommandFailed, ended_badly, program_of, started
from kodokeep.model.account import ACCESS_KEY, SECRET_KEY
from kodokeep.model.alert import Alert

TIMEOUT_S = 55.0
"""Less than all deliveries together may take, so that a hook which hangs is ended and not left behind."""

STDERR = 2


def run_hook(
    command: str, alert: Alert, message: Message, fields: Mapping[str, object], env: Mapping[str, str]
) -> None:
    """Run a command to its end; what it prints goes to stderr. `fields` are its stdin.

    Raises NotDelivered if it cannot be started, ends with another code than 0, or does not end.
    """
    what = program_of(command)
    told = json.dumps(dict(fields), ensure_ascii=False).encode("utf-8", "replace")
    try:
        with started(command, {**env, **_variables(alert, message)}, stdin=PIPE, stdout=STDERR) as process:
            process.communicate(told, TIMEOUT_S)
    except CommandFailed as error:
        raise NotDelivered(f"{what} {error}") from None
    if process.returncode != 0:
        raise NotDelivered(f"{what} {ended_badly(process.returncode)}")


def without_secrets(env: Mapping[str, str], variables: Iterable[str] = ()) -> dict[str, str]:
    """The environment without the keys of any account, and without these variables."""
    secret = frozenset(variables)
    return {
        name: value
        for name, value in env.items()
        if not name.startswith((ACCESS_KEY, SECRET_KEY)) and name not in secret
    }


def _variables(alert: Alert, message: Message) -> dict[str, str]:
    """A NUL, which no environment can hold, cannot be in a text that was made printable, nor in a config."""
    summary = alert.summary
    return {
        "KODOKEEP_EVENT": str(alert.kind),
        "KODOKEEP_PAIR": alert.pair,
        "KODOKEEP_BUCKET": alert.bucket,
        "KODOKEEP_FOLDER": alert.folder,
        "KODOKEEP_RUN": summary.run if summary else "",
        "KODOKEEP_EXIT": str(summary.exit) if summary else "",
        "KODOKEEP_TITLE": message.title,
        "KODOKEEP_MESSAGE": message.body,
    }
