"""What a written value may be: functions from the text after `=` to a value.

Each raises ValueError with what it expects, worded to follow "expected". Nothing here looks at the disk.
"""

import re
import shlex
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from kodokeep.model.alert import AlertKind
from kodokeep.model.options import Budget
from kodokeep.planning.filters import pattern_problem
from kodokeep.planning.timetable import crons

SIZE_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "P": 2**50}
SWITCHES = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
NAME_EXPECTED = "a name of letters, digits, '.', '_' and '-'"
MOST_TRANSFERS = 1000
LAST_PORT = 65_535
LONGEST_PREFIX_BYTES = 750
AGE_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}

Choice = TypeVar("Choice", bound=StrEnum)

_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([KMGTP]?)(?:I?B)?", re.IGNORECASE)
_AGE = re.compile(r"([0-9]{1,6})\s*([smhdw])", re.IGNORECASE)
_MONEY = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s+([A-Za-z]{3})")
_HOST = re.compile(r"(https?://)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(?P<port>:[0-9]{1,5})?/?")
_PROXY = re.compile(r"(https?|socks4a?|socks5h?)://[^\s/]+/?")


def line(text: str, expected: str) -> str:
    """One line of printable text."""
    if not text or not text.isprintable():
        raise ValueError(expected)
    return text


def name(text: str) -> str:
    """The NAME of an account or a pair."""
    if not NAME.fullmatch(text):
        raise ValueError(NAME_EXPECTED)
    return text


def bucket(text: str) -> str:
    """A bucket's name as Kodo allows it, older ones with capitals and `_` included (protocol §8)."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", text):
        raise ValueError("a bucket's name: up to 63 letters, digits and '-'")
    return text


def switch(text: str) -> bool:
    """Yes or no."""
    try:
        return SWITCHES[text.lower()]
    except KeyError:
        raise ValueError("yes or no") from None


def choice(kind: type[Choice], text: str) -> Choice:
    """One word of an enum."""
    try:
        return kind(text.lower())
    except ValueError:
        raise ValueError(either(tuple(kind))) from None


def either(words: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def percent(text: str) -> float:
    """A share from 0 to 100, with or without the sign."""
    bare = text.removesuffix("%").rstrip()
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,9})?", bare) or float(bare) > 100:
        raise ValueError("a number from 0 to 100")
    return float(bare)


def count(text: str) -> int:
    """A whole number of things."""
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ValueError("a whole number, 0 or more")
    return int(text)


def transfers(text: str) -> int:
    """How many objects travel at once."""
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST_TRANSFERS:
        raise ValueError(f"a whole number from 1 to {MOST_TRANSFERS}")
    return int(text)


def size(text: str) -> int:
    """A number of bytes; K, M, G, T, P are powers of 1024."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError("a size such as 500M, 10G or 1.5T")
    return int(float(found[1]) * SIZE_UNITS[found[2].upper()])


def age(text: str) -> int:
    """How long ago, in seconds."""
    found = _AGE.fullmatch(text)
    if found is None:
        raise ValueError("an age such as 12h, 3d or 2w (s, m, h, d, w)")
    return int(found[1]) * AGE_UNITS_S[found[2].lower()]


def patterns(text: str) -> tuple[str, ...]:
    """Patterns as in `.gitignore`, one a line; none if there is no text."""
    found = lines(text)
    for pattern in found:
        if problem := pattern_problem(pattern):
            raise ValueError(f"{problem}, not {pattern}" if len(found) > 1 else problem)
    return found


def prefixes(text: str) -> tuple[str, ...]:
    """What keys start with, one a line."""
    return tuple(prefix(line) for line in lines(text))


def lines(text: str) -> tuple[str, ...]:
    """The lines of a value that are not empty. What surrounds them is not theirs."""
    return tuple(stripped for line in text.split("\n") if (stripped := line.strip()))


def price(text: str) -> float:
    """An amount of money."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise ValueError("a price such as 0.26")
    return float(text)


def currency(text: str) -> str:
    """The name of a currency."""
    if not re.fullmatch(r"[A-Za-z]{3}", text):
        raise ValueError("a currency such as CNY or USD")
    return text.upper()


def host(text: str) -> str:
    """A host with an optional port, and an optional scheme in front."""
    found = _HOST.fullmatch(text)
    if found is None or not 0 < int((found["port"] or ":443")[1:]) <= LAST_PORT:
        raise ValueError("a host such as files.example.com or http://127.0.0.1:9000, without a path")
    return text.rstrip("/")


def proxy(text: str) -> str:
    """A proxy's URL."""
    if not _PROXY.fullmatch(text) or not text.isprintable():
        raise ValueError("a URL such as http://127.0.0.1:8080 (http, https, socks4, socks4a, socks5 or socks5h)")
    return text


def path(text: str) -> str:
    """A path as written: `~` and relative ones are resolved later."""
    expected = "a path such as ~/backup/photos, without quotes"
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        raise ValueError(expected)
    return line(text, expected)


def prefix(text: str) -> str:
    """What keys start with; may be empty."""
    if len(text.encode()) > LONGEST_PREFIX_BYTES or "\n" in text:
        raise ValueError(f"one line of at most {LONGEST_PREFIX_BYTES} bytes")
    return text


def schedule(text: str) -> tuple[str, tuple[str, ...]]:
    """When a pair is to be run: as written, on one line, and as cron expressions."""
    return " ".join(text.split()), crons(text)


def zone(text: str) -> str:
    """The IANA name of a time zone."""
    try:
        return ZoneInfo(text).key
    except (OSError, ValueError, KeyError):
        raise ValueError("a time zone such as Asia/Shanghai") from None


def budget(text: str) -> Budget:
    """Bytes, or money with its currency."""
    if found := _MONEY.fullmatch(text):
        return Budget(money=float(found[1]), currency=found[2].upper())
    try:
        return Budget(size_bytes=size(text))
    except ValueError:
        raise ValueError("an amount a month such as 50G, or 20 CNY") from None


def days(text: str) -> int:
    """How many days a thaw lasts (protocol §4)."""
    if not re.fullmatch(r"[1-7]", text):
        raise ValueError("a whole number of days from 1 to 7")
    return int(text)


def kinds(text: str) -> frozenset[AlertKind]:
    """What a channel is told of; `all` is everything."""
    told = tuple(kind for kind in AlertKind if kind is not AlertKind.TEST)
    words = [word.strip().lower() for word in re.split(r"[,\n]", text) if word.strip()]
    if words == ["all"]:
        return frozenset(told)
    if not words or any(word not in told for word in words):
        raise ValueError(f"all, or some of {', '.join(told)}, with commas between them")
    return frozenset(AlertKind(word) for word in words)


def names(text: str) -> frozenset[str]:
    """Names of pairs with commas between them."""
    return frozenset(name(word.strip()) for word in re.split(r"[,\n]", text) if word.strip())


def url(text: str) -> str:
    """The URL of a web page. It may hold a secret, so no message shows it."""
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", text) or not text.isprintable():
        raise ValueError("a URL that begins with https:// or http://")
    return text


def channel(text: str) -> str:
    """A URL in Apprise's form. Whether there is such a service is known only when it is used."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", text) or not text.isprintable():
        raise ValueError("a URL that Apprise knows, such as dingtalk://TOKEN/PHONE or mailto://USER:PASSWORD@HOST")
    return text


def command(text: str) -> str:
    """A command with its arguments, in the quoting of a shell, which has no part in it."""
    expected = "a command such as pass show qiniu"
    try:
        words = shlex.split(line(text, expected))
    except ValueError as error:
        raise ValueError(f"{expected} ({error})") from None
    if not words:
        raise ValueError(expected)
    return text


def listen(text: str) -> str:
    """An address and a port to listen at."""
    found = re.fullmatch(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):(?P<port>[0-9]{1,5})", text)
    if found is None or int(found["port"]) > LAST_PORT:
        raise ValueError("an address and a port such as 127.0.0.1:9779")
    return text
