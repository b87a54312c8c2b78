"""The run log: one file of JSON lines a run, append-only; the audit trail, and what `rebuild` starts from (rule 30).

Belongs here: the file and its durability. Does not: the form of the lines (`logline`), wording for people. Nothing
secret can get in: no options, credentials or URLs are handed to it.
"""

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from kodokeep.errors import FolderFull, FolderUnusable
from kodokeep.model.action import Standing
from kodokeep.model.event import Notice, RunStarted
from kodokeep.model.outcome import Outcome, Step, Version
from kodokeep.model.summary import Summary
from kodokeep.reporting.logline import (
    FinishedLine,
    Line,
    NoticeLine,
    OutcomeLine,
    StandingLine,
    StartedLine,
    StepLine,
    SyncedFacts,
    VersionFacts,
    VersionLine,
    utf8_text,
)

_BUFFER_BYTES = 256 * 1024


class JsonlRunLog:
    """The log of one run, in `<directory>/<run>.jsonl`. Lines are buffered until `sync`.

    Every method may raise FolderFull, and FolderUnusable if the disk refuses.
    """

    def __init__(self, directory: Path, *, program: str) -> None:
        """`program` is the name and version that writes. The file is created by `started`, which knows the run."""
        self._directory = directory
        self._program = program
        self._encoder = msgspec.json.Encoder()
        self._run = ""
        self._file: BinaryIO | None = None

    def started(self, event: RunStarted, settings: Mapping[str, str]) -> None:
        """Create the file with its first line. Raises FolderUnusable if the run has a log already."""
        self._run = event.run
        self._file = self._create(self._directory / f"{event.run}.jsonl")
        self._write(
            StartedLine(event.run, event.name, event.mode, event.bucket, event.folder, self._program, dict(settings))
        )

    def step(self, step: Step) -> None:
        """Record a step that was performed, with all that a rebuild needs."""
        action = step.action
        self._write(
            StepLine(
                self._run,
                step.seq,
                action.kind,
                action.reason,
                action.key,
                None if step.synced is None else SyncedFacts.of(step.synced),
                None if step.version is None else VersionFacts.of(step.version),
                step.adopted,
                step.detail,
                step.forgets,
                step.copied,
                step.last,
                None if action.source is None else action.source.key,
            )
        )

    def outcome(self, outcome: Outcome) -> None:
        """Record an action that was not done, and why."""
        action = outcome.action
        self._write(
            OutcomeLine(
                self._run,
                action.kind,
                action.reason,
                action.key,
                action.size_bytes,
                outcome.kind,
                utf8_text(outcome.detail),
            )
        )

    def standing(self, standing: Standing) -> None:
        """Record a key that nothing was done about for a reason a person should know."""
        obstacle = standing.row.obstacle
        detail = "" if obstacle is None else f"{obstacle.kind}: {obstacle.path}: {obstacle.detail}"
        self._write(StandingLine(self._run, standing.kind, standing.reason, standing.row.key, utf8_text(detail)))

    def versions(self, versions: Sequence[Version]) -> None:
        """Record history files that a crashed run had left unrecorded (rule 11)."""
        for version in versions:
            self._write(VersionLine(self._run, version.key, VersionFacts.of(version)))

    def notice(self, notice: Notice) -> None:
        """Record a warning."""
        self._write(NoticeLine(self._run, notice.kind, utf8_text(notice.subject), utf8_text(notice.detail)))

    def finished(self, summary: Summary) -> None:
        """The last line, synced; the file is closed, even if that line finds no room."""
        try:
            self._write(FinishedLine(summary.run, summary))
            self.sync()
        finally:
            self.close()

    def sync(self) -> None:
        """Make the log durable; comes before the state commit (rule 1)."""
        file = self._open_file()
        with _full_disk_told(self._directory):
            file.flush()
            os.fsync(file.fileno())

    def close(self) -> None:
        """Write what is buffered and let go of the file; harmless when it is closed."""
        if self._file is not None:
            with _full_disk_told(self._directory):
                self._file.close()

    def _create(self, path: Path) -> BinaryIO:
        with _full_disk_told(path):
            if not self._directory.exists():
                self._directory.mkdir()
                _sync_directory(self._directory.parent)
            try:
                file = path.open("xb", buffering=_BUFFER_BYTES)
            except FileExistsError as error:
                raise FolderUnusable(f"{path} exists already: run ids must be unique") from error
            _sync_directory(self._directory)
        return file

    def _write(self, line: Line) -> None:
        file = self._open_file()
        with _full_disk_told(self._directory):
            file.write(self._encoder.encode(line) + b"\n")

    def _open_file(self) -> BinaryIO:
        if self._file is None:
            message = "a run log begins with `started`"
            raise RuntimeError(message)
        return self._file


def _sync_directory(directory: Path) -> None:
    """Make names in `directory` durable, where the system can (Windows opens no directories)."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _full_disk_told(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise FolderFull(f"no room left to write the run log in {place}") from error
        raise FolderUnusable(f"cannot write the run log in {place}: {error.strerror or error}") from error
