"""The command line `kodo-emulator`."""

import asyncio
import ipaddress
import logging
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import msgspec
import uvloop

from kodo_emulator.app import Emulator
from kodo_emulator.clock import Clock
from kodo_emulator.control.fault_rules import Rule
from kodo_emulator.control.rule_checks import read_working_rules
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.addresses import LOOPBACK, Addresses
from kodo_emulator.net.connections import Limits
from kodo_emulator.net.descriptors import connections_that_fit
from kodo_emulator.net.listeners import CannotListenError
from kodo_emulator.option_types import AddressOption, BucketOption, HostNameOption, KeyOption, NewFile, SizeRange
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.store.disk import DiskStore, StoreInUseError
from kodo_emulator.store.interface import Bucket, Store
from kodo_emulator.store.load import BadFileError, load_tree
from kodo_emulator.store.memory import MemoryStore
from kodo_emulator.store.schema import StoreFormatError
from kodo_emulator.store.synthesize import Made, synthesize

DEMO_ACCESS_KEY = "kodo-emulator-access-key"
DEMO_SECRET_KEY = "kodo-emulator-secret-key"  # noqa: S105 -- documented, for loopback only

_DATA_HELP = "Directory of the store; made if missing."
_NO_SYNC_HELP = "Do not wait for the disk: faster, and a power cut (not a kill) may lose uploads."


@click.group()
def main() -> None:
    """A local Qiniu Kodo server for tests, demos and work without a network."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What `serve` is told."""

    data: Path | None
    host: str
    advertise: str | None
    memory: bool
    port: int
    buckets: tuple[Bucket, ...]
    access_key: str
    secret_key: str
    ready_file: Path | None
    faults: Path | None
    no_sync: bool


@main.command()
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help=_DATA_HELP + " Default: a temporary one."
)
@click.option("--host", type=AddressOption(), default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--advertise", type=HostNameOption(), help="Name that clients are told. Default: the address itself.")
@click.option("--memory", is_flag=True, help="Keep everything in memory instead; it goes with the server.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port of uc, up, rs, rsf, io and api; 0: the one of last time, else a free one.",
)
@click.option("--bucket", "buckets", type=BucketOption(), multiple=True, help="Create a bucket; may be repeated.")
@click.option("--access-key", type=KeyOption(), default=DEMO_ACCESS_KEY, show_default=True)
@click.option("--secret-key", type=KeyOption(), default=DEMO_SECRET_KEY, show_default=True)
@click.option("--ready-file", type=NewFile(), help="Gets JSON once all ports listen.")
@click.option(
    "--faults", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="JSON list of fault rules."
)
@click.option("--no-sync", is_flag=True, help=_NO_SYNC_HELP)
def serve(**values: Any) -> None:
    """Serve a store until Ctrl-C or SIGTERM, on 127.0.0.1 unless told otherwise."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    options = ServeOptions(**values)
    if options.memory and options.data:
        raise click.UsageError("--memory and --data exclude each other: a store is in memory or in a directory")
    rules = _read_fault_file(options.faults) if options.faults else []
    _permit_open_files()
    with _chosen_store(options) as store:
        if options.ready_file:
            _remove(options.ready_file)  # What an earlier server left is not true yet.
        for bucket in options.buckets:
            _provide(store, bucket)
        addresses = Addresses(options.advertise or _reachable(options.host))
        keys = Keys(options.access_key, options.secret_key)
        limits = Limits(connections=connections_that_fit(Limits().connections))
        emulator = Emulator(store, keys, bind=options.host, addresses=addresses, limits=limits)
        emulator.faults.start_with(rules)
        try:
            uvloop.run(_serve(emulator, options.port, options.ready_file))
        except CannotListenError as error:
            raise click.UsageError(str(error)) from error


@main.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), required=True, help=_DATA_HELP)
@click.option("--bucket", type=BucketOption(), required=True, help="The bucket to fill; made if missing.")
@click.option("--prefix", default="", help="Text in front of every key.")
@click.option("--link", is_flag=True, help="Hard-link the files instead of copying them.")
@click.option("--no-sync", is_flag=True, help=_NO_SYNC_HELP)
def load(*, directory: Path, data: Path, bucket: Bucket, prefix: str, link: bool, no_sync: bool) -> None:
    """Fill a store from DIRECTORY while no server runs on it: key a/b.png is the file a/b.png."""
    if data.resolve().is_relative_to(directory.resolve()):
        raise click.UsageError("the store lies in the directory that is to be loaded into it")
    with _open_store(data, sync=not no_sync) as store:
        _provide(store, bucket)
        try:
            count = load_tree(store, bucket.name, directory, prefix, Clock(), link=link)
        except (BadFileError, OSError) as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{count} objects loaded into {bucket.name}", err=True)


@main.command("synthesize")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), required=True, help=_DATA_HELP)
@click.option("--bucket", type=BucketOption(), required=True, help="The bucket to fill; made if missing.")
@click.option("--count", type=click.IntRange(min=1), required=True, help="How many objects.")
@click.option("--size", type=SizeRange(), default="1024-65536", show_default=True, help="Sizes in bytes.")
@click.option("--per-folder", type=click.IntRange(min=0), default=1000, show_default=True, help="0: no folders.")
@click.option("--seed", type=int, default=0, show_default=True)
def synthesize_command(
    *, data: Path, bucket: Bucket, count: int, size: tuple[int, int], per_folder: int, seed: int
) -> None:
    """Fill a store with made-up objects, for benchmarks; the same options make the same contents."""
    with _open_store(data, sync=False) as store:
        _provide(store, bucket)
        made = Made(count, *size, per_folder=per_folder, seed=seed)
        try:
            synthesize(store, bucket.name, made, Clock())
        except OSError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{count} objects made in {bucket.name}", err=True)


@contextmanager
def _chosen_store(options: ServeOptions) -> Iterator[Store]:
    if options.memory:
        yield MemoryStore()
        return
    with _data_directory(options.data) as root, _open_store(root, sync=not options.no_sync) as store:
        yield store


@contextmanager
def _data_directory(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="kodo-emulator-") as root:
        yield Path(root)


@contextmanager
def _open_store(root: Path, *, sync: bool) -> Iterator[DiskStore]:
    try:
        store = DiskStore(root, sync=sync)
    except (StoreInUseError, StoreFormatError, OSError) as error:
        raise click.UsageError(f"cannot open the store: {error}") from error
    try:
        yield store
    finally:
        store.close()


def _provide(store: Store, wanted: Bucket) -> None:
    """Create a bucket, or make an existing one private; a private one stays private."""
    existing = store.bucket(wanted.name) or wanted
    store.put_bucket(msgspec.structs.replace(existing, private=existing.private or wanted.private))


def _reachable(host: str) -> str:
    """An address under which a server that listens on `host` can be reached from here."""
    if not ipaddress.ip_address(host).is_unspecified:
        return host
    return "::1" if ":" in host else LOOPBACK


def _permit_open_files() -> None:
    """As many as the system lets us have: every bucket listens on two ports."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _read_fault_file(path: Path) -> list[Rule]:
    try:
        return read_working_rules(path.read_bytes())
    except KodoError as error:
        raise click.UsageError(f"{path}: {error.message}") from error


async def _serve(emulator: Emulator, port: int, ready_file: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with emulator.listening(port):
        facts = _ready_facts(emulator)
        if ready_file:
            _write_atomically(ready_file, msgspec.json.encode(facts))
        click.echo(msgspec.json.format(msgspec.json.encode(facts)).decode(), err=True)
        await stop.wait()


def _ready_facts(emulator: Emulator) -> dict[str, object]:
    addresses = emulator.addresses
    main_url = f"http://{addresses.main_host()}"
    return {
        "uc": main_url,
        "control": f"{main_url}/_emulator",
        "access_key": emulator.keys.access_key,
        "secret_key": emulator.keys.secret_key,
        "buckets": {
            bucket.name: {
                "domain": f"http://{addresses.domain(bucket.name)}",
                "io_src": f"http://{addresses.source(bucket.name)}",
                "private": bucket.private,
            }
            for bucket in emulator.store.buckets()
        },
    }


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise click.UsageError(f"cannot replace {path}: {error.strerror}") from error


def _write_atomically(path: Path, data: bytes) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
    except OSError as error:
        raise click.UsageError(f"cannot write {path}: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
