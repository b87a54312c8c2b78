"""How a wrong setting is told: file, section, option, value, and what was expected. Secrets stay out of it."""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches

from kodokeep.errors import ConfigError

LONGEST_SHOWN = 80

_OPTION = re.compile(r"[a-z0-9_-]{1,24}", re.IGNORECASE)

SMALLEST_CONFIG = """The smallest useful config.ini:

    [bucket:photos]
    folder = ~/backup/photos"""


def wrong_value(section: str, option: str, value: str | None, expected: str) -> str:
    """Word an option whose value cannot be used; None is a value that must not be shown."""
    if value is None:
        return f"[{section}] {option}: expected {expected}"
    return f"[{section}] {option} = {quoted(value)}: expected {expected}"


def unknown_option(section: str, option: str, known: Iterable[str]) -> str:
    """Word an option that does not exist. Its value is not shown: it may be a key that was pasted here."""
    return f"[{section}] {option_shown(option)}: unknown option; {_nearest(option, known)}"


def option_shown(option: str) -> str:
    """The name of an option, of which nobody knows that it is one: a line without = may be a key or an address."""
    return option if _OPTION.fullmatch(option) else f"{option[:4]}…"


def unknown_section(section: str, known: Iterable[str]) -> str:
    """Word a section that does not exist."""
    return f"{section_shown(section)}: unknown section; {_nearest(section, known, '[{}]')}"


def section_shown(section: str) -> str:
    """A section as the file spells it, without an address that was written into it."""
    return f"[{re.sub('://.*', '://***', section)}]"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word that is nearest to a mistyped one, empty if none is near."""
    names = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), names, n=1)
    return names[near[0]] if near else ""


def config_error(file: str, problems: Iterable[str], *, hint: str = "") -> ConfigError:
    """One error for everything that is wrong in a file, a line for each."""
    return ConfigError("\n".join(f"{file}: {problem}" for problem in problems), hint=hint)


def _nearest(word: str, known: Iterable[str], shape: str = "{}") -> str:
    names = tuple(known)
    if near := did_you_mean(word, names):
        return f"did you mean {shape.format(near)}?"
    return "expected one of " + ", ".join(shape.format(name) for name in names)


def quoted(value: str) -> str:
    """A value as it is shown: in quotes, by which `reporting.keyless` knows what may be the name of an object."""
    public = "".join(map(_without_sign_in, re.split(r"(\s+)", value)))
    cut = public if len(public) <= LONGEST_SHOWN else public[: LONGEST_SHOWN - 1] + "…"
    return json.dumps(cut, ensure_ascii=False)


def _without_sign_in(word: str) -> str:
    """A URL, or what should have been one, without user and password."""
    before, at, after = word.rpartition("@")
    scheme, slashes, _ = before.partition("//")
    if not at or not (slashes or ":" in before):
        return word
    return f"{scheme}//***@{after}" if slashes else f"***@{after}"
