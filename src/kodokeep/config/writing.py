"""A config file for a person to begin with: commented, and nothing in it that does not differ from the default.

What belongs here: its text, and writing it without touching what somebody else wrote. What does not: asking (`cli`).
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kodokeep.config import ini, values
from kodokeep.config.load import Config, from_text
from kodokeep.errors import ConfigError
from kodokeep.model.options import PairOptions

_HEADER = """\
# What kodokeep keeps, and how. docs/options.md of kodokeep has every option.
# Keys are not in here: `kodokeep login` keeps them encrypted.
"""

_MODES = {
    "backup": "from the bucket to the folder; the bucket is never changed",
    "sync": "both ways",
    "publish": "from the folder to the bucket; the folder is never changed",
}

_MORE = """\
# More of what many people set:
#   exclude = *.tmp
#   bandwidth = 08:00-20:00 2M, off
#   heartbeat = https://hc-ping.com/...
# and, in a section of its own, who is told when something is wrong:
#   [notify:phone]
#   url = ntfys://topic
"""


@dataclass(frozen=True, slots=True)
class NewPair:
    """What a person answered. Empty texts are left out of the file, so that the defaults hold."""

    name: str
    bucket: str
    folder: str
    mode: str = "backup"
    domain: str = ""
    prefix: str = ""
    account: str = ""
    uc_host: str = ""
    schedule: str = ""


def new_config(pair: NewPair) -> str:
    """The text of a first config file."""
    return f"{_HEADER}\n{_account(pair)}{_pair(pair)}\n{_MORE}"


def added_to(text: str, pair: NewPair) -> str:
    """An existing config's text with one pair more at its end; what was there stays, letter by letter."""
    sections = ini.parse(text, "config")
    section = f"account:{pair.account}" if pair.account else "account"
    account = "" if section in sections else _account(pair)
    return f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}\n{account}{_pair(pair)}"


def checked_value(kind: str, written: str, option: str) -> str:
    """An answer, if the config would take it for a value of this kind (a function of `values`). Raises ConfigError."""
    try:
        getattr(values, kind)(written)
    except ValueError as error:
        raise ConfigError(f"{option} {json.dumps(written, ensure_ascii=False)}: expected {error}") from None
    return written


def write_config(file: Path, pair: NewPair, check: Callable[[Sequence[PairOptions]], None] = lambda _: None) -> Config:
    """Write a first config file, or add a pair to the one that is there, and give what it says then.

    It is checked before anything is written, and `check` sees all pairs; nothing is ever written over. Raises
    ConfigError if the pair is there already, if the answers make no valid config, or if the file cannot be written.
    """
    _check_lines(pair)
    before, others = ini.read_and_judge(file) if file.exists() else (None, "")
    if before is not None and f"bucket:{pair.name}" in ini.parse(before, str(file)):
        raise ConfigError(f"{file}: has a section [bucket:{pair.name}] already", hint="give the pair another name")
    text = new_config(pair) if before is None else added_to(before, pair)
    config = from_text(text, file, others)
    added = config.chosen([pair.name])[0]
    if pair.uc_host and added.transport.uc_host != pair.uc_host:
        raise ConfigError(
            f"{file}: {config.accounts[pair.account].section} is there, without uc_host = {pair.uc_host}",
            hint="add the line, or give the other cloud an account of its own",
        )
    check(config.pairs)
    try:
        _write(file, text, before)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error
    return config


def _check_lines(pair: NewPair) -> None:
    """What a person or the cloud says is one value: a line break in it would begin an option of its own."""
    for field, value in asdict(pair).items():
        if value != value.strip() or not value.isprintable():
            shown = json.dumps(value, ensure_ascii=False)
            raise ConfigError(f"{field} {shown}: cannot be written into a config: expected one line of text")


def _write(file: Path, text: str, before: str | None) -> None:
    if before is None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as new:
            new.write(text)
        return
    # At the end of the same file: its owner, mode and links stay what they are.
    with file.open("a", encoding="utf-8", newline="") as grown:
        grown.write(text[len(before) :])


def _account(pair: NewPair) -> str:
    if not pair.account and not pair.uc_host:
        return ""
    lines = [f"[account:{pair.account}]" if pair.account else "[account]"]
    if pair.uc_host:
        lines.append(f"uc_host = {pair.uc_host}")
    return "\n".join(lines) + "\n\n"


def _pair(pair: NewPair) -> str:
    lines = [f"[bucket:{pair.name}]"]
    lines += [f"bucket = {pair.bucket}"] * (pair.bucket != pair.name)
    lines += [f"account = {pair.account}"] * bool(pair.account)
    lines += [f"folder = {pair.folder}", f"# {_MODES[pair.mode]}", f"mode = {pair.mode}"]
    if pair.domain:
        lines += ["# where objects are fetched from", f"domain = {pair.domain}"]
    lines += [f"prefix = {pair.prefix}"] * bool(pair.prefix)
    if pair.schedule:
        lines += ["# kept by `kodokeep schedule install` or `kodokeep serve`", f"schedule = {pair.schedule}"]
    return "\n".join(lines) + "\n"
