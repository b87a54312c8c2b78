"""A checklist on paper of any width, in letters of any kind."""

import io
import os

import pytest

from kodokeep.cli import checklist
from kodokeep.cli.checklist import NAME_WIDTH, Checklist
from kodokeep.model.finding import Finding, Level, failed, ok, warning

LONG = "word " * 40


def stream(encoding: str, *, terminal: bool = False) -> io.TextIOWrapper:
    opened = io.TextIOWrapper(io.BytesIO(), encoding)
    opened.isatty = lambda: terminal  # type: ignore[method-assign]
    return opened


def plain(text: str) -> str:
    import click  # noqa: PLC0415

    return click.unstyle(text)


def told(finding: Finding, encoding: str = "utf-8", *, terminal: bool = False) -> list[str]:
    return [plain(line) for line in Checklist(stream(encoding, terminal=terminal)).lines(finding)]


def test_a_finding_and_below_it_what_to_do() -> None:
    assert told(ok("clock", "goes right")) == ["  ✓ clock           goes right"]
    assert told(failed("keys", "refused", "kodokeep login")) == [
        "  ✗ keys            refused", "                    → kodokeep login"
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_letters_that_the_terminal_does_not_have(encoding: str) -> None:
    checks = [ok("a", "b"), warning("a", "b", "c"), failed("a", "b", "c\nd")]
    lines = [line for check in checks for line in told(check, encoding)]
    assert "\n".join(lines).encode(encoding)
    assert [line.split()[0] for line in lines] == ["+", "!", "->", "x", "->", "d"]


def test_details_are_wrapped_for_a_terminal_and_commands_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checklist.shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))
    *details, mend = told(warning("domain", LONG, LONG), terminal=True)
    assert all(len(line) <= 80 for line in details)
    assert all(line.startswith(" " * (NAME_WIDTH + 6)) for line in details[1:])
    assert mend.endswith(LONG.strip())
    assert len(told(warning("domain", LONG, "x"))) == 2, "one line for those who search"


def test_nothing_that_a_terminal_would_obey() -> None:
    assert told(failed("plan", "a\x1b[2Jb", "rm \x07")) == [
        "  ✗ plan            a\\x1b[2Jb", "                    → rm \\x07"
    ]  # fmt: skip


def test_the_sum() -> None:
    sums = Checklist(stream("utf-8"))
    assert plain(sums.total({Level.OK: 1})) == "1 check: 1 fine"
    assert (
        plain(sums.total({Level.OK: 2, Level.WARNING: 1, Level.FAILED: 3})) == "6 checks: 2 fine, 1 warning, 3 failed"
    )
