"""The scenario kit: a bucket on a real emulator, a real folder, and the command line in between.

Every run that goes through the kit is checked for what must hold of all runs: the last line adds up, it counts the
objects that are really there, and nobody ever sees a traceback.
"""

import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.request import urlopen

from kodokeep import cli
from kodokeep.cli.session import Session
from kodokeep.model.key import OWN_DIRECTORY, decode
from kodokeep.state.store import StateStore
from tests.emulator_process import Emulator

NAME = "photos"
PUBLIC_BUCKETS, PRIVATE_BUCKETS = 350, 30
PROGRAM = (sys.executable, "-c", "import sys; from kodokeep.cli import main; sys.exit(main())")


def install_program(directory: Path) -> None:
    """Make it the command `kodokeep` of a directory that shells look into."""
    directory.mkdir()
    binary = directory / "kodokeep"
    python, option, code = PROGRAM
    binary.write_text(f'#!/bin/sh\nexec {python} {option} "{code}" "$@"\n')
    binary.chmod(0o755)


class Cloud:
    """Emulators for one worker process; each test gets a bucket that nobody used before."""

    def __init__(self) -> None:
        self._emulator: Emulator | None = None
        self._public: list[str] = []
        self._private: list[str] = []

    def bucket(self, *, private: bool = False) -> tuple[Emulator, str]:
        """A fresh bucket, and the emulator that has it."""
        if self._emulator is None or not (self._private if private else self._public):
            self.stop()
            self._public = [f"public-{number}" for number in range(PUBLIC_BUCKETS)]
            self._private = [f"private-{number}" for number in range(PRIVATE_BUCKETS)]
            self._emulator = Emulator(*self._public, *(f"{name}:private" for name in self._private))
        return self._emulator, (self._private if private else self._public).pop()

    def stop(self) -> None:
        """End the emulator."""
        if self._emulator is not None:
            self._emulator.stop()


@dataclass(frozen=True, slots=True)
class Result:
    """What one command said and asked for. `requests` is the emulator's log of it."""

    exit: int
    stdout: str
    stderr: str
    requests: list[dict[str, Any]]

    @property
    def events(self) -> list[dict[str, Any]]:
        """stdout, line by line."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def summaries(self) -> dict[str, dict[str, Any]]:
        """The summary of each pair."""
        return {event["name"]: event for event in self.events if event["event"] == "run_finished"}

    @property
    def summary(self) -> dict[str, Any]:
        """The summary of the only pair."""
        (summary,) = self.summaries.values()
        return summary

    @property
    def actions(self) -> set[tuple[str, str, str]]:
        """What became of each action: (action, key, outcome)."""
        return {(e["action"], e["key"], e["outcome"]) for e in self.events if e["event"] == "action"}

    @property
    def guards(self) -> set[str]:
        """Which guards spoke."""
        return {event["guard"] for event in self.events if event["event"] == "guard"}

    @property
    def notices(self) -> set[str]:
        """Which kinds of notices were given."""
        return {event["notice"] for event in self.events if event["event"] == "notice"}

    def downloads(self) -> list[dict[str, Any]]:
        """The requests for objects."""
        return [line for line in self.requests if line["host"] in ("io", "io_src")]

    def uploads(self) -> list[dict[str, Any]]:
        """The requests to upload hosts."""
        return [line for line in self.requests if line["host"] == "up"]

    def counts(self) -> dict[str, int]:
        """The parts of the summary that are not zero."""
        names = (
            "unchanged", "touched", "adopted", "downloaded", "uploaded", "copied", "moved", "conflicts", "deleted",
            "archived", "held", "unavailable", "thawing", "stale", "failed", "filtered", "local_only", "remote_only",
            "kept",
        )  # fmt: skip
        return {name: self.summary[name] for name in names if self.summary[name]}


class World:
    """One pair: a bucket, a folder, a config, and what the bucket holds (`objects`)."""

    def __init__(self, emulator: Emulator, bucket: str, root: Path) -> None:
        self.emulator = emulator
        self.bucket = bucket
        self.root = root
        self.folder = root / "folder"
        self.state_home = root / "state-home"
        self.config = root / "config.ini"
        self.objects: dict[str, bytes] = {}
        self.unknown_history: set[str] = set()  # of a state that is lost: files stay, the record of them is gone
        self.env = {"QINIU_ACCESS_KEY": emulator.access_key, "QINIU_SECRET_KEY": emulator.secret_key}
        self.configure()

    def configure(self, **options: object) -> None:
        """Write the config, with these options for the pair besides bucket and folder."""
        self.prefix = str(options.get("prefix", ""))
        self.both_ways = options.get("mode", "backup") != "backup"
        told = {"bucket": self.bucket, "folder": self.folder} | options
        lines = [f"{name} = {value}\n" for name, value in told.items()]
        self.config.write_text(f"[account]\nuc_host = {self.emulator.uc}\n[bucket:{NAME}]\n{''.join(lines)}")

    def put(self, key: str, data: bytes, **options: Any) -> None:
        """Put an object into the bucket, over what is there."""
        self.emulator.put(self.bucket, key, data, **options)
        self.objects[key] = data

    def put_many(self, contents: Mapping[str, bytes]) -> None:
        for key, data in contents.items():
            self.put(key, data)

    def delete(self, *keys: str) -> None:
        """Delete objects from the bucket."""
        for key in keys:
            self.emulator.delete(self.bucket, key)
            del self.objects[key]

    def write(self, path: str, data: bytes) -> Path:
        """Write a local file, as a person would."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def tell(self, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
        """Any command, in this process."""
        self.emulator.clear_log()
        records = patch.dict(os.environ, XDG_STATE_HOME=str(self.state_home))
        with _captured() as (stdout, stderr), records:
            code = cli.main(["--config", str(self.config), *arguments], Session(env=env or self.env))
        result = Result(code, _text(stdout), _text(stderr), self.emulator.log())
        assert "Traceback" not in result.stdout + result.stderr
        assert result.exit != 1, result.stderr
        return result

    def run(self, *arguments: str, env: Mapping[str, str] | None = None, whole_listing: bool = True) -> Result:
        """`kodokeep run`, checked for what holds of every run. Give `whole_listing=False` if the listing lies."""
        result = self.tell("run", "--json", *arguments, env=env)
        for summary in result.summaries.values():
            check_sums(summary)
        if whole_listing and len(result.summaries) == 1 and result.exit in (0, 3, 4) and not self.both_ways:
            assert result.summary["listed"] == sum(key.startswith(self.prefix) for key in self.objects)
        return result

    def remote(self) -> dict[str, bytes]:
        """The bucket as keys and contents, as it is now."""
        found = {}
        for key in self.emulator.keys(self.bucket):
            with urlopen(self.emulator.url(self.bucket, key, origin=True), timeout=60) as answer:
                found[key] = answer.read()
        return found

    def remember_objects(self) -> None:
        """From here on `objects` is what the bucket holds now."""
        self.objects = self.remote()

    def tree(self) -> dict[str, bytes]:
        """The tree as keys and contents."""
        return {decode(path): (self.folder / path).read_bytes() for path in self.paths()}

    def paths(self) -> list[str]:
        """The files of the tree."""
        found = []
        for directory, names, files in os.walk(self.folder):
            if directory == str(self.folder) and OWN_DIRECTORY in names:
                names.remove(OWN_DIRECTORY)
            found += [os.path.relpath(f"{directory}/{file}", self.folder) for file in files]
        return sorted(found)

    @property
    def private(self) -> Path:
        """`.kodokeep`."""
        return self.folder / OWN_DIRECTORY

    def history(self) -> dict[str, bytes]:
        """History: places relative to `.kodokeep`, and contents."""
        files = (path for path in (self.private / "history").rglob("*") if path.is_file())
        return {str(path.relative_to(self.private)): path.read_bytes() for path in files}

    def temps(self) -> set[str]:
        """What lies in `tmp`, the clock's probe aside."""
        return {path.name for path in (self.private / "tmp").iterdir()} - {"clock.probe"}

    def everything(self) -> dict[str, tuple[int, ...]]:
        """All files with all that tells whether they were touched. SQLite's readers come and go in `.kodokeep`, and
        every attempt is on record in the journal.
        """
        found = snapshot(self.folder, self.state_home)
        records = self.state_home / "kodokeep"
        for place in (self.private, self.state_home, records, records / "journal.db"):
            found.pop(str(place), None)
        return found

    def run_log(self) -> list[dict[str, Any]]:
        """The lines of the newest run's log."""
        newest = max((self.private / "runs").iterdir())
        return [json.loads(line) for line in newest.read_text().splitlines()]

    @contextmanager
    def state(self) -> Iterator[StateStore]:
        """The state, to be read."""
        with StateStore.open_for_plan(self.private / "state.db") as state:
            yield state

    def check_settled(self) -> None:
        """What holds after a run that ended well: the bucket is in the tree, nothing is pending, all is on record."""
        tree = self.tree()
        assert {key: tree.get(key) for key in self.objects} == self.objects
        self.check_nothing_pending()

    def check_nothing_pending(self) -> None:
        """What holds after every run that ended well, whatever the mode."""
        assert self.temps() == set()
        with self.state() as state:
            assert list(state.intents()) == []
            assert state.unfinished_run() == ""
            known = self.history().keys() - self.unknown_history
            assert [place for place in sorted(known) if not state.has_version_at(place)] == []


def check_sums(summary: Mapping[str, Any]) -> None:
    """Rule 32: both sides of the last line add up."""
    for tally in (summary["listed_tally"], summary["walked_tally"]):
        assert tally["total"] == sum(tally["parts"].values()), summary
    assert summary["listed_tally"]["total"] == summary["listed"]


def snapshot(*roots: Path) -> dict[str, tuple[int, ...]]:
    """Everything below these directories, with all that tells whether it was touched."""
    found = {}
    for path in (each for root in roots for each in (root, *root.rglob("*"))):
        if path.exists() or path.is_symlink():
            stat = path.lstat()
            found[str(path)] = (stat.st_mode, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    return found


@contextmanager
def _captured() -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    stdout, stderr = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(stdout), redirect_stderr(stderr):
        yield stdout, stderr


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
