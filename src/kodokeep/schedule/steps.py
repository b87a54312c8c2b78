"""Steps from what timers hold to what they should: shown to a person first, then done.

What belongs here: the kinds of steps. What does not: which are needed (`keepers`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kodokeep.errors import TimersUnusable
from kodokeep.schedule import crontab, tools
from kodokeep.whole import replace_file

FILE_MODE = 0o644
"""Units of the system are read by others than who wrote them."""

_INDENT = "    "
_NO_CRONTAB = "no crontab for"


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write a file, whole or not at all."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class RemoveFile:
    """Remove a file, if it is still there."""

    path: str


@dataclass(frozen=True, slots=True)
class Call:
    """Call a program. What an `optional` one does may be done already."""

    argv: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class EditCrontab:
    """Put a block in place of the one that a config has in the user's crontab; an empty one takes it out."""

    config: str
    block: str


Step = WriteFile | RemoveFile | Call | EditCrontab


def shown(steps: Iterable[Step]) -> Iterator[str]:
    """The lines that tell a person what will be done."""
    for step in steps:
        match step:
            case WriteFile(path, content):
                yield f"write {path}:"
                yield from (_INDENT + line if line else "" for line in _text(content).splitlines())
            case RemoveFile(path):
                yield f"remove {path}"
            case Call(argv):
                yield f"call {' '.join(argv)}"
            case EditCrontab(_, ""):
                yield "take the lines of this config out of the crontab"
            case EditCrontab(_, block):
                yield "put into the crontab, before all other lines:"
                yield from (_INDENT + line for line in block.splitlines())


def perform(steps: Iterable[Step]) -> None:
    """Do them. Raises TimersUnusable at the first that cannot be done; doing all of them again goes on from there."""
    for step in steps:
        match step:
            case WriteFile(path, content):
                _write(Path(path), content)
            case RemoveFile(path):
                _remove(Path(path))
            case Call(argv, optional=True):
                tools.ask(argv)
            case Call(argv):
                tools.tell(argv)
            case EditCrontab(config, block):
                _edit_crontab(config, block)


def read_crontab() -> str:
    """The user's crontab; empty if there is none. Raises TimersUnusable."""
    listed = tools.ask(["crontab", "-l"])
    if listed.exit and _NO_CRONTAB in listed.err:
        return ""
    if listed.exit:
        raise TimersUnusable(f"crontab -l: {listed.complaint}")
    return listed.out


def _edit_crontab(config: str, block: str) -> None:
    # Read anew: the person who was asked may have edited it meanwhile.
    before = read_crontab()
    after = crontab.replaced(before, config, block)
    if after:
        tools.tell(["crontab", "-"], after)
    elif before:
        tools.tell(["crontab", "-r"])


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content, FILE_MODE)
    except OSError as error:
        raise TimersUnusable(f"{path} cannot be written: {error.strerror}") from None


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise TimersUnusable(f"{path} cannot be removed: {error.strerror}") from None


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    return content.decode(tools.TEXT, tools.ERRORS).expandtabs(2)
