"""Mounting for tests: everything that was mounted is unmounted again, whatever happened in between."""

import errno
import os
import subprocess
from pathlib import Path


def call(*command: str | Path) -> str:
    """Run a tool and give its output; what it said is in the error if it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Mounts:
    """The mounts of one test; images of disks are made below `scratch`."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._mounted: list[Path] = []
        self._images: dict[Path, Path] = {}

    def tmpfs(self, place: Path, size: str, *, inodes: int = 0) -> None:
        """A file system in memory; `inodes` 0 is as many as fit."""
        self._mount(place, "-t", "tmpfs", "-o", f"size={size},nr_inodes={inodes},mode=755", "kodokeep-test")

    def image(self, place: Path, size_bytes: int, *make: str) -> None:
        """A disk in a file, formatted by the command `make`."""
        self._images[place] = self._formatted(size_bytes, *make)
        self.again(place)

    def again(self, place: Path) -> None:
        """Mount the disk once more that was there before."""
        self._mount(place, "-o", "loop", str(self._images[place]))

    def exfat(self, place: Path, size_bytes: int) -> None:
        """The disk of a camera: `A` and `a` are one name. Served from user space, as few kernels have it."""
        self._from_user_space(place, self._formatted(size_bytes, "mkfs.exfat"), "mount.exfat-fuse")

    def ntfs(self, place: Path, size_bytes: int, options: str) -> None:
        """The disk of a Windows machine; `ignore_case` shows every name in lower case, `windows_names` refuses some."""
        image = self._formatted(size_bytes, "mkfs.ntfs", "--quick", "--force", "--quiet")
        self._from_user_space(place, image, "lowntfs-3g", "-o", options)

    def _from_user_space(self, place: Path, image: Path, *mount: str) -> None:
        place.mkdir(parents=True, exist_ok=True)
        device = call("losetup", "--find", "--show", image).strip()
        try:
            call(*mount, device, place)
        finally:
            call("losetup", "--detach", device)  # happens at once, or when it is unmounted
        self._mounted.append(place)

    def read_only(self, place: Path) -> None:
        """What is there, seen through a mount that cannot be written."""
        self._mount(place, "--bind", str(place))
        call("mount", "-o", "remount,bind,ro", place)

    def unmount(self, place: Path) -> None:
        """Take a mount away."""
        call("umount", place)
        self._mounted.remove(place)

    def close(self) -> None:
        """Unmount what is left, the newest first; one that is busy goes as soon as it is not."""
        while self._mounted:
            call("umount", "--lazy", self._mounted.pop())

    def _mount(self, place: Path, *arguments: str) -> None:
        place.mkdir(parents=True, exist_ok=True)
        call("mount", *arguments, place)
        self._mounted.append(place)

    def _formatted(self, size_bytes: int, *make: str) -> Path:
        image = self._scratch / f"disk-{len(self._mounted)}"
        with image.open("wb") as file:
            file.truncate(size_bytes)
        call(*make, image)
        return image


def fill(place: Path) -> Path:
    """Somebody else writes until the disk is full; gives the file to remove."""
    filler = place / "somebody-elses-file"
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            _write_until_full(file.fileno(), bytes(size))
    return filler


def _write_until_full(fd: int, data: bytes) -> None:
    try:
        while True:
            os.write(fd, data)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
