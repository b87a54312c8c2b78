"""Templates with placeholders, `$(name)` or `${name}`: returnBody, callbackBody, saveKey (protocol §2.4).

What the names stand for is in `uploads/finished.py`. A name that stands for nothing has an empty value.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote_plus

import msgspec

from kodo_emulator.errors import KodoError

Values = Mapping[str, str | int | None]

_MAX_EXPANDED = 256 * 1024

_PLACEHOLDER = re.compile(r"\$(?:\(([^()]*)\)|\{([^{}]*)\})")
_QUOTES = re.compile(r'\\.|"', re.DOTALL)


def check_expansion(template: str, values: Values) -> None:
    """Whether a template stays short: one that names a long value over and over would fill the memory.

    Raises:
        KodoError: 400 [unv template-size].
    """
    size = len(template) + sum(len(_text(values.get(_name(match)))) for match in _PLACEHOLDER.finditer(template))
    if size > _MAX_EXPANDED:
        raise KodoError(400, "template too large")


def expand_json(template: str, values: Values) -> str:
    """A JSON text: a bare placeholder becomes a JSON value, null if empty; one inside quotes becomes escaped text."""
    pieces: list[str] = []
    inside_quotes = False
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        between = template[end : match.start()]
        inside_quotes ^= sum(quote[0] == '"' for quote in _QUOTES.finditer(between)) % 2 == 1
        value = values.get(_name(match))
        pieces += [between, _quoted_text(value) if inside_quotes else _json(value)]
        end = match.end()
    return "".join([*pieces, template[end:]])


def expand_form(template: str, values: Values) -> str:
    """A query string or form: each value is URL-encoded."""
    return _expand(template, values, quote_plus)


def expand_text(template: str, values: Values) -> str:
    """A text: each value as it is."""
    return _expand(template, values, str)


def _expand(template: str, values: Values, spell: Callable[[str], str]) -> str:
    def replacement(match: re.Match[str]) -> str:
        return spell(_text(values.get(_name(match))))

    return _PLACEHOLDER.sub(replacement, template)


def _name(match: re.Match[str]) -> str:
    return match[1] if match[1] is not None else match[2]


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _json(value: str | int | None) -> str:
    return msgspec.json.encode(value).decode()


def _quoted_text(value: str | int | None) -> str:
    return _json(_text(value))[1:-1]
