"""How a wrong setting is told: file, section, option, value, and what was expected. Secrets stay out of it."""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches

from kodokeep.errors import ConfigError

LONGEST_SHOWN = 80

SMALLEST_CONFIG = """The smallest useful config.ini:

    [bucket:photos]
    folder = ~/backup/photos"""


def wrong_value(section: str, option: str, value: str | None, expected: str) -> str:
    """Word an option whose value cannot be used; None is a value that must not be shown."""
    if value is None:
        return f"[{section}] {option}: expected {expected}"
    return f"[{section}] {option} = {_shown(value)}: expected {expected}"


def unknown_option(section: str, option: str, known: Iterable[str]) -> str:
    """Word an option that does not exist. Its value is not shown: it may be a key that was pasted here."""
    return f"[{section}] {option}: unknown option; {_nearest(option, known)}"


def unknown_section(section: str, known: Iterable[str]) -> str:
    """Word a section that does not exist."""
    return f"[{section}]: unknown section; {_nearest(section, known, '[{}]')}"


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


def _shown(value: str) -> str:
    public = re.sub(r"//[^/\s]*@", "//***@", value)
    cut = public if len(public) <= LONGEST_SHOWN else public[: LONGEST_SHOWN - 1] + "…"
    return json.dumps(cut, ensure_ascii=False)
