"""Renaming without replacing: the one operation that never destroys what already has the name (rule 9)."""

import ctypes
import errno
import os
import sys
from collections.abc import Callable

_RENAME_NOREPLACE = 1
_RENAME_EXCL = 4

# What a kernel or file system answers that knows no such rename, or no hard links.
_UNSUPPORTED = frozenset(
    {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM, errno.EMLINK, errno.EACCES}
)

Rename = Callable[[int, str, int, str], None]
"""(source directory fd, source name, target directory fd, target name); raises FileExistsError if the target is."""


def rename_no_replace(source_fd: int, source: str, target_fd: int, target: str) -> None:
    """Rename a file unless the target name is taken, by whatever.

    Raises FileExistsError, FileNotFoundError, and OSError with EXDEV across devices.
    """
    for attempt in _WAYS:
        try:
            attempt(source_fd, source, target_fd, target)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
        else:
            return
    look_then_rename(source_fd, source, target_fd, target)


def link_then_unlink(source_fd: int, source: str, target_fd: int, target: str) -> None:
    """In two steps: a crash between them leaves both names, which `settle` knows."""
    os.link(source, target, src_dir_fd=source_fd, dst_dir_fd=target_fd, follow_symlinks=False)
    try:
        os.unlink(source, dir_fd=source_fd)
    except OSError:
        os.unlink(target, dir_fd=target_fd)
        raise


def look_then_rename(source_fd: int, source: str, target_fd: int, target: str) -> None:
    """The last resort (FAT on an old kernel): leaves a window of microseconds between look and rename."""
    try:
        os.stat(target, dir_fd=target_fd, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(source, target, src_dir_fd=source_fd, dst_dir_fd=target_fd)
    else:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)


def _native() -> Rename | None:
    """renameat2 on Linux, renameatx_np on macOS; None elsewhere."""
    name, flag = {"linux": ("renameat2", _RENAME_NOREPLACE), "darwin": ("renameatx_np", _RENAME_EXCL)}.get(
        sys.platform, ("", 0)
    )
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None) if name else None
    if function is None:
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]

    def native(source_fd: int, source: str, target_fd: int, target: str) -> None:
        if function(source_fd, os.fsencode(source), target_fd, os.fsencode(target), flag) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), source, None, target)

    return native


_NATIVE = _native()
_WAYS: tuple[Rename, ...] = (link_then_unlink,) if _NATIVE is None else (_NATIVE, link_then_unlink)
