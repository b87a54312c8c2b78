"""Texts that may leave the machine: without the names of objects and files, which can be as private as their contents.

Errors show a key in quotes, and a file by its path in the folder; both are taken out. What a config says stays in.
"""

import re

from kodokeep.model.key import OWN_DIRECTORY
from kodokeep.reporting.units import printable

MOST_LINES = 3
LONGEST_LINE = 300

_QUOTED = re.compile(r"""(?:(?<!\w)|(?<=\bb))(['"]).*\1""")
"""From the first quotation mark to the last: a key may hold some itself. One within a word is an apostrophe, but for
the name of a file that the system gave as bytes.
"""

_OWN_FILES = rf"{re.escape(OWN_DIRECTORY)}/(?:lock(?:\.json)?|state\.db|identity\.json)(?![\w/.])"


def keyless(text: str, folder: str = "") -> str:
    """The first lines of an error's text without what is in quotes, and without paths that go on below `folder`."""
    lines = [line for line in text.split("\n") if line.strip()]
    told = [_line(line, folder) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        told.append(f"… and {len(lines) - MOST_LINES} more")
    return "\n".join(told)


def _line(line: str, folder: str) -> str:
    if folder:
        # Where a path ends cannot be seen; after the last colon comes what is the matter with it.
        below = rf"{re.escape(folder.rstrip('/'))}/(?!{_OWN_FILES}).*?(?=: [^:]*$|$)"
        line = re.sub(below, lambda _: f"{folder.rstrip('/')}/…", line)
    line = printable(_QUOTED.sub(r"\1…\1", line).strip())
    half = LONGEST_LINE // 2
    # Where it is comes first and what was expected last; paths are what makes a line long.
    return line if len(line) <= LONGEST_LINE else f"{line[:half]}…{line[1 - half :]}"
