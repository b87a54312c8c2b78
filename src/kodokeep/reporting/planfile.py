"""Plan files: a plan as JSON lines, to be read, sent around, approved and applied (design §10).

Belongs here: writing one in one piece, and reading one back with distrust. Does not: the form of the lines
(`planline`), comparing a plan with the world (`app`).
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from kodokeep.errors import ConfigError
from kodokeep.model.action import Action
from kodokeep.model.options import PairOptions
from kodokeep.planning.filters import pair_settings
from kodokeep.reporting import units
from kodokeep.reporting.planline import FORMAT, VERSION, AnyHeader, PlanHeader, PlanIdentity, PlanLine

LONGEST_LINE_BYTES = 4 * 1024 * 1024

Form = TypeVar("Form", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """One action of a plan file, and whether a guard held it then."""

    action: Action
    held: bool
    fingerprint: str


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan file whose every line was read once. Holds the header; the actions are read from the disk each time."""

    path: str
    header: PlanHeader

    def actions(self) -> Iterator[PlannedAction]:
        """The actions in the order of the file. Raises ConfigError if the file is not any more what it was."""
        with _reading(self.path) as lines:
            if _header(self.path, lines) != self.header:
                raise ConfigError(f"{self.path}: was changed while it was read")
            yield from _actions(self.header, lines)

    def check_pair(self, pair: PairOptions) -> None:
        """Raises ConfigError if the plan was not made for this pair as it is set up now."""
        identity, settings = PlanIdentity.of(pair), pair_settings(pair)
        before = msgspec.structs.asdict(self.header.identity) | self.header.settings
        for name, now in (msgspec.structs.asdict(identity) | settings).items():
            if before.get(name, "") != now:
                was = before.get(name, "")
                raise ConfigError(
                    f"{self.path}: line 1: was made with {name} {was!r}, [bucket:{pair.name}] has {now!r}",
                    hint="make a new plan",
                )


def read_plan(path: str) -> PlanFile:
    """Open a plan file and check every line of it. Raises ConfigError that names file and line."""
    with _reading(path) as lines:
        header = _header(path, lines)
        for _ in _actions(header, lines):
            pass
    return PlanFile(path, header)


def plan_lines(header: PlanHeader, actions: Iterable[tuple[Action, bool]]) -> Iterator[bytes]:
    """The lines of a plan file, without their ends. `actions` come with whether a guard holds them."""
    encode = msgspec.json.Encoder().encode
    yield encode(header)
    for action, held in actions:
        yield encode(PlanLine.of(action, held=held))


def save_plan(path: str, lines: Iterable[bytes], *, force: bool) -> None:
    """Write a plan file in one piece: whole, or not at all. Raises ConfigError.

    What is there already is replaced only if it is a plan file, too, or with `force`.
    """
    target = Path(os.path.realpath(path))
    if target.exists():
        _check_replaceable(target, force=force)
    temp = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temp.open("xb") as file:
            for line in lines:
                file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        temp.replace(target)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        temp.unlink(missing_ok=True)


def _check_replaceable(target: Path, *, force: bool) -> None:
    if not target.is_file():
        raise ConfigError(f"{target}: is no file, so no plan can be written there")
    if force:
        return
    with _reading(str(target)) as lines:
        if not lines.begin_a_plan():
            hint = "choose another name, or use --force to replace it"
            raise ConfigError(f"{target}: is there already and is no plan file", hint=hint)


class _Lines:
    """The lines of a file with their numbers, each whole."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self.number = 0

    def begin_a_plan(self) -> bool:
        """True if the first line is, or was, the header of a plan file of whatever version. Goes back to it."""
        first = self._file.readline(LONGEST_LINE_BYTES)
        self._file.seek(0)
        try:
            return msgspec.json.decode(first, type=AnyHeader).format == FORMAT
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False

    def next(self) -> bytes | None:
        """The next line without its end; None after the last. Raises ConfigError."""
        self.number += 1
        line = self._file.readline(LONGEST_LINE_BYTES + 1)
        if not line:
            return None
        if len(line) > LONGEST_LINE_BYTES:
            raise self.wrong("too long for a line of a plan file")
        if not line.endswith(b"\n"):
            raise self.wrong("is cut off")
        return line[:-1]

    def decode(self, line: bytes, kind: type[Form]) -> Form:
        """Raises ConfigError."""
        try:
            return msgspec.json.decode(line, type=kind, strict=True)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self.wrong(f"is damaged: {error}") from error
        except RecursionError:
            raise self.wrong("is damaged: nested too deeply") from None

    def wrong(self, problem: str) -> ConfigError:
        """An error that names file and line."""
        return ConfigError(f"{self._path}: line {self.number}: {problem}")


@contextmanager
def _reading(path: str) -> Iterator[_Lines]:
    try:
        with Path(path).open("rb") as file:
            yield _Lines(path, file)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error


def _header(path: str, lines: _Lines) -> PlanHeader:
    if not lines.begin_a_plan():
        raise ConfigError(
            f"{path}: line 1: is not the header of a plan file", hint="kodokeep plan NAME -o FILE makes one"
        )
    first = lines.next() or b""
    version = lines.decode(first, AnyHeader).version
    if version != VERSION:
        age = "a newer" if version > VERSION else "an older"
        raise lines.wrong(f"was written by {age} kodokeep (version {version}), expected version {VERSION}; plan again")
    return lines.decode(first, PlanHeader)


def _actions(header: PlanHeader, lines: _Lines) -> Iterator[PlannedAction]:
    count = 0
    while (text := lines.next()) is not None:
        line = lines.decode(text, PlanLine)
        try:
            action = line.planned()
        except (msgspec.ValidationError, ValueError) as error:
            raise lines.wrong(f"is damaged: {error}") from error
        count += 1
        yield PlannedAction(action, line.held, line.fingerprint)
    if count != header.actions:
        raise lines.wrong(f"is damaged: {units.count(count, 'action')}, the header says {header.actions:,}")
