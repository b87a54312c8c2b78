"""The config's own file: who may read and write it, what secrets lie in it in clear, and what nobody needs any more."""

import os
import re
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from kodokeep.config import Config, ini
from kodokeep.config.trust import HAS_OWNERS, WRITABLE_BY_OTHERS, writers
from kodokeep.doctor.careful import carefully
from kodokeep.doctor.visit import Visit
from kodokeep.model.account import ACCESS_KEY, SECRET_KEY, variables
from kodokeep.model.finding import Finding, ok, warning

FILE, SECRETS, LEFTOVERS = "file", "secrets", "leftovers"
OTHERS_READ = stat.S_IRGRP | stat.S_IROTH

_COPIES = ("{name}~", ".{name}.swp", "{name}.bak", "{name}.orig", "{name}.old", "{name}.save")
"""What editors and people leave beside a file that they changed."""


def examine(visit: Visit) -> Iterator[Finding]:
    """What the file is like. That it can be read and understood is known already."""
    file = Path(visit.config.path)
    mend = f"look at {shlex.quote(str(file))}"
    yield from carefully(FILE, lambda: _mode(file), mend)
    yield from carefully(SECRETS, lambda: _secrets(file, visit.config), mend)
    yield from carefully(LEFTOVERS, lambda: _leftovers(file, visit), mend)


def secrets_of(config: Config) -> list[str]:
    """The options that hold a secret in clear, as `[section] option`; never what they hold."""
    found = [f"[notify:{channel.name}] url" for channel in config.channels if channel.url is not None]
    for pair in config.pairs:
        heartbeat = pair.alerts.heartbeat
        if any((heartbeat.start, heartbeat.success, heartbeat.failure)):
            found.append(f"[bucket:{pair.name}] heartbeat")
        if pair.transport.proxy and urlsplit(pair.transport.proxy).password:
            found.append(f"[bucket:{pair.name}] proxy")
    return found


def _mode(file: Path) -> Iterator[Finding]:
    if not HAS_OWNERS:  # Windows keeps this in access lists, and new files there are the user's own
        yield ok(FILE, "can be read and understood")
        return
    found = file.stat()
    name = shlex.quote(str(file))
    if found.st_uid not in (os.getuid(), 0):
        yield warning(
            FILE, f"it belongs to user {found.st_uid}, who can change what is backed up, and where to",
            f"cp {name} {shlex.quote(str(file.with_name('own.ini')))}  and use --config with the copy",
        )  # fmt: skip
    elif found.st_mode & WRITABLE_BY_OTHERS:
        yield warning(FILE, "others may change what is backed up, and where to", f"chmod go-w {name}")
    elif why := writers(file):
        yield warning(FILE, f"{why}, and with it what is backed up, and where to", f"mv {name} SOMEWHERE-ELSE")
    else:
        yield ok(FILE, "can be read and understood, and nobody else may change it")


def _secrets(file: Path, config: Config) -> Iterator[Finding]:
    found = secrets_of(config)
    if not found:
        yield ok(SECRETS, "none in it")
    elif HAS_OWNERS and file.stat().st_mode & OTHERS_READ:
        yield warning(
            SECRETS, f"others on this machine may read {_listed(found)}", f"chmod 600 {shlex.quote(str(file))}"
        )
    else:
        yield ok(SECRETS, f"{_listed(found)}, which only you can read")


def _leftovers(file: Path, visit: Visit) -> Iterator[Finding]:
    found = [*_readable_copies(file, visit.config), *_unused_accounts(file, visit.config), *_stray_keys(visit)]
    yield from found
    if not found:
        yield ok(LEFTOVERS, "none: every account is used, no copies lie about")


def _readable_copies(file: Path, config: Config) -> Iterator[Finding]:
    if not HAS_OWNERS or not secrets_of(config):
        return
    for pattern in _COPIES:
        copy = file.with_name(pattern.format(name=file.name))
        if copy.is_file() and copy.stat().st_mode & OTHERS_READ:
            yield warning(
                LEFTOVERS, f"{copy} may hold the config's secrets, and others may read it",
                f"rm {shlex.quote(str(copy))}",
            )  # fmt: skip


def _unused_accounts(file: Path, config: Config) -> Iterator[Finding]:
    used = {pair.account for pair in config.pairs}
    for section in ini.parse(ini.read(file), str(file)):
        kind, _, name = section.partition(":")
        if kind == "account" and name not in used:
            option = f"account = {name}" if name else "no account option"
            yield warning(
                LEFTOVERS, f"no bucket uses [{section}]", f"remove the section, or use it: {option} in [bucket:NAME]"
            )


def _stray_keys(visit: Visit) -> Iterator[Finding]:
    """Keys in the environment that are for no account of the config."""
    known = {name for account in visit.config.accounts for name in variables(account)}
    for name in sorted(visit.env):
        if re.fullmatch(rf"({ACCESS_KEY}|{SECRET_KEY})(_\w+)?", name) and name not in known and visit.env[name]:
            yield warning(
                LEFTOVERS, f"${name} is set, and no account of the config takes keys from it", f"unset {name}"
            )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
