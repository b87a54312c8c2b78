"""How exactly a limit on bandwidth is kept: bytes on the wire in each ten seconds, as a relay counts them."""

import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import s3, source
from benchmarks.exactness import SETTLED_S, SHIFT_S, WINDOW_S, Phase, errors
from benchmarks.measure import Command, RunFailedError
from benchmarks.peers import KODOKEEP, RCLONE, environment, has_rclone
from benchmarks.relay import Counts, counting
from benchmarks.source import BUCKET, Objects, Server
from benchmarks.table import Table

_KIB, _MIB = 1024, 1024 * 1024
_MINUTE_S = 60
_PEERS_LIMIT = 5 * _MIB
_EXIT_S = 10


@dataclass(frozen=True, slots=True)
class Extent:
    """Which limits, how long each run is watched from its first byte on, and whether limits change during a run."""

    limits_mib: tuple[int, ...]
    watched_s: float
    changes: bool


QUICK = Extent((5,), 13, changes=False)
FULL = Extent((1, 5, 50), 16, changes=True)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a tool works: its server, the relay that it is to use, its folder, and a home for files of its own."""

    server: Server
    relay: Counts
    folder: Path
    home: Path


def tables(sources: Path, targets: Path, extent: Extent) -> Iterator[Table]:
    """Everything."""
    bench = _Bench(sources, targets, extent)
    limits = [limit * _MIB for limit in extent.limits_mib]
    for name, objects in (("large", _large), ("small", _small)):
        rows: list[list[str]] = []
        with bench.files(objects(max(limits) * extent.watched_s)) as files:
            for limit in limits:
                rows += [bench.download(files, limit), bench.upload(files, limit)]
                if has_rclone() and limit == _PEERS_LIMIT:
                    rows += [bench.rclone_download(files, limit), bench.rclone_upload(files, limit)]
        yield _table(f"What passed in each ten seconds against the limit: {name} objects and files", sorted(rows))
    yield _table(
        "What passed in each ten seconds against the limit: both ways", [bench.both_ways(limit) for limit in limits]
    )
    if extent.changes:
        with bench.files(_large(50 * _MIB * extent.watched_s)) as files:
            pairs = ((5 * _MIB, _MIB), (_MIB, 5 * _MIB), (None, 5 * _MIB))
            rows = [bench.change(files, before, after) for before, after in pairs]
        yield _table("A limit that changes in the middle of a run", rows)


def _large(size_bytes: float) -> Objects:
    return Objects(max(4, round(size_bytes / (64 * _MIB)) + 1), 64 * _MIB, 64 * _MIB, 0)


def _small(size_bytes: float) -> Objects:
    return Objects(max(1_000, round(size_bytes / (30 * _KIB))), _KIB, 64 * _KIB, 1_000)


def _table(title: str, rows: Sequence[Sequence[str]]) -> Table:
    heads = ("run", "limit", "windows", "least", "median", "most", "first 10 s")
    notes = (
        f"of what passed in {WINDOW_S} s, every {SHIFT_S} s, {SETTLED_S:.0f} s after the first byte and later;",
        "everything on the connections is counted, headers, too; rclone: --bwlimit, uploads to a server that speaks S3",
    )
    return Table(title, heads, rows, notes)


class _Bench:
    """Runs the tools, each for so long, and makes rows of what the relay saw."""

    def __init__(self, sources: Path, targets: Path, extent: Extent) -> None:
        self._sources = sources
        self._targets = targets
        self._extent = extent
        self._number = 0

    @contextmanager
    def files(self, *all_objects: Objects) -> Iterator[Path]:
        """A folder in memory with these files, gone at the end."""
        tree = self._sources / "limited-files"
        for number, objects in enumerate(all_objects):
            source.make_files(objects, tree / f"{number}", seed=number)
        try:
            yield tree
        finally:
            shutil.rmtree(tree)

    def download(self, files: Path, limit: int) -> list[str]:
        """A backup into an empty folder."""
        with self._setting(files) as setting:
            counted = self._watched(_kodokeep(setting, "backup", f"{limit}"), setting.relay, _domain(setting))
        return _row("download", limit, counted)

    def upload(self, files: Path, limit: int) -> list[str]:
        """A publish of the files to an empty bucket."""
        with self._setting(None, self._copy(files)) as setting:
            counted = self._watched(_kodokeep(setting, "publish", f"{limit}"), setting.relay, _main(setting))
        return _row("upload", limit, counted)

    def both_ways(self, limit: int) -> list[str]:
        """A sync whose bucket and folder have other files: what comes is fetched, then what goes is sent."""
        down, up = (Objects(4, part, part, 0) for part in (limit * 7 // 4, int(limit * self._extent.watched_s) // 4))
        with self.files(down, up) as files, self._setting(files / "0", self._copy(files / "1")) as setting:
            command = _kodokeep(setting, "sync", f"{limit}")
            counted = self._watched(command, setting.relay, _domain(setting), _main(setting))
        return _row("both ways", limit, counted)

    def change(self, files: Path, before: int | None, after: int) -> list[str]:
        """A backup that begins before a full minute, in which the limit changes."""
        with self._setting(files) as setting:
            lead_s = 1.5 if before is None else self._extent.watched_s
            turn_s = (int((time.time() + lead_s) // _MINUTE_S) + 1) * _MINUTE_S
            start, end = (time.strftime("%H:%M", time.gmtime(turn_s + seconds)) for seconds in (-2 * _MINUTE_S, 0))
            written = f"{start}-{end} {before or 'off'}, {after}"
            command = _kodokeep(setting, "backup", written, "time_zone = UTC")
            time.sleep(turn_s - lead_s - time.time())
            counted = self._watched(command, setting.relay, _domain(setting), more_s=lead_s)
        name = f"{before // _MIB} MiB/s" if before else "none"
        phases = [Phase(0, before), Phase(turn_s, after)]
        return _row(f"download, {name} before", after, counted, phases)

    def rclone_download(self, files: Path, limit: int) -> list[str]:
        """rclone over http, with the same indexes as in the other parts."""
        with self._setting(files, through_domain=True) as setting:
            source.put_indexes(setting.server, [f"{path.relative_to(files)}" for path in files.rglob("*.bin")])
            where = ["--http-url", f"http://127.0.0.1:{setting.relay.port}/", "--http-no-head", "--no-check-dest"]
            command = _rclone(["copy", ":http:", str(setting.folder), *where], limit, setting.home)
            counted = self._watched(command, setting.relay, _domain(setting))
        return _row("download: rclone", limit, counted)

    def rclone_upload(self, files: Path, limit: int) -> list[str]:
        """rclone to a server that speaks S3."""
        scratch, home = self._sources / "limited-s3", self._home()
        try:
            with s3.serving_s3(scratch) as server:
                port = urlsplit(server.url).port
                assert port is not None
                with counting(port) as relay:
                    keys = ["--s3-access-key-id", s3.ACCESS_KEY, "--s3-secret-access-key", s3.SECRET_KEY]
                    where = ["--s3-provider", "Rclone", "--s3-endpoint", f"http://127.0.0.1:{relay.port}", *keys]
                    command = _rclone(["copy", str(files), f":s3:{BUCKET}", *where, "--no-check-dest"], limit, home)
                    counted = self._watched(command, relay, port)
        finally:
            shutil.rmtree(scratch)
        return _row("upload: rclone", limit, counted)

    @contextmanager
    def _setting(
        self, objects: Path | None, folder: Path | None = None, *, through_domain: bool = False
    ) -> Iterator[Setting]:  # fmt: skip
        """A server that has these objects, if any, and a relay to it."""
        store, home = self._sources / "limited-store", self._home()
        if objects is not None:
            source.fill_store(objects, store)
        try:
            with source.serving(store) as server:
                target = urlsplit(server.url).port if through_domain else None
                with counting(target) as relay:
                    yield Setting(server, relay, folder or home / "folder", home)
        finally:
            shutil.rmtree(store)
            shutil.rmtree(home)
            if folder is not None:
                shutil.rmtree(folder)

    def _copy(self, files: Path) -> Path:
        """The same files under other names for them, because a tool puts things of its own beside them."""
        copy = self._sources / "limited-copy"
        subprocess.run(["cp", "-rl", str(files), str(copy)], check=True)
        return copy

    def _home(self) -> Path:
        self._number += 1
        home = self._targets / f"limited-{self._number}"
        home.mkdir()
        return home

    def _watched(self, command: Command, relay: Counts, *ports: int, more_s: float = 0) -> Mapping[int, int]:
        """What passed to and from these ports while the command worked, which is ended then. Raises RunFailedError."""
        process = subprocess.Popen(
            command.arguments,
            env=command.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            process.wait(self._extent.watched_s + more_s + 1)  # a second to begin in
        except subprocess.TimeoutExpired:
            counted = dict(relay.of(*ports))
            process.send_signal(signal.SIGINT)
            _ended(process)
            return counted
        talk = process.communicate()[0].decode(errors="replace")[-2000:]
        raise RunFailedError(f"{' '.join(command.arguments)}: ended before it was watched long enough\n{talk}")


def _ended(process: subprocess.Popen[bytes]) -> None:
    """rclone takes its time over uploads that are broken off."""
    try:
        process.communicate(timeout=_EXIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _kodokeep(setting: Setting, mode: str, bandwidth: str, *options: str) -> Command:
    emulator = setting.server.emulator
    config = setting.home / "config.ini"
    pair = [
        f"[bucket:{BUCKET}]",
        f"folder = {setting.folder}",
        f"mode = {mode}",
        f"proxy = socks5h://127.0.0.1:{setting.relay.port}",
        f"bandwidth = {bandwidth}",
        *options,
    ]
    config.write_text("\n".join(["[account]", f"uc_host = {emulator.uc}", *pair, ""]))
    keys = {"QINIU_ACCESS_KEY": emulator.access_key, "QINIU_SECRET_KEY": emulator.secret_key}
    return Command([str(KODOKEEP), "--config", str(config), "run"], {**environment(setting.home), **keys})


def _rclone(arguments: Sequence[str], limit: int, home: Path) -> Command:
    flags = ["--bwlimit", f"{limit}B", "--transfers", "16", "--config", ""]
    return Command([str(RCLONE), *arguments, *flags], environment(home))


def _domain(setting: Setting) -> int:
    """The port that objects are fetched from."""
    return urlsplit(setting.server.url).port or 80


def _main(setting: Setting) -> int:
    """The port that files are sent to, and that all else is asked at."""
    return urlsplit(setting.server.emulator.uc).port or 80


def _row(name: str, limit: int, counted: Mapping[int, int], phases: Sequence[Phase] | None = None) -> list[str]:
    found = list(errors(counted, phases or [Phase(0, limit)]))
    first = "" if phases else _percent(next(errors(counted, [Phase(0, limit)], settled_s=0)))
    figures = (min(found), statistics.median(found), max(found))
    return [name, f"{limit // _MIB} MiB/s", f"{len(found)}", *map(_percent, figures), first]


def _percent(share: float) -> str:
    return f"{share * 100:+.1f} %"
