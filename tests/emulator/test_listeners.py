"""Listeners that come and go: which port they get, and what becomes of their connections."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Awaitable, Callable
from time import monotonic

import pytest
import uvloop

from kodo_emulator.net.connections import Limits
from kodo_emulator.net.http1 import Request, Response, Stamp, Traffic
from kodo_emulator.net.listeners import CannotListenError, Listeners

LARGE = 32 * 1024 * 1024

Work = Callable[[Listeners], Awaitable[None]]
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Answering:
    """A front that answers everything with its name."""

    def __init__(self, name: bytes) -> None:
        self._name = name

    def new_id(self) -> str:
        return "id"

    async def answer(self, request: Request) -> Response:
        return Response(200, body=self._name)

    def stamp(self, request: Request) -> Stamp:
        return Stamp(request.id, "io", "now")

    def delivered(self, request: Request, response: Response | None, traffic: Traffic) -> None:
        pass

    def malformed(self, request: Request, reason: str) -> Response:
        raise AssertionError(reason)


class Memory:
    """Remembers the ports of listeners, as a store does."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}

    def port(self, listener: str) -> int:
        return self.ports.get(listener, 0)

    def keep_port(self, listener: str, port: int) -> None:
        self.ports[listener] = port

    def forget_port(self, listener: str) -> None:
        self.ports.pop(listener, None)


def run(
    work: Work,
    address: str = "127.0.0.1",
    memory: Memory | None = None,
    now: Callable[[], float] = monotonic,
) -> None:
    async def main() -> None:
        listeners = Listeners(address, memory or Memory(), Limits(), now)
        try:
            await work(listeners)
        finally:
            await listeners.close_all()

    uvloop.run(main())  # As the server does.


async def ask(port: int) -> tuple[bytes, Stream]:
    """What is answered at a port, and the connection, which stays open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    return await reader.readexactly(1), (reader, writer)


async def ended(stream: Stream) -> bool:
    """Whether the server ended a connection before it sent all that it has."""
    try:
        return len(await stream[0].read()) < LARGE
    except ConnectionResetError:
        return True
    finally:
        await leave(stream)


async def leave(stream: Stream) -> None:
    stream[1].close()
    with contextlib.suppress(ConnectionError):
        await stream[1].wait_closed()


def test_one_is_closed_while_others_go_on() -> None:
    async def work(listeners: Listeners) -> None:
        ports = {name: listeners.open(name, Answering(name.encode())) for name in "abc"}
        assert len(set(ports.values())) == 3
        streams = {}
        for name, port in ports.items():
            answer, streams[name] = await ask(port)
            assert answer == name.encode()
        await listeners.close("a", "c", "never opened")
        assert await ended(streams["a"])
        assert await ended(streams["c"])
        for name in "ac":
            with pytest.raises(ConnectionRefusedError):
                await ask(ports[name])
        reader, writer = streams["b"]
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(1) == b"b"
        await leave((reader, writer))

    run(work)


def test_a_name_can_be_opened_again_while_its_old_listener_closes() -> None:
    async def work(listeners: Listeners) -> None:
        listeners.open("x", Answering(b"1"))
        closing = asyncio.create_task(listeners.close("x"))
        await asyncio.sleep(0)
        port = listeners.open("x", Answering(b"2"))
        await closing
        answer, stream = await ask(port)
        assert answer == b"2"
        await leave(stream)

    run(work)


def test_the_port_of_last_time_is_used_if_it_is_free() -> None:
    memory = Memory()

    async def once(listeners: Listeners) -> None:
        listeners.open("x", Answering(b"x"))

    async def again(listeners: Listeners) -> None:
        before = memory.ports["x"]
        assert listeners.open("x", Answering(b"x")) == before
        assert listeners.open("y", Answering(b"y")) != before

    async def elsewhere(listeners: Listeners) -> None:
        with socket.create_server(("127.0.0.1", memory.ports["x"])) as taken:
            assert listeners.open("x", Answering(b"x")) not in {0, taken.getsockname()[1]}

    for work in (once, again, elsewhere):
        run(work, memory=memory)


def test_a_port_that_was_asked_for_is_had_or_refused() -> None:
    async def work(listeners: Listeners) -> None:
        port = listeners.open("x", Answering(b"x"))
        with pytest.raises(CannotListenError, match=f":{port}: Address already in use"):
            listeners.open("y", Answering(b"y"), port)
        await listeners.close("x")
        assert listeners.open("y", Answering(b"y"), port) == port

    run(work)


def test_an_address_of_another_machine() -> None:
    async def work(listeners: Listeners) -> None:
        with pytest.raises(CannotListenError, match=r"cannot listen on 192\.0\.2\.1:"):
            listeners.open("x", Answering(b"x"))

    run(work, "192.0.2.1")


def test_some_files_are_kept_for_connections() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def work(listeners: Listeners) -> None:
        ports: list[int] = []
        with pytest.raises(CannotListenError, match="too many open files"):
            ports.extend(listeners.open(str(number), Answering(b"x")) for number in range(400))
        _, stream = await ask(ports[-1])
        await leave(stream)

    resource.setrlimit(resource.RLIMIT_NOFILE, (min(400, limits[0]), limits[1]))
    try:
        run(work)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_silent_connections_end_on_every_listener() -> None:
    now_s = 0.0

    async def work(listeners: Listeners) -> None:
        nonlocal now_s
        streams = [(await ask(listeners.open(name, Answering(name.encode()))))[1] for name in "ab"]
        now_s = 60
        listeners.close_silent()
        assert listeners.open("c", Answering(b"c"))
        now_s = 100
        listeners.close_silent()
        assert [await ended(stream) for stream in streams] == [True, True]

    run(work, now=lambda: now_s)


def test_a_connection_that_comes_while_its_listener_closes_ends() -> None:
    async def work(listeners: Listeners) -> None:
        for turns in range(8):
            port = listeners.open("x", Answering(b"x"))
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.setblocking(False)
                for _ in range(turns):
                    await asyncio.sleep(0)
                await listeners.close("x")
                with contextlib.suppress(ConnectionResetError):
                    assert await asyncio.get_running_loop().sock_recv(client, 1) == b""

    run(work)


def test_a_client_that_takes_nothing_does_not_keep_its_connection() -> None:
    async def work(listeners: Listeners) -> None:
        port = listeners.open("x", Answering(b"x" * LARGE))
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await listeners.close("x")
        assert await ended((reader, writer))

    run(work)


def test_who_is_closed_for_good_gets_another_port_next_time() -> None:
    memory = Memory()

    async def work(listeners: Listeners) -> None:
        listeners.open("x", Answering(b"x"))
        listeners.open("y", Answering(b"y"))
        await listeners.close("x")
        assert set(memory.ports) == {"y"}

    run(work, memory=memory)
    assert set(memory.ports) == {"y"}
