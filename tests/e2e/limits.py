"""What only an ordinary user meets: tests may run as root, whom no file mode stops."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1 << 1, 1 << 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def ordinary_user() -> Iterator[None]:
    """File modes bind this thread, and those that it starts, even if the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    before = _get()
    _set(before[0].effective & ~(_DAC_OVERRIDE | _DAC_READ_SEARCH))
    try:
        yield
    finally:
        _set(before[0].effective)


def _get() -> "ctypes.Array[_Capabilities]":
    data = (_Capabilities * 2)()
    _checked(ctypes.CDLL(None, use_errno=True).capget(ctypes.byref(_Header(_VERSION_3, 0)), data))
    return data


def _set(effective: int) -> None:
    data = _get()
    data[0].effective = effective
    _checked(ctypes.CDLL(None, use_errno=True).capset(ctypes.byref(_Header(_VERSION_3, 0)), data))


def _checked(code: int) -> None:
    if code != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
