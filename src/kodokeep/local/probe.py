"""Probes: what the folder's file system can do, found out by asking it.

What belongs here: the disk's own clock and how fine it is (rule 13), and what kind of file system it is. What does
not: case, normalisation and length of names, which `names` finds out.
"""

import os
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

FINE_NS = 20_000_000
"""Two changes of a file closer than this may carry one timestamp: the kernel's tick is 1 to 10 ms."""

COARSE_NS = 2_000_000_000
"""The same where modification times have no fraction of a second (FAT counts by twos)."""

PROBE_NAME = "clock.probe"

_FRACTION_NS = 1_600_000_001_123_456_700
_MOUNT_TABLE = Path("/proc/self/mountinfo")
_MAX_WAITS = 3
_LASTING_INODES = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "jfs", "tmpfs"})


def _drift_ns() -> int:
    return time.time_ns() - time.monotonic_ns()


class DiskClock:
    """The time as the file system itself stamps it, which on a network disk is the server's.

    A stamp is *aged* if the clock had moved on by more than its granularity before the file was looked at: any later
    change must then show in the stamp.
    """

    def __init__(
        self, dir_fd: int, sleep: Callable[[float], None] = time.sleep, drift: Callable[[], int] = _drift_ns
    ) -> None:
        """`drift` tells by how much this machine's clock is ahead of one that nobody sets."""
        self._sleep = sleep
        self._drift = drift
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._fd = os.open(PROBE_NAME, flags, 0o666, dir_fd=dir_fd)
        os.utime(self._fd, ns=(_FRACTION_NS, _FRACTION_NS))
        fine = os.fstat(self._fd).st_mtime_ns % 1_000_000_000 != 0
        self.granularity_ns = FINE_NS if fine else COARSE_NS
        self.latest_ns = 0
        self.tick()

    def tick(self) -> int:
        """Read the clock: change the probe file and see which ctime it gets. Nanoseconds since the epoch."""
        os.utime(self._fd)
        self._drift_then_ns = self._drift()
        self.latest_ns = os.fstat(self._fd).st_ctime_ns
        return self.latest_ns

    def aged(self, ctime_ns: int) -> bool:
        """True if the last `tick` came late enough after that change. Costs nothing; tick before the look."""
        return ctime_ns + self.granularity_ns <= self.latest_ns

    def surely_aged(self, ctime_ns: int) -> bool:
        """The same, with a tick if the last one does not tell, or if somebody has set the clock since."""
        if abs(self._drift() - self._drift_then_ns) > FINE_NS:
            self.tick()
        return self.aged(ctime_ns) or ctime_ns + self.granularity_ns <= self.tick()

    def let_age(self, ctime_ns: int) -> bool:
        """As `surely_aged`, but a change made just now is waited for, some milliseconds at most: a racy record makes
        the next run hash the file once more.
        """
        if self.surely_aged(ctime_ns):
            return True
        self.settle(ctime_ns)
        return self.aged(ctime_ns)

    def settle(self, ctime_ns: int) -> None:
        """Wait until a change made just now is aged. Does not wait for a coarse clock, nor for a change in the future:
        such files stay racy.
        """
        if self.granularity_ns > FINE_NS:
            return
        for _ in range(_MAX_WAITS):
            missing_ns = ctime_ns + self.granularity_ns - self.tick()
            if not 0 < missing_ns <= self.granularity_ns:
                return
            self._sleep(min(missing_ns, FINE_NS) / 1e9)
        self.tick()

    def close(self) -> None:
        """Close the probe file; it stays in `tmp` for the next run."""
        os.close(self._fd)


def is_user_space(device: int) -> bool:
    """True if a file system (`st_dev`) is known to be served by a process (FUSE); False where nothing tells."""
    return _mounted_type(device).partition(".")[0] == "fuse"  # most, but not all, name what serves it


@lru_cache(maxsize=16)
def has_lasting_inodes(device: int) -> bool:
    """True if a file system (`st_dev`) is known to keep a file's inode number for life, unmounted or not (rule 13)."""
    return _mounted_type(device) in _LASTING_INODES


def _mounted_type(device: int) -> str:
    try:
        with _MOUNT_TABLE.open(encoding="utf-8", errors="surrogateescape") as table:
            return device_type(device, table)
    except OSError:
        return ""


def device_type(device: int, table: Iterable[str]) -> str:
    """The type of a mounted device by the lines of a proc(5) mountinfo; empty if it is not listed."""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in table:
        fields = line.split()
        if fields[2] == number:
            return fields[fields.index("-") + 1]
    return ""
