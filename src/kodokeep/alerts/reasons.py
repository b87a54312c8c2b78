"""Reasons: what went wrong on the way, in words without an address. Libraries put the address into theirs.

What belongs here: taking out what must not be told. What does not: which library said it.
"""

import json
import re
from html import escape
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "***"
_SHORTEST_HIDDEN = 4
"""Shorter parts of an address are no secrets, and would be found in any word."""

_LONGEST = 200
_DELIMITERS = re.compile(r"[:/?#\[\]@!$&'()*+,;=\s]+")
_STRUCTURE = re.compile(r"[:/?#@&=\s]+")
"""A password may have the other delimiters in it, with less between them than is hidden by itself."""

_CAUSES = (
    re.compile(r"(certificate verify failed: [^('\"]*[^('\"\s])"),
    re.compile(r"\[Errno -?\d+\] ([^'\")]*[^'\")\s])"),
    re.compile(r"(timed out)"),
    re.compile(r"(Connection aborted|Remote end closed connection[^'\")]*)"),
    re.compile(r"\[SSL[^\]]*\] ([^('\"]*[^('\"\s])"),
)


def hidden(text: str, url: str) -> str:
    """The text, one line of it, with every part of the URL hidden, as written, decoded or encoded, in whatever case."""
    scheme, _, rest = url.partition("://")
    parts = {url, rest, *_STRUCTURE.split(rest), *_DELIMITERS.split(rest)}
    parts |= {piece for part in tuple(parts) for piece in (unquote(part), *_DELIMITERS.split(unquote(part)))}
    parts |= {spelled for part in parts for spelled in _spellings(part)}
    for part in sorted(parts - {scheme}, key=len, reverse=True):
        if len(part) >= _SHORTEST_HIDDEN:
            text = re.sub(re.escape(part), HIDDEN, text, flags=re.IGNORECASE)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _spellings(part: str) -> tuple[str, ...]:
    """How libraries and services may write a part of an address."""
    plain = (quote(part), quote(part, safe=""), quote_plus(part), escape(part), json.dumps(part)[1:-1])
    return (*plain, repr(part)[1:-1])


def cause_in(text: str) -> str:
    """What an error of the network comes down to, such as `Connection refused`; empty if it cannot be made out."""
    found = (pattern.search(text) for pattern in _CAUSES)
    return next((match[1] for match in found if match), "")
