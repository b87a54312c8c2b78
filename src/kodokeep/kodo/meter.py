"""The meter: what went over the wire, counted by several threads."""

import threading


class Meter:
    """HTTP requests sent, and bytes of objects received and of files sent so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests = 0
        self._received_bytes = 0
        self._sent_bytes = 0

    @property
    def requests(self) -> int:
        """HTTP requests sent."""
        return self._requests

    @property
    def received_bytes(self) -> int:
        """Body bytes of objects, unfinished ones included."""
        return self._received_bytes

    @property
    def sent_bytes(self) -> int:
        """Bytes of files, unfinished uploads included."""
        return self._sent_bytes

    def sent(self) -> None:
        """One more request went out."""
        with self._lock:
            self._requests += 1

    def received(self, size_bytes: int) -> None:
        """More of some object has arrived."""
        with self._lock:
            self._received_bytes += size_bytes

    def sent_content(self, size_bytes: int) -> None:
        """More of some file went out."""
        with self._lock:
            self._sent_bytes += size_bytes
