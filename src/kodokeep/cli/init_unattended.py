"""What `init` asks for the sake of runs that nobody watches: who is told of them, and how they open the keys.

What belongs here: what is asked, and what is said for and against it. What does not: sending anything (`doctor` does).
"""

from dataclasses import dataclass, field
from pathlib import Path

from kodokeep import credentials as room
from kodokeep.alerts.addresses import as_apprise
from kodokeep.alerts.channels import service_of
from kodokeep.alerts.delivery import NotDelivered
from kodokeep.cli.init_text import NOBODY
from kodokeep.cli.output import say
from kodokeep.cli.questions import Questions
from kodokeep.cli.session import Session
from kodokeep.config import Config, values
from kodokeep.credentials import Source
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions

_PAGE = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told: a channel, as Apprise writes it, or a heartbeat; nobody if both are empty. Both are secrets."""

    channel: str = field(default="", repr=False)
    heartbeat: str = field(default="", repr=False)


def who_is_told(questions: Questions, given: str | None, config: Config | None) -> Told:
    """Somebody to be told of runs: asked for, or in a file that was `given`. Whom the config has already will do.

    Raises ConfigError if what is in the file cannot be used.
    """
    if given is not None:
        return Told() if given == NOBODY else _told(_line_of(given))
    heard = [channel.name for channel in config.channels if channel.pairs is None] if config else []
    if heard:
        say(f"alerts go to {', '.join(heard)}, as those of the other pairs do")
        return Told()
    if not questions.possible:
        return Told()
    for line in _EXAMPLES:
        questions.tell(line)
    return questions.secret("Whose URL (Enter: nobody is told)", _told)


_EXAMPLES = (
    "Who is told when a run fails, or none begins? One URL:",
    "  chat       dingtalk://TOKEN  wecombot://KEY  feishu://TOKEN  schan://SENDKEY,",
    "             or the https address that the robot's own page shows",
    "  mail       mailto://USER:PASSWORD@qq.com",
    "  heartbeat  https://hc-ping.com/UUID, which also notices a machine that is off",
)


def _told(written: str) -> Told:
    if not written:
        return Told()
    url = as_apprise(written)
    try:
        values.channel(url)
        service = service_of(url)
    except ValueError as error:
        raise ConfigError(f"expected {error}") from None
    except NotDelivered as error:
        if not written.lower().startswith(_PAGE):
            raise ConfigError(str(error)) from None
        return _heartbeat(written)
    say(f"alerts go to {service}")
    return Told(channel=url)


def _heartbeat(written: str) -> Told:
    try:
        values.url(written)
    except ValueError as error:
        raise ConfigError(f"expected {error}") from None
    say("alerts are up to the heartbeat: it is told when a run begins, ends well or fails")
    return Told(heartbeat=written)


def _line_of(file: str) -> str:
    if "://" in file:  # a command line is seen by every user of the machine, and kept by the shell
        raise ConfigError("--notify: expected a FILE with the URL, which is a secret and no argument; or none")
    try:
        lines = Path(file).expanduser().read_text(encoding="utf-8").split()
    except OSError as error:
        raise ConfigError(f"--notify {file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"--notify {file}: expected text in UTF-8") from None
    if len(lines) != 1:
        raise ConfigError(f"--notify {file}: expected one line with a URL")
    return lines[0]


def passphrase_file(
    session: Session, questions: Questions, account: AccountOptions, given: str | None, *, new: bool
) -> str:
    """The file from which a timer's run gets the passphrase of the keys, as the config writes it; else empty.

    It is kept there now, unless the file that is `given` was there. `new` says that the account's section is going to
    be written. Raises ConfigError.
    """
    origin = room.describe(account, session.env)
    if origin.source is not Source.FILE:
        if given is not None:
            raise ConfigError(f"--passphrase-file: the keys are not in a file, but come from {origin.place}")
        return ""
    passphrase = session.answers.get(room.passphrase_question(account), "")
    if given is not None:
        if account.passphrase_file is None:
            room.keep_passphrase(Path(given), passphrase)
        return given
    if origin.passphrase is not None or not questions.possible or not new or not passphrase:
        return ""
    file = room.usual_passphrase_file(account)
    return _offered(questions, file, passphrase)


def _offered(questions: Questions, file: Path, passphrase: str) -> str:
    shown = _from_home(file)
    questions.tell("A timer has nobody to ask for the passphrase. It can lie where only you can read it:")
    questions.tell(f"  {shown}")
    questions.tell("That guards a copy of the file with the keys; not a stolen disk.")
    if not questions.agrees("Keep the passphrase there?", proposal=True):
        return ""
    room.keep_passphrase(file, passphrase)
    return shown


def _from_home(file: Path) -> str:
    home = Path.home()
    return f"~/{file.relative_to(home)}" if file.is_relative_to(home) else str(file)
