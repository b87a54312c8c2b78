"""The disk's own clock (rule 13), with a wait that is injected."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.local import probe
from kodokeep.local.probe import COARSE_NS, FINE_NS, DiskClock, device_type, has_lasting_inodes


@pytest.fixture
def tmp_fd(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def clock(tmp_fd: int, waits: list[float]) -> Iterator[DiskClock]:
    clock = DiskClock(tmp_fd, waits.append)
    yield clock
    clock.close()


def ctime_ns(path: Path) -> int:
    return path.stat().st_ctime_ns


def test_this_disk_is_fine(clock: DiskClock) -> None:
    assert clock.granularity_ns == FINE_NS


def test_disk_without_fractions_is_coarse(tmp_fd: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.utime

    def whole_seconds(fd: int, ns: tuple[int, int] | None = None) -> None:
        if ns is None:
            real(fd)
        else:
            real(fd, ns=(ns[0] // 10**9 * 10**9, ns[1] // 10**9 * 10**9))

    monkeypatch.setattr(os, "utime", whole_seconds)
    waits: list[float] = []
    clock = DiskClock(tmp_fd, waits.append)
    assert clock.granularity_ns == COARSE_NS
    clock.settle(clock.tick())
    assert waits == []
    clock.close()


def test_clock_is_that_of_new_files(clock: DiskClock, tmp_path: Path) -> None:
    before = clock.tick()
    (tmp_path / "file").touch()
    assert before <= ctime_ns(tmp_path / "file") <= clock.tick()


def test_young_changes_are_not_aged(clock: DiskClock) -> None:
    now = clock.tick()
    assert not clock.aged(now)
    assert not clock.aged(now - FINE_NS + 1)
    assert clock.aged(now - FINE_NS)


def test_aged_says_what_the_last_tick_said(clock: DiskClock) -> None:
    changed = clock.latest_ns - FINE_NS + 1
    assert not clock.aged(changed)
    while clock.tick() < changed + FINE_NS:
        pass
    assert clock.aged(changed)


def test_surely_aged_reads_the_clock_itself(clock: DiskClock) -> None:
    first = clock.latest_ns
    assert not clock.surely_aged(first + 10**12)
    assert clock.latest_ns >= first
    assert clock.surely_aged(first - FINE_NS)


def test_a_clock_that_is_set_back_is_read_again(tmp_fd: int) -> None:
    ahead_ns = [3600 * 10**9]
    clock = DiskClock(tmp_fd, drift=lambda: ahead_ns[0])
    clock.latest_ns += ahead_ns[0]  # as the disk's clock was when it was last read
    young = clock.latest_ns - FINE_NS - ahead_ns[0] + 10**9
    assert clock.surely_aged(young)
    ahead_ns[0] = 0
    assert not clock.surely_aged(young)
    clock.close()


def test_settle_waits_no_longer_than_the_granularity(clock: DiskClock, waits: list[float]) -> None:
    clock.settle(clock.tick())
    assert waits
    assert all(0 < wait <= FINE_NS / 1e9 for wait in waits)


def test_settle_does_not_wait_for_a_stamp_in_the_future(clock: DiskClock, waits: list[float]) -> None:
    clock.settle(clock.tick() + 10**15)
    assert waits == []


def test_settle_does_not_wait_for_old_files(clock: DiskClock, waits: list[float]) -> None:
    clock.settle(clock.tick() - FINE_NS)
    assert waits == []


def test_probe_file_is_used_again(clock: DiskClock, tmp_fd: int, tmp_path: Path) -> None:
    DiskClock(tmp_fd).close()
    assert [path.name for path in tmp_path.iterdir()] == [probe.PROBE_NAME]


TABLE = [
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n",
    "90 22 0:55 / /mnt/a\\040b rw master:3 propagate_from:2 - fuse.sshfs host:/ rw\n",
    "91 22 8:17 / /mnt/c rw - fuseblk /dev/sdb1 rw\n",
]


@pytest.mark.parametrize(
    ("major", "minor", "kind"), [(8, 1, "ext4"), (0, 55, "fuse.sshfs"), (8, 17, "fuseblk"), (0, 99, "")]
)
def test_device_type(major: int, minor: int, kind: str) -> None:
    assert device_type(os.makedev(major, minor), TABLE) == kind


@pytest.mark.parametrize(("major", "minor", "expected"), [(8, 1, False), (0, 55, True), (8, 17, False), (0, 99, False)])
def test_user_space(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, major: int, minor: int, *, expected: bool) -> None:
    table = tmp_path / "mountinfo"
    table.write_text("".join(TABLE))
    monkeypatch.setattr(probe, "_MOUNT_TABLE", table)
    assert probe.is_user_space(os.makedev(major, minor)) is expected


def test_user_space_without_a_mount_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(probe, "_MOUNT_TABLE", tmp_path / "missing")
    assert not probe.is_user_space(os.makedev(0, 55))


def test_inodes_count_only_where_the_disk_keeps_them() -> None:
    assert has_lasting_inodes(Path("/dev/shm").stat().st_dev)
    assert not has_lasting_inodes(Path("/proc").stat().st_dev)
