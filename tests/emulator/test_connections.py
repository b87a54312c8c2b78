"""Many connections, and what they may cost: descriptors, memory, turns."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from kodo_emulator.net.connections import Limits
from kodo_emulator.net.descriptors import connections_that_fit
from kodo_emulator.net.http1 import Request, Response
from tests.emulator.conftest import PUBLIC
from tests.emulator.in_process import echo, serving
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import address, fetch
from tests.emulator_process import Emulator

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
KIB = 1024


@contextmanager
def connected(url: str, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(socket.create_connection(address(url), timeout=30)) for _ in range(count)]


def memory_bytes(emulator: Emulator) -> int:
    pages = Path(f"/proc/{emulator.process.pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


def test_the_longest_idle_makes_room() -> None:
    with serving(echo, Limits(connections=3)) as (server, _), connected(server.url, 3) as clients:
        for client in (clients[1], clients[0], clients[2]):
            server.now_s += 1
            client.sendall(GET)
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
        with connected(server.url, 1) as (newcomer,):
            newcomer.sendall(GET)
            assert newcomer.recv(1000).startswith(b"HTTP/1.1 200")
            assert clients[1].recv(1) == b""
            for client in (clients[0], clients[2]):
                client.sendall(GET)
                assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_who_is_served_is_not_driven_away() -> None:
    async def large(request: Request) -> Response:
        return Response(200, body=bytes(64 * MIB), close=True)

    with serving(large, Limits(connections=2)) as (server, _), connected(server.url, 2) as busy:
        for client in busy:
            client.sendall(GET)
            assert client.recv(10)
        with connected(server.url, 1) as (newcomer,):
            assert newcomer.recv(1) == b""
        for client in busy:
            received = 10
            while data := client.recv(MIB):
                received += len(data)
            assert received > 64 * MIB


def test_a_pipeline_leaves_turns_for_others() -> None:
    """Each answer of the many costs no waiting at all, so only good manners let the other one in between."""
    order: list[bytes] = []
    count = 1000

    async def note(request: Request) -> Response:
        order.append(request.target)
        return Response(200)

    with serving(note, Limits(pipelined_requests=count)) as (server, _), connected(server.url, 2) as (greedy, modest):
        server.catch_up()
        greedy.sendall(b"GET /many HTTP/1.1\r\nHost: x\r\n\r\n" * count)
        modest.sendall(b"GET /one HTTP/1.1\r\nHost: x\r\n\r\n")
        assert modest.recv(1000).startswith(b"HTTP/1.1 200")
        received = 0
        while received < count:
            received += greedy.recv(MIB).count(b"HTTP/1.1 200")
    assert order.index(b"/one") < count


def test_idle_connections_cost_little(emulator: Emulator) -> None:
    count = 500
    with connected(emulator.uc, 20):  # What is allocated once is.
        fetch(f"{emulator.uc}/_emulator/clock")
    before = memory_bytes(emulator)
    with connected(emulator.uc, count) as clients:
        for client in clients:
            client.sendall(b"GET /half-a-head")
        fetch(f"{emulator.uc}/_emulator/clock")
        assert (memory_bytes(emulator) - before) / count < 40 * KIB


def test_bodies_that_nobody_reads_are_not_held(emulator: Emulator) -> None:
    """The handler waits, the clients send what they can."""
    count = 30
    emulator.faults([{"host": "up", "delay_s": 3600}])
    before = memory_bytes(emulator)
    with connected(emulator.uc, count) as clients:
        for client in clients:
            client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (64 * MIB))
            client.setblocking(False)
        for _ in range(20):
            for client in clients:
                send_some(client)
            fetch(f"{emulator.uc}/_emulator/clock")
        assert (memory_bytes(emulator) - before) / count < 700 * KIB


def send_some(client: socket.socket) -> None:
    with suppress(BlockingIOError):
        client.send(bytes(MIB))


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_answers_that_nobody_takes_are_not_held(method: bytes) -> None:
    """Many questions whose answers are not read: the server stops to answer once the system holds enough of them."""
    count = 500

    async def talkative(request: Request) -> Response:
        return Response(200, (("X-Large", "x" * 60_000),))

    with serving(talkative) as (server, front), connected(server.url, 1) as (client,):
        client.sendall((method + b" / HTTP/1.1\r\nHost: x\r\n\r\n") * count)
        for _ in range(count + 10):
            server.catch_up()  # Each time, one more answer is given if it may be.
        assert 0 < len(front.exchanges) < count / 2


def test_no_descriptors_left() -> None:
    """Newcomers are dropped, those who are there are served, and all is well once some leave."""
    with Emulator(PUBLIC) as emulator:
        emulator.put(PUBLIC, "k", content(1000))
        pid = emulator.process.pid
        used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 5, limits[1]))
        with connected(emulator.uc, 40) as clients:
            assert all(client.recv(1) == b"" for client in clients[10:])
            assert emulator.stat(PUBLIC, "k")["fsize"] == 1000
        assert fetch_at_last(emulator, f"{emulator.domain(PUBLIC)}/k") == content(1000)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        assert "Traceback" not in emulator.stderr_path.read_text()


def fetch_at_last(emulator: Emulator, url: str) -> bytes:
    """What a URL gives once the server has noticed that others left."""
    for _ in range(1000):
        with suppress(ConnectionError):
            return fetch(url).body
        emulator.stat(PUBLIC, "k")
    raise AssertionError("newcomers are dropped for good")


@pytest.mark.parametrize(
    ("limit", "hard", "fit", "raised_to"),
    [(20_000, 20_000, 4096, 20_000), (1024, 20_000, 4096, 8320), (256, 1128, 500, 1128), (100, 100, 1, 100)],
)
def test_as_many_connections_as_descriptors_permit(
    monkeypatch: pytest.MonkeyPatch, limit: int, hard: int, fit: int, raised_to: int
) -> None:
    limits = [(limit, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda which, new: limits.append(new))
    assert connections_that_fit(4096) == fit
    assert limits[-1] == (raised_to, hard)
