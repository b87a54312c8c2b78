"""Findings: what a check of an installation found, and what to do about it. Made by `doctor`, worded for people."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. WARNING: it works now, or could not be found out. FAILED: runs fail, or will."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` names what was looked at, `detail` is the fact. `mend` is the next step, a command or an option; every
    warning and failure has one. None of them holds a secret.
    """

    check: str
    level: Level
    detail: str
    mend: str = ""


def ok(check: str, detail: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, detail)


def warning(check: str, detail: str, mend: str) -> Finding:
    """It works, but should be looked at; or it could not be found out."""
    return Finding(check, Level.WARNING, detail, mend)


def failed(check: str, detail: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(check, Level.FAILED, detail, mend)
