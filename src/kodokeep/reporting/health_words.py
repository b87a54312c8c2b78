"""How a pair is, in one line: why it is stale or broken, and the next step. For people, and for monitors that show it.

A line names no key of an object and holds no secret.
"""

from collections.abc import Iterator

from kodokeep import exits
from kodokeep.model.health import Ailment
from kodokeep.model.record import Attempt
from kodokeep.model.status import PairStatus
from kodokeep.reporting import words
from kodokeep.reporting.units import duration, moment, printable

NEXT_STEPS = {
    exits.BUG: "to try again: {kodokeep} run {name}",
    exits.WRONG_SETTING: "to see what is wrong: {kodokeep} plan {name}",
    exits.SOME_FAILED: "to try again: {kodokeep} run {name}",
    exits.HELD: "to see what is held: {kodokeep} approve {name} --list",
    exits.UNREACHABLE: "to see what is wrong: {kodokeep} plan {name}",
}
"""What to do about a last attempt that ended with this exit code."""

CATCH_UP = "to catch up: {kodokeep} run {name}"
GO_ON = "to go on from there: {kodokeep} run {name}"


def verdict(status: PairStatus, kodokeep: str) -> str:
    """One line without the name: that all is well, or what is wrong and the next step. `kodokeep` is how it is called
    here.
    """
    why = "; ".join(_reasons(status))
    if status.health.well:
        return f"{_good_news(status)}{f'; {why}' if why else ''}"
    ailing = [word for word, so in (("stale", status.health.stale), ("broken", status.health.broken)) if so]
    return f"{' and '.join(ailing)}: {why}; {_next_step(status).format(kodokeep=kodokeep, name=status.name)}"


def attempt_phrase(attempt: Attempt, *, at_work: bool) -> str:
    """How an attempt ended, and why if it is known."""
    if attempt.exit is None:
        return "at work" if at_work else "cut off"
    error = f": {printable(' '.join(attempt.error.split()))}" if attempt.error else ""
    return f"{words.EXITS.get(attempt.exit, f'exit code {attempt.exit}')}{error}"


def ago(seconds: float) -> str:
    """`3 days ago`."""
    return f"{duration(max(0.0, seconds))} ago"


def _good_news(status: PairStatus) -> str:
    if status.age_s is not None:
        return f"ok, last success {ago(status.age_s)}"
    if status.past.at_work:
        return "ok, the first run is at work"
    return "no run ended well yet" if status.past.attempts else "no run yet"


def _reasons(status: PairStatus) -> Iterator[str]:
    health, telling = status.health, status.health.telling
    for reason in health.reasons:
        match reason:
            case Ailment.NEVER_DONE:
                known = "no run ended well yet" if status.totals is not None else "no run is known that ended well"
                yield f"it has a schedule, and {known}" if status.schedule else known
            case Ailment.TOO_OLD:
                allowed = duration(health.stale_after_s or 0)
                yield f"no run ended well for {duration(status.age_s or 0)}, the limit is {allowed}"
            case Ailment.FAILED | Ailment.CUT_OFF if telling is not None:
                when = ago(status.at.timestamp() - telling.started_s)
                yield f"the last attempt, {when}: {attempt_phrase(telling, at_work=False)}"
            case Ailment.MISSED if health.missed_due is not None:
                yield f"the run due {moment(health.missed_due.timestamp())} did not begin"


def _next_step(status: PairStatus) -> str:
    telling = status.health.telling
    if not status.health.broken or telling is None:
        return CATCH_UP
    return GO_ON if telling.exit is None else NEXT_STEPS.get(telling.exit, CATCH_UP)
