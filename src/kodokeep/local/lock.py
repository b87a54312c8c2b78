"""The lock: one run at a time on a folder, on this machine and on any other that mounts it (rule 6).

Two things together: an operating system lock, which a crash releases by itself, and an owner record, which says who
holds it and which other machines respect where locks do not reach them.
"""

import os
import platform
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from kodokeep.errors import FolderUnusable, LockHeld
from kodokeep.local.failures import raise_if_full
from kodokeep.local.records import create_record, read_record, replace_record

LOCK_NAME = "lock"
RECORD_NAME = "lock.json"
HEARTBEAT_EVERY = timedelta(seconds=60)
LOST_AFTER = timedelta(hours=1)
"""A run on another machine that gives no sign of life for so long is taken for lost by those who only look."""

PATIENCE_S = 0.2
"""Who only looks touches the lock for a moment; a run that begins just then tries again."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Machine:
    """What tells machines apart. `boot_id` is empty where the system has none; containers of one machine share it."""

    host: str
    boot_id: str

    def is_same(self, other: "Machine") -> bool:
        """True if both names stand for one machine, whose operating system locks therefore tell the truth."""
        return self.host == other.host or (bool(self.boot_id) and self.boot_id == other.boot_id)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a folder's lock. Times are ISO 8601 in UTC."""

    host: str
    boot_id: str
    pid: int
    started: str
    heartbeat: str

    @property
    def machine(self) -> Machine:
        """Where the owner runs."""
        return Machine(self.host, self.boot_id)

    def is_same_run(self, other: "Owner") -> bool:
        """True if both are records of one holding of the lock, at whatever heartbeat."""
        return (self.host, self.pid, self.started) == (other.host, other.pid, other.started)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.started}, last seen {self.heartbeat}"


class FolderLock:
    """Held from `acquire` to `release`, or as a context. May be released by another thread, not by a forked child."""

    def __init__(self, private: Path, *, now: Callable[[], datetime], machine: Machine | None = None) -> None:
        self._private = private
        self._record = private / RECORD_NAME
        self._lock = FileLock(str(private / LOCK_NAME), timeout=PATIENCE_S, thread_local=False)
        self._now = now
        self._machine = machine if machine is not None else this_machine()
        self._owner: Owner | None = None
        self._written = datetime.min.replace(tzinfo=UTC)

    def acquire(self) -> None:
        """Take the lock. Raises LockHeld, naming the holder; FolderFull, FolderUnusable if it cannot be written."""
        try:
            self._lock.acquire()
        except Timeout:
            raise LockHeld(f"another run works on this folder: {self._holder()}") from None
        except OSError as error:
            raise_if_full(self._lock.lock_file, error)
            raise FolderUnusable(f"{self._lock.lock_file}: cannot lock: {error.strerror}") from error
        try:
            self._take_record()
        except BaseException:
            self._lock.release()
            raise

    def heartbeat(self) -> None:
        """Renew the sign of life, at most once a minute. Raises LockHeld if another run has taken the folder over."""
        if self._owner is None or self._now() - self._written < HEARTBEAT_EVERY:
            return
        on_disk = _recorded_owner(self._private)
        if on_disk is not None and not self._is_mine(on_disk):
            raise LockHeld(f"the lock of this folder was taken over by {on_disk}")
        with suppress(OSError):  # a full disk is no reason to end a run here; the operating system lock still holds
            self._write(replace_record, started=self._owner.started)

    def release(self) -> None:
        """Remove the record and free the lock. Does nothing if it is not held by this process."""
        if self._owner is None or self._owner.pid != os.getpid():
            return
        if self._is_mine(_recorded_owner(self._private)):
            self._record.unlink(missing_ok=True)
        self._owner = None
        self._lock.release()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _take_record(self) -> None:
        """Leave our record; one of this machine is a crashed run's, because the operating system lock was free."""
        left = _recorded_owner(self._private)
        if left is not None and not left.machine.is_same(self._machine):
            raise self._held_elsewhere(str(left))
        try:
            self._write(create_record if left is None else replace_record, started=_text(self._now()))
        except FileExistsError:
            raise self._held_elsewhere(self._holder()) from None
        except OSError as error:
            raise_if_full(str(self._record), error)
            raise FolderUnusable(f"{self._record}: cannot write: {error.strerror}") from error

    def _write(self, write: Callable[[Path, dict[str, object]], None], *, started: str) -> None:
        now = self._now()
        owner = Owner(self._machine.host, self._machine.boot_id, os.getpid(), started, _text(now))
        write(self._record, asdict(owner))
        self._owner, self._written = owner, now

    def _is_mine(self, owner: Owner | None) -> bool:
        return owner is not None and self._owner is not None and owner.is_same_run(self._owner)

    def _holder(self) -> str:
        return str(_recorded_owner(self._private) or "it left no record yet")

    def _held_elsewhere(self, who: str) -> LockHeld:
        return LockHeld(
            f"another machine's run works on this folder: {who}",
            hint=f"if that run is really over, remove {self._record} and start again",
        )


def who_works(private: Path, now: datetime, machine: Machine | None = None) -> str:
    """Who works on the folder of this `.kodokeep`, for people; empty if nobody does, whatever a crashed run left."""
    owner = _recorded_owner(private)
    if owner is None:
        return ""
    here = owner.machine.is_same(machine or this_machine())
    works = _is_locked(private / LOCK_NAME) or (not here and _gave_sign(owner, now))
    return str(owner) if works else ""


def _is_locked(lock: Path) -> bool:
    """True if a process of this machine holds the operating system lock, or if that cannot be found out."""
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415 - there is none on Windows

    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, PermissionError):  # nobody was ever here, or it is not ours to see
        return False
    except OSError:
        return True
    return False


def _gave_sign(owner: Owner, now: datetime) -> bool:
    try:
        return now - datetime.fromisoformat(owner.heartbeat) < LOST_AFTER
    except (ValueError, TypeError):  # a damaged record
        return False


def _recorded_owner(private: Path) -> Owner | None:
    """The owner record; a damaged one may be anybody's, so it counts as another machine's."""
    try:
        values = read_record(private / RECORD_NAME)
    except (ValueError, OSError):
        return Owner("an unknown machine (the record is damaged)", "", 0, "?", "?")
    if values is None:
        return None
    pid = values.get("pid")
    texts = [str(values.get(name, "")) for name in ("host", "boot_id", "started", "heartbeat")]
    return Owner(texts[0], texts[1], pid if isinstance(pid, int) else 0, texts[2], texts[3])


def this_machine() -> Machine:
    """The machine that this process runs on."""
    try:
        boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        boot_id = ""
    return Machine(platform.node(), boot_id)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
