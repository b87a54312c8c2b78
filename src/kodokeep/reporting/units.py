"""Numbers for people: counts, binary sizes, durations, moments, and text that cannot upset a terminal."""

from datetime import UTC, datetime

SIZE_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")


def count(number: int, noun: str = "") -> str:
    """`1,234 objects`, `1 object`, or the bare number."""
    if not noun:
        return f"{number:,}"
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"
    return f"{number:,} {plural}"


def size(size_bytes: float) -> str:
    """`512 B`, `1.5 KiB`, `12.0 MiB`."""
    if size_bytes < 1024:
        return f"{size_bytes:.0f} B"
    value = float(size_bytes)
    for unit in SIZE_UNITS:
        value /= 1024
        if value < 1023.95 or unit == SIZE_UNITS[-1]:
            return f"{value:,.1f} {unit}"
    raise AssertionError("the last unit takes all")


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `4 min 05 s`, `2 h 10 min`, `3 days`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 2 * 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86_400} days"


def moment(at_s: float) -> str:
    """`2026-11-22 03:00:00 UTC`, of seconds since the epoch."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"


def minute(at_s: float) -> str:
    """The same without the seconds: `2026-11-22 03:00 UTC`."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M} UTC"


def instant(at_s: float) -> str:
    """The same for scripts: `2026-11-22T03:00:00Z`."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%SZ}"


def printable(text: str) -> str:
    """The text with everything escaped that is not plainly visible: control, format and direction characters.

    A key may hold any of these, and a terminal would obey them.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(printable(line) for line in text.split("\n"))
