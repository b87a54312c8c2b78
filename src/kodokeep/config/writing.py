"""A config file for a person to begin with: commented, and nothing in it that does not differ from the default.

What belongs here: its text, and writing it without touching what somebody else wrote. What does not: asking (`cli`).
"""

import json
import os
import shlex
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, count
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
# what many people set, too; without the # it counts
#exclude = *.tmp
#bandwidth = 08:00-20:00 2M, off
"""
_HEARTBEAT = "#heartbeat = https://hc-ping.com/UUID\n"
_NOBODY = """
# who is told when something is wrong
#[notify:me]
#url = dingtalk://TOKEN
"""


_NEVER_SHOWN = frozenset({"channel", "heartbeat"})
"""Answers that are secrets."""


@dataclass(frozen=True, slots=True)
class NewPair:
    """What a person answered. Empty texts are left out of the file, so that the defaults hold.

    `channel` and `heartbeat` say who is told: URLs, which are secrets. `passphrase_file` is of a new account only.
    """

    name: str
    bucket: str
    folder: str
    mode: str = "backup"
    domain: str = ""
    prefix: str = ""
    account: str = ""
    uc_host: str = ""
    schedule: str = ""
    passphrase_file: str = ""
    channel: str = field(default="", repr=False)
    heartbeat: str = field(default="", repr=False)

    @property
    def secret(self) -> bool:
        """True if nobody else may read what is written."""
        return bool(self.channel or self.heartbeat)


def new_config(pair: NewPair) -> str:
    """The text of a first config file."""
    heartbeat = "" if pair.heartbeat else _HEARTBEAT
    return f"{_HEADER}\n{_account(pair)}{_pair(pair)}{_MORE}{heartbeat}{_channel(pair, ()) or _NOBODY}"


def check_place(file: Path) -> None:
    """Raises ConfigError if a config could not be written there, so that nobody answers questions for nothing."""
    place = file if file.exists() else next(parent for parent in file.absolute().parents if parent.exists())
    if place != file and not place.is_dir():
        raise ConfigError(f"{file}: cannot be written: {place} is no directory")
    if not os.access(place, os.W_OK):
        raise ConfigError(f"{file}: cannot be written: {place} is not yours to change")


def has_account(file: Path, name: str) -> bool:
    """True if a config has the section of an account, to which nothing is added. Raises ConfigError."""
    section = f"account:{name}" if name else "account"
    return file.exists() and section in ini.parse(ini.read(file), str(file))


def added_to(text: str, pair: NewPair) -> str:
    """An existing config's text with one pair more at its end; what was there stays, letter by letter."""
    sections = ini.parse(text, "config")
    section = f"account:{pair.account}" if pair.account else "account"
    account = "" if section in sections else _account(pair)
    end = "" if text.endswith("\n") or not text else "\n"
    return f"{text}{end}\n{account}{_pair(pair)}{_channel(pair, sections)}"


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
        raise ConfigError(
            f"{file}: has a section [bucket:{pair.name}] already", hint="give the pair another one with --name"
        )
    text = new_config(pair) if before is None else added_to(before, pair)
    config = from_text(text, file, others)
    added = config.chosen([pair.name])[0]
    if pair.uc_host and added.transport.uc_host != pair.uc_host:
        raise ConfigError(
            f"{file}: {config.accounts[pair.account].section} is there, without uc_host = {pair.uc_host}",
            hint="add the line, or give the other cloud an account of its own",
        )
    if pair.secret and before is not None and os.name != "nt" and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        raise ConfigError(
            f"{file}: others may read it, so that no URL of an alert can be written there",
            hint=f"chmod 600 {shlex.quote(str(file))}",
        )
    check(config.pairs)
    try:
        _write(file, text, before)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error
    return config


def _check_lines(pair: NewPair) -> None:
    """What a person or the cloud says is one value: a line break in it would begin an option of its own."""
    for name, value in asdict(pair).items():
        if value != value.strip() or not value.isprintable():
            shown = "" if name in _NEVER_SHOWN else f" {json.dumps(value, ensure_ascii=False)}"
            raise ConfigError(f"{name}{shown}: cannot be written into a config: expected one line of text")


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
    if not pair.account and not pair.uc_host and not pair.passphrase_file:
        return ""
    lines = [f"[account:{pair.account}]" if pair.account else "[account]"]
    if pair.uc_host:
        lines.append(f"uc_host = {pair.uc_host}")
    if pair.passphrase_file:
        lines += ["# with it, runs that a timer starts open the keys", f"passphrase_file = {pair.passphrase_file}"]
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
    if pair.heartbeat:
        lines += ["# a secret; told of each run, so that it notices when none comes", f"heartbeat = {pair.heartbeat}"]
    return "\n".join(lines) + "\n"


def _channel(pair: NewPair, there: Iterable[str]) -> str:
    if not pair.channel:
        return ""
    names = (f"me{number}" for number in count(2))
    name = next(name for name in chain(("me",), names) if f"notify:{name}" not in there)
    return f"\n# who is told when something is wrong; the URL is a secret\n[notify:{name}]\nurl = {pair.channel}\n"
