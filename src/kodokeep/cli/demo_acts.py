"""The acts of the demo: what happens in the bucket and in the folders, and the commands that answer it.

Not here: the server and the stranger who uses it (`kodokeep.demo`), how a command is shown (`demo_shell`).
"""

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from kodokeep.cli.demo_shell import PHOTOS, WORK, Shell, title, typed
from kodokeep.cli.output import put
from kodokeep.demo import ODD_KEYS, DemoCloud, real_files
from kodokeep.reporting.units import size

MAX_FILES = 2_000
CHANGED, DELETED, ADDED = 3, 4, 2
ENOUGH = 200
"""Objects from which on three quarters of them are a mass deletion by its share; of fewer, all are deleted."""

SURVIVOR = "café/menu – été.txt"
"""One of the odd keys; its file is lost and comes back."""

WORK_FILES = 300
DRAFTS, FINAL, EDITED = "drafts", "final", "minutes.txt"


@dataclass(frozen=True, slots=True)
class Backup:
    """The first act: a bucket is backed up while somebody works in it."""

    cloud: DemoCloud
    shell: Shell
    files: list[str] = field(default_factory=list)

    def play(self, source: Path) -> None:
        """From an empty folder to a mass deletion."""
        self.shell.add_pair(PHOTOS, {})
        self._fill(source)
        title("The first backup")
        self.shell.run("run")
        changed, deleted = self.files[:CHANGED], self.files[CHANGED : CHANGED + DELETED]
        new = [f"new/{number}.txt" for number in range(ADDED)]
        self._work(changed, deleted, new)
        self._lose_a_file()
        self._delete_most([key for key in self.files if key not in deleted], new)

    def _fill(self, source: Path) -> None:
        title(f"A Kodo server on this machine, with real files from {source} in the bucket {PHOTOS!r}")
        self.cloud.put_all(PHOTOS, chain(self._noting(real_files(source, MAX_FILES)), iter(ODD_KEYS.items())))
        odd = ", ".join(list(ODD_KEYS)[:5])
        objects = len(self.files) + len(ODD_KEYS)
        put(f"{objects:,} objects uploaded with Qiniu's own SDK, some with odd names: {odd} …")

    def _noting(self, objects: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        """The same objects; their keys are noted as they go by."""
        for key, data in objects:
            self.files.append(key)
            yield key, data

    def _work(self, changed: list[str], deleted: list[str], new: list[str]) -> None:
        title(f"Somebody changes {len(changed)} objects, adds {len(new)} and deletes {len(deleted)}: only these travel")
        self.cloud.put_all(PHOTOS, ((key, f"changed: {key}\n".encode()) for key in changed))
        self.cloud.put_all(PHOTOS, ((key, b"new\n") for key in new))
        self.cloud.delete(PHOTOS, deleted)
        self.shell.run("run", "-v")

    def _lose_a_file(self) -> None:
        title("Somebody loses a file: it comes back")
        lost = self.shell.home / PHOTOS / SURVIVOR
        typed(f"rm {shlex.quote(os.fspath(lost))}")
        lost.unlink(missing_ok=True)
        self.shell.run("run")

    def _delete_most(self, rest: list[str], new: list[str]) -> None:
        doomed = rest[: len(rest) * 3 // 4] if len(rest) >= ENOUGH else [*rest, *new, *ODD_KEYS]
        most = f"{len(doomed):,} of {len(rest) + len(new) + len(ODD_KEYS):,} objects"
        title(f"Somebody deletes {most} in the bucket: kodokeep holds that back until you agree")
        self.cloud.delete(PHOTOS, doomed)
        self.shell.run("run")
        put(f"The {len(doomed):,} files are all still in the folder.")


@dataclass(frozen=True, slots=True)
class BothWays:
    """The second act: a folder and a bucket in which people work at the same time."""

    cloud: DemoCloud
    shell: Shell

    def play(self, source: Path) -> None:
        """From files that the bucket lacks to a conflict."""
        self._upload(source)
        self._rename()
        self._edit_both()

    @property
    def _folder(self) -> Path:
        return self.shell.home / WORK

    def _upload(self, source: Path) -> None:
        for key, data in real_files(source, WORK_FILES):
            file = self._folder / DRAFTS / key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        (self._folder / EDITED).write_text("Monday: we begin\n", encoding="utf-8")
        title("A second pair goes both ways: what only its folder has is uploaded")
        for line in self.shell.add_pair(WORK, {"mode": "sync", "deletions": "propagate"}):
            put(f"  {line}")
        self.shell.run("run", WORK)

    def _rename(self) -> None:
        title("A folder is renamed: the bucket follows, no content travels")
        old, new = self._folder / DRAFTS, self._folder / FINAL
        typed(f"mv {shlex.quote(os.fspath(old))} {shlex.quote(os.fspath(new))}")
        old.rename(new)
        before = self.cloud.traffic()
        self.shell.run("run", WORK)
        after = self.cloud.traffic()
        travelled = size(after.content_bytes - before.content_bytes)
        put(f"The server counted {after.requests - before.requests} requests, and {travelled} of content.")

    def _edit_both(self) -> None:
        title("A file is edited here, its object by somebody else: both are kept")
        edited, line = self._folder / EDITED, "Tuesday: added here"
        typed(f"echo {shlex.quote(line)} >> {shlex.quote(os.fspath(edited))}")
        with edited.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        self.cloud.put(WORK, EDITED, b"Monday: we begin\nTuesday: added by somebody else\n")
        self.shell.run("run", "-v", WORK)
        for path in sorted(path for path in self._folder.iterdir() if path.is_file()):
            put(f"{path.name}: {path.read_text(encoding='utf-8').splitlines()[-1]}")
