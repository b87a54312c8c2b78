"""Names that Windows does not let a file have, wherever the disk is: for folders that such a system is to read.

Source: "Naming Files, Paths, and Namespaces" of the Windows documentation, and `os.path.isreserved` of Python 3.13.
"""

import re

REFUSED_CHARS = frozenset('<>:"|?*\\')
"""Printable characters that no name may hold. Control characters are refused, too, and never spelled by us anyway."""

_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[1-9\u00b9\u00b2\u00b3])", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f]")


def is_device(name: str) -> bool:
    """True for the names of devices, with any extension: `con`, `Con.tar.gz`, `nul .txt`."""
    return _DEVICES.fullmatch(name.partition(".")[0].rstrip(" ")) is not None


def is_cut(name: str) -> bool:
    """True if a name loses its end, a dot or a space."""
    return name.endswith((".", " "))


def is_refused(name: str) -> bool:
    """True if no file can have this name."""
    return not REFUSED_CHARS.isdisjoint(name) or _CONTROL.search(name) is not None or is_cut(name) or is_device(name)
