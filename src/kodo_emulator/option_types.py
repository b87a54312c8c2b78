"""What options of the command line may spell. A value that does not fit ends the program with one line and code 2."""

import ipaddress
import re
from pathlib import Path

import click

from kodo_emulator.clock import Clock
from kodo_emulator.store.interface import Bucket

_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{1,63}")  # More than the cloud permits, for those who move between clouds.
_KEY = re.compile(r"[!-9;-~]+")
_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_SIZES = re.compile(r"([0-9]{1,15})(?:-([0-9]{1,15}))?")


class BucketOption(click.ParamType[Bucket]):
    """`NAME` or `NAME:private`."""

    name = "NAME[:private]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Bucket:
        name, colon, mode = str(value).partition(":")
        if colon and mode != "private":
            self.fail(f"{value!r} is not NAME or NAME:private", param, ctx)
        if not _BUCKET_NAME.fullmatch(name):
            self.fail(f"{name!r} is no bucket name: 1 to 63 of A-Z a-z 0-9 . _ -", param, ctx)
        return Bucket(name, private=bool(colon), created_s=Clock().seconds())


class KeyOption(click.ParamType[str]):
    """An access key or a secret key."""

    name = "KEY"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _KEY.fullmatch(str(value)):
            self.fail("a key has printable ASCII characters, no space and no colon", param, ctx)
        return str(value)


class AddressOption(click.ParamType[str]):
    """An IP address."""

    name = "ADDRESS"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(ipaddress.ip_address(str(value)))
        except ValueError:
            self.fail(f"{value!r} is not an IP address", param, ctx)


class HostNameOption(click.ParamType[str]):
    """What stands in a URL between `http://` and the port."""

    name = "NAME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if _HOST_NAME.fullmatch(str(value)):
            return str(value)
        try:
            address = ipaddress.IPv6Address(str(value))
        except ValueError:
            address = None
        if address is None or address.scope_id:
            self.fail(f"{value!r} is not a host name or address without a port", param, ctx)
        return str(address)


class SizeRange(click.ParamType[tuple[int, int]]):
    """`MIN-MAX` or one size, in bytes."""

    name = "MIN-MAX"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        match = _SIZES.fullmatch(str(value))
        if not match:
            self.fail(f"{value!r} is not MIN-MAX in bytes", param, ctx)
        low, high = int(match[1]), int(match[2] or match[1])
        if low > high:
            self.fail(f"{value!r} is not a range", param, ctx)
        return low, high


class NewFile(click.ParamType[Path]):
    """A file that is to be written, and replaced if it is there: never a device, a pipe or a directory."""

    name = "FILE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(str(value))
        if not path.parent.is_dir():
            self.fail(f"no such directory: {path.parent}", param, ctx)
        if path.exists() and not path.is_file():
            self.fail(f"{str(path)!r} is no regular file", param, ctx)
        return path
