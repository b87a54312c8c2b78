"""An account's keys: where they come from, how old they are, and whether Kodo takes them; and this machine's clock."""

import shlex
from collections.abc import Iterator

from kodokeep.credentials import KeysOrigin, Source
from kodokeep.doctor.careful import carefully
from kodokeep.doctor.visit import Visit
from kodokeep.errors import ClockSkewed, KodokeepError
from kodokeep.kodo.account import KodoAccount
from kodokeep.model.account import AccountOptions
from kodokeep.model.finding import Finding, failed, ok, warning
from kodokeep.model.options import PairOptions
from kodokeep.reporting.units import duration

KEYS, CLOCK, SIGN_IN = "keys", "clock", "sign-in"
PRINT_FILES = frozenset({"cat", "head", "tail", "type", "echo", "printf"})
"""Commands that print what lies somewhere in clear."""

OLD_S = 365 * 86_400
"""Keys that are older should be changed."""

OFF_S = 60
"""A clock may be so far off before anybody is troubled."""

REFUSED_OFF_S = 15 * 60
"""Kodo refuses every signature of a clock that is further off (protocol §2.2)."""

SET_CLOCK = "set the clock, best by itself: timedatectl set-ntp true"
NETWORK = "is this machine online? a firewall or a missing `proxy` may be in the way"


def examine(visit: Visit, account: AccountOptions) -> Iterator[Finding]:
    """What can be told of an account without a bucket; it is reached as its first pair is."""
    pair = pairs_of(visit, account)[0]
    login = f"{visit.command} login {account.name}".rstrip()
    try:
        credentials = visit.credentials(pair)
    except KodokeepError as error:
        yield failed(KEYS, error.message, error.hint or login)
        return
    yield from carefully(KEYS, lambda: _kept(visit, account, login), login)
    asked = KodoAccount(credentials, pair.transport, cancel=visit.stop)
    yield from carefully(CLOCK, lambda: _clock(asked), NETWORK)
    yield from _accepted(asked, login)


def _kept(visit: Visit, account: AccountOptions, login: str) -> Iterator[Finding]:
    """Where they are, how old they are, and whether a run that nobody is watching would find them there."""
    origin = visit.origin_of_keys(account)
    told = f"from {origin.place}"
    if origin.problem:
        yield failed(KEYS, origin.problem, origin.hint or login)
        return
    scheduled = [pair.name for pair in pairs_of(visit, account) if pair.schedule is not None]
    doubts = [*_unattended(origin, scheduled, told, login), *_in_clear(account, told, login)]
    age_s = None if origin.stored_at is None else visit.now_s() - origin.stored_at.timestamp()
    if age_s is not None and age_s > OLD_S:
        renew = f"make new ones at portal.qiniu.com/user/key, then: {login}"
        doubts.append(warning(KEYS, f"{told}; they are {duration(age_s)} old", renew))
    yield from doubts
    if not doubts:
        yield ok(KEYS, told if age_s is None else f"{told}, for {duration(max(age_s, 0))}")


def _unattended(origin: KeysOrigin, scheduled: list[str], told: str, login: str) -> Iterator[Finding]:
    """A run that a timer starts has neither this shell's variables nor anybody to ask."""
    if scheduled and origin.source is Source.ENVIRONMENT:
        detail = f"{told}, which a run that a timer starts does not have: {_named(scheduled)}"
        yield warning(KEYS, detail, login)
    if scheduled and origin.source is Source.FILE and origin.passphrase is None:
        detail = f"{told}; a run that a timer starts cannot open it: {_named(scheduled)}"
        yield warning(KEYS, detail, f"{login} --store file --remember-passphrase; or passphrase_command")


def _in_clear(account: AccountOptions, told: str, login: str) -> Iterator[Finding]:
    commands = (account.credentials_command, account.access_key_command, account.secret_key_command)
    if any(command is not None and shlex.split(command)[0] in PRINT_FILES for command in commands):
        yield warning(KEYS, f"{told}; that prints a file in which they lie in clear", f"{login}  keeps them encrypted")


def _clock(asked: KodoAccount) -> Iterator[Finding]:
    reading = asked.clock()
    off_s = abs(reading.ahead_s)
    if off_s <= OFF_S:
        yield ok(CLOCK, f"agrees with {reading.host} to {max(off_s, 1):.0f} s")
        return
    way = "ahead of" if reading.ahead_s > 0 else "behind"
    detail = f"{duration(off_s)} {way} {reading.host}"
    if off_s > REFUSED_OFF_S:
        yield failed(CLOCK, f"{detail}: Kodo refuses what is signed more than 15 minutes off", SET_CLOCK)
    else:
        yield warning(CLOCK, f"{detail}; from 15 minutes on Kodo refuses every request", SET_CLOCK)


def _accepted(asked: KodoAccount, login: str) -> Iterator[Finding]:
    def check() -> Iterator[Finding]:
        try:
            asked.check_keys()
        except ClockSkewed:
            yield warning(SIGN_IN, "not known: whether the keys are right shows once the clock is", SET_CLOCK)
        else:
            yield ok(SIGN_IN, "Kodo takes the keys")

    yield from carefully(SIGN_IN, check, login)


def _named(pairs: list[str]) -> str:
    return f"{', '.join(pairs[:3])}{' and others' if len(pairs) > 3 else ''}"


def pairs_of(visit: Visit, account: AccountOptions) -> tuple[PairOptions, ...]:
    """The chosen pairs that an account's keys are for."""
    return tuple(pair for pair in visit.pairs if pair.account == account.name)
