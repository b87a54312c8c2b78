"""Where keys come from, in words and in JSON. Never the keys."""

from collections.abc import Iterator
from datetime import datetime

from kodokeep.credentials import KeysOrigin, Source, Way
from kodokeep.reporting.units import count, instant, printable


def origin_lines(origin: KeysOrigin, now: datetime) -> Iterator[str]:
    """One account in the list of `login --show`."""
    facts = [printable(origin.place) or "no keys"]
    if (days := origin.age_days(now)) is not None:
        facts.append(f"stored {_ago(days)}")
    if origin.source is Source.FILE and not origin.problem:
        facts.append(f"passphrase from {_passphrase(origin)}")
    yield f"{origin.account.section}  {', '.join(facts)}"
    if origin.problem:
        yield f"    ! {printable(origin.problem)}"
        for line in origin.hint.split("\n") if origin.hint else ():
            yield f"      {printable(line)}".rstrip()


def origin_fields(origin: KeysOrigin, now: datetime) -> dict[str, object]:
    """The same as JSON."""
    return {
        "account": origin.account.name,
        "section": origin.account.section,
        "source": str(origin.source),
        "place": origin.place,
        "stored_at": instant(origin.stored_at.timestamp()) if origin.stored_at else None,
        "age_days": origin.age_days(now),
        "passphrase": str(origin.passphrase) if origin.passphrase else None,
        "problem": origin.problem,
        "hint": origin.hint,
    }


def unattended_words(origin: KeysOrigin) -> str:
    """How a run that nobody watches gets at the keys that were just kept."""
    if origin.source is Source.KEYRING:
        return "a run reads them there as long as the keyring is unlocked, which it is while you are logged in"
    if origin.passphrase:
        return f"a run without a terminal gets the passphrase from {_passphrase(origin)}"
    return "a run at a terminal asks for the passphrase; one without needs another way to get it:"


def _passphrase(origin: KeysOrigin) -> str:
    return str(origin.passphrase) if origin.passphrase else f"{Way.TERMINAL} only"


def _ago(days: int) -> str:
    return "today" if days == 0 else f"{count(days, 'day')} ago"
