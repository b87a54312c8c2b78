"""`/metrics` over HTTP, for as long as the schedule is kept. What is on the page comes from `reporting.metrics`."""

from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIServer

from kodokeep.errors import ConfigError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

LONGEST_CLOSE_S = 10.0


class MetricsPage:
    """Serves what `registry` collects, at the address that `listen` was told last."""

    def __init__(self, registry: "CollectorRegistry") -> None:
        self._registry = registry
        self._address: str | None = None
        self._server: WSGIServer | None = None
        self._thread: Thread | None = None

    def listen(self, address: str | None) -> None:
        """Listen at HOST:PORT instead of where it did, or not at all. Raises ConfigError if that cannot be had."""
        if address == self._address:
            return
        self.close()
        if address is None:
            return
        from prometheus_client import start_http_server  # noqa: PLC0415 - only if somebody asks for it

        host, _, port = address.rpartition(":")
        try:
            self._server, self._thread = start_http_server(int(port), host.strip("[]"), self._registry)
        except OSError as error:
            raise ConfigError(
                f"[metrics] listen = {address}: cannot listen there: {error.strerror}",
                hint="give it another port, or end what listens there",
            ) from None
        self._address = address

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(LONGEST_CLOSE_S)
        self._server = self._thread = self._address = None
