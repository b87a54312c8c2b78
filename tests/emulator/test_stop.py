"""The end by a signal, with requests in flight: soon, exit code 0, what can be answered is, nothing half written."""

import http.client
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.emulator.conftest import PUBLIC
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import address, read_all
from tests.emulator_process import Emulator, entry


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@contextmanager
def ending(emulator: Emulator, number: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    """Send a signal, and see that the server ends well after what is done inside."""
    try:
        emulator.process.send_signal(number)
        yield
        assert emulator.process.wait(30) == 0
        talk = emulator.stderr_path.read_text()
        assert "Traceback" not in talk
        assert "Task" not in talk
    finally:
        emulator.stop()


def contents(data: Path) -> list[Path]:
    return [path for path in (data / "contents").rglob("*") if path.is_file()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_nearly_done_is_answered(data: Path, number: signal.Signals) -> None:
    emulator = Emulator(PUBLIC, data=data)
    emulator.put(PUBLIC, "k", b"x")
    emulator.faults([{"host": "rs", "delay_s": 0.3}])
    connection = http.client.HTTPConnection(emulator.uc.removeprefix("http://"), timeout=30)
    target = f"/delete/{entry(PUBLIC, 'k')}"
    token = emulator.sign(f"{target}\n".encode())
    connection.request("POST", target, headers={"Authorization": f"QBox {token}"})
    while emulator.rules()[0]["fired"] == 0:
        pass
    with ending(emulator, number):
        response = connection.getresponse()
        assert (response.status, response.getheader("Connection")) == (200, "close")
        connection.close()
    with Emulator(PUBLIC, data=data) as again:
        assert again.keys(PUBLIC) == []


@pytest.mark.parametrize("parts", [False, True], ids=["form", "part"])
def test_an_upload_that_is_half_there_leaves_nothing(data: Path, parts: bool) -> None:
    emulator = Emulator(PUBLIC, data=data)
    token = emulator.upload_token(PUBLIC, "k")
    base = f"/buckets/{PUBLIC}/objects/aw==/uploads"
    headers = {"Authorization": f"UpToken {token}"}
    upload = emulator.call("POST", base, b"", headers)["uploadId"]
    form = f'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n{token}\r\n'
    form += '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    head = (
        f"PUT {base}/{upload}/1 HTTP/1.1\r\nHost: x\r\nAuthorization: UpToken {token}\r\n"
        if parts
        else "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    )
    with socket.create_connection(address(emulator.uc), timeout=30) as client:
        client.sendall(f"{head}Content-Length: {8 * MIB}\r\n\r\n{'' if parts else form}".encode())
        client.sendall(content(4 * MIB))
        while not contents(data):
            pass
        with ending(emulator):
            assert read_all(client) == b""
    assert contents(data) == []
    with Emulator(PUBLIC, data=data) as again:
        assert again.keys(PUBLIC) == []
        assert again.call("GET", f"{base}/{upload}", b"", headers)["parts"] == []


def test_readers_that_take_nothing_do_not_hold_it_up(data: Path) -> None:
    emulator = Emulator(PUBLIC, data=data)
    emulator.put(PUBLIC, "k", content(16 * MIB))
    with (
        socket.create_connection(address(emulator.domain(PUBLIC)), timeout=30) as stalled,
        socket.create_connection(address(emulator.domain(PUBLIC)), timeout=30) as idle,
    ):
        stalled.sendall(b"GET /k HTTP/1.1\r\nHost: x\r\n\r\n")
        assert stalled.recv(10)
        with ending(emulator):
            assert idle.recv(1) == b""
    with Emulator(PUBLIC, data=data) as again:
        assert again.stat(PUBLIC, "k")["fsize"] == 16 * MIB
