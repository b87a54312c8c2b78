"""An account's keys: where they come from, how old they are, and whether Kodo takes them; and this machine's clock."""

from collections.abc import Iterator

from kodokeep.doctor.careful import carefully
from kodokeep.doctor.visit import Visit
from kodokeep.errors import ClockSkewed, KodokeepError
from kodokeep.kodo.account import KodoAccount
from kodokeep.model.account import AccountOptions
from kodokeep.model.finding import Finding, failed, ok, warning
from kodokeep.model.options import PairOptions, TransportOptions
from kodokeep.reporting.units import duration

KEYS, CLOCK, SIGN_IN = "keys", "clock", "sign-in"
OLD_S = 365 * 86_400
"""Keys that are older should be changed."""

OFF_S = 60
"""A clock may be so far off before anybody is troubled."""

REFUSED_OFF_S = 15 * 60
"""Kodo refuses every signature of a clock that is further off (protocol §2.2)."""

SET_CLOCK = "set the clock, best by itself: timedatectl set-ntp true"
NETWORK = "is this machine online? a firewall or a missing `proxy` may be in the way"


def examine(visit: Visit, account: AccountOptions, transport: TransportOptions) -> Iterator[Finding]:
    """What can be told of an account without a bucket."""
    login = f"{visit.command} login {account.name}".rstrip()
    try:
        credentials = visit.credentials(account)
    except KodokeepError as error:
        yield failed(KEYS, error.message, error.hint or login)
        return
    yield from carefully(KEYS, lambda: _kept(visit, account, login), login)
    asked = KodoAccount(credentials, transport, cancel=visit.stop)
    yield from carefully(CLOCK, lambda: _clock(asked), NETWORK)
    yield from _accepted(asked, login)


def _kept(visit: Visit, account: AccountOptions, login: str) -> Iterator[Finding]:
    """Where they are, how old they are, and whether a run that nobody is watching would find them there."""
    described = visit.describe_keys(account)
    scheduled = [pair.name for pair in pairs_of(visit, account) if pair.schedule is not None]
    if described.of_this_shell and scheduled:
        yield warning(
            KEYS, f"from {described.source}, which a run that a timer starts does not have: {_named(scheduled)}", login
        )
    stored_at = described.stored_at
    age_s = None if stored_at is None else visit.now_s() - stored_at.timestamp()
    if age_s is not None and age_s > OLD_S:
        yield warning(
            KEYS, f"from {described.source}; they are {duration(age_s)} old",
            f"make new ones at portal.qiniu.com/user/key, then: {login}",
        )  # fmt: skip
    elif not (described.of_this_shell and scheduled):
        since = "" if age_s is None else f", since {duration(max(age_s, 0))}"
        yield ok(KEYS, f"from {described.source}{since}")


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
