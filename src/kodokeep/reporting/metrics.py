"""How the pairs are as numbers for Prometheus: as text, in a file, over HTTP. The only user of prometheus_client.

What belongs here: how they get out. What does not: which they are (`gauges`), and when (`oversight`, `schedule`).
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from wsgiref.simple_server import WSGIServer

from filelock import FileLock, Timeout
from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily

from kodokeep.errors import ConfigError
from kodokeep.model.status import PairStatus
from kodokeep.reporting.gauges import GAUGES
from kodokeep.reporting.units import printable
from kodokeep.whole import replace_file

PAIR_LABELS = ("pair", "bucket", "mode")
FILE_MODE = 0o644
"""The file is for node exporter, which is another user."""

LOCK_TIMEOUT_S = 10.0

_HEADER = "# kodokeep: how the pairs of this config are: "

Collect = Callable[[], Sequence[PairStatus]]


class PairsCollector:
    """Looks at the pairs anew each time it is asked."""

    def __init__(self, collect: Collect) -> None:
        self._collect = collect

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every metric that a pair has a value of."""
        statuses = self._collect()
        for gauge in GAUGES:
            family = GaugeMetricFamily(f"kodokeep_{gauge.name}", gauge.help, labels=[*PAIR_LABELS, *gauge.labels])
            for status in statuses:
                for labels, value in gauge.values(status):
                    family.add_metric([status.name, status.bucket, status.mode, *labels], value)
            if family.samples:
                yield family


def metrics_text(collect: Collect) -> str:
    """All metrics in Prometheus' text format."""
    return generate_latest(_registry(collect)).decode()


def write_metrics(file: Path, config: str, collect: Collect) -> None:
    """Replace `file` by the metrics of all pairs of a config, at once: whoever reads it finds the old or the new one.

    Raises ConfigError if it cannot be written, or if it is not this config's: another config would take away what
    this one wrote.
    """
    header = f"{_HEADER}{printable(str(Path(config).absolute()))}\n"
    try:
        file.parent.stat()  # a directory that is not there is a mistake, and is not made
        # Who looked earlier must not write later.
        with FileLock(file.with_name(f".{file.name}.lock"), timeout=LOCK_TIMEOUT_S):
            _check_ours(file, header)
            replace_file(file, (header + metrics_text(collect)).encode(), FILE_MODE)
    except Timeout:
        raise ConfigError(f"[metrics] file = {file}: another run is writing it and does not end") from None
    except OSError as error:
        raise ConfigError(f"[metrics] file = {file}: cannot be written: {error.strerror}") from error


class MetricsServer:
    """Answers Prometheus on an address until it is closed; every scrape looks anew, beside whatever goes on."""

    def __init__(self, server: WSGIServer) -> None:
        """Use `serve_metrics`."""
        self._server = server

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return self._server.server_port

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve_metrics(listen: str, collect: Collect) -> MetricsServer:
    """Answer `GET /metrics` at `listen` (`127.0.0.1:9779`, `[::1]:9779`) in threads of its own.

    Raises ConfigError if nothing can listen there.
    """
    host, _, port = listen.rpartition(":")
    try:
        server, _thread = start_http_server(int(port), host.strip("[]"), _registry(collect))
    except OSError as error:
        raise ConfigError(f"[metrics] listen = {listen}: cannot listen there: {error.strerror}") from error
    return MetricsServer(server)


def _registry(collect: Collect) -> CollectorRegistry:
    registry = CollectorRegistry(support_collectors_without_names=True)
    registry.register(PairsCollector(collect))
    return registry


def _check_ours(file: Path, header: str) -> None:
    try:
        with file.open(encoding="utf-8", errors="replace") as found:
            first = found.readline()
    except FileNotFoundError:
        return
    if first in ("", header):
        return
    if not first.startswith(_HEADER):
        raise ConfigError(f"[metrics] file = {file}: was not written by kodokeep; expected a file of its own")
    other = first.removeprefix(_HEADER).rstrip("\n")
    if Path(other).exists():
        raise ConfigError(
            f"[metrics] file = {file}: is the file of the config {other}, too",
            hint="give each config a file of its own: one would take away what the other wrote",
        )
