"""What was acknowledged stays, whatever happens to the process."""

import random
import socket
import sqlite3
import threading
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import address, fetch
from tests.emulator_process import Emulator, EmulatorError, b64url

KILLS = 4

Contents = dict[str, bytes]


def files_below(data: Path) -> int:
    return sum(path.is_file() for path in (data / "contents").rglob("*"))


def count_rows(data: Path, *tables: str) -> int:
    """Rows of a store that no server has open."""
    db = sqlite3.connect(data / "kodo.db")
    count = sum(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
    db.close()
    return count


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    with Emulator(PUBLIC, f"{PRIVATE}:private", data=tmp_path) as first:
        first.put(PUBLIC, "k", b"old")
        first.put(PUBLIC, "k", b"new", metadata={"a": "b"})
        first.put(PRIVATE, "p", b"x", parts=[1])
        first.status(PRIVATE, "p", disabled=True)
        stats = first.stat(PUBLIC, "k"), first.stat(PRIVATE, "p")
        facts = first.facts
    with Emulator(data=tmp_path) as second:
        assert (second.stat(PUBLIC, "k"), second.stat(PRIVATE, "p")) == stats
        assert second.facts == facts  # Ports, too: clients remember them.
        assert fetch(second.url(PUBLIC, "k")).body == b"new"
        second.faults([{"stale": True}])
        assert fetch(second.url(PUBLIC, "k")).body == b"old"
        second.clear_faults()
        second.put(PUBLIC, "k", b"newest")
        assert second.stat(PUBLIC, "k")["putTime"] > stats[0]["putTime"]


def test_an_unfinished_upload_survives_a_restart(tmp_path: Path) -> None:
    base = f"/buckets/{PUBLIC}/objects/{b64url(b'k')}/uploads"
    with Emulator(PUBLIC, data=tmp_path) as first:
        headers = {"Authorization": f"UpToken {first.upload_token(PUBLIC, 'k')}"}
        upload = first.call("POST", base, b"", headers)["uploadId"]
        etag = first.call("PUT", f"{base}/{upload}/1", b"hello", headers)["etag"]
        first.kill()
    with Emulator(data=tmp_path) as second:
        body = b'{"parts":[{"partNumber":1,"etag":"%b"}]}' % etag.encode()
        second.call("POST", f"{base}/{upload}", body, headers)
        assert fetch(second.url(PUBLIC, "k")).body == b"hello"


@pytest.mark.parametrize("tail", [b"", bytes(5000)], ids=["small", "files"])
def test_no_content_outlives_its_object(tmp_path: Path, tail: bytes) -> None:
    with Emulator(PUBLIC, data=tmp_path) as emulator:
        for key in ("a", "b"):
            for data in (b"1", b"2", b"3"):
                emulator.put(PUBLIC, key, data + tail)
        emulator.copy(PUBLIC, "a", "c")
        emulator.move(PUBLIC, "a", "b")
        emulator.put(PUBLIC, "d", b"x" + tail, parts=[1 + len(tail)])
        with pytest.raises(EmulatorError, match="614"):
            emulator.put(PUBLIC, "d", b"other" + tail, policy={"insertOnly": 1})
        with pytest.raises(EmulatorError, match="614"):
            emulator.put(PUBLIC, "d", b"other" + tail, parts=[5 + len(tail)], policy={"insertOnly": 1})
        assert emulator.keys(PUBLIC) == ["b", "c", "d"]
        for key in emulator.keys(PUBLIC):
            emulator.delete(PUBLIC, key)
        files = files_below(tmp_path)
    assert (files, count_rows(tmp_path, "small")) == ((1, 0) if tail else (0, 1)), (
        "the part of the upload that was refused may still be completed, but nothing else is left"
    )


@pytest.mark.parametrize("options", [(), ("--no-sync",)])
def test_kills_lose_nothing_that_was_acknowledged(tmp_path: Path, options: tuple[str, ...]) -> None:
    numbers = random.Random(1)
    acknowledged: Contents = {}
    attempted: Contents = {}
    for _ in range(KILLS):
        emulator = Emulator(PUBLIC, data=tmp_path, options=options)
        found = contents(emulator)
        assert found in (acknowledged, attempted)
        acknowledged, attempted = change_until_killed(emulator, found, numbers)
    with Emulator(data=tmp_path) as last:
        assert contents(last) in (acknowledged, attempted)
    named = count_rows(tmp_path, "objects", "previous", "parts")
    assert files_below(tmp_path) + count_rows(tmp_path, "small") == named  # Orphans were swept.


def test_an_upload_survives_that_the_replaced_content_is_gone(tmp_path: Path) -> None:
    with Emulator(PUBLIC, data=tmp_path) as emulator:
        for data in (b"1", b"2"):
            emulator.put(PUBLIC, "k", data + bytes(5000))
        for path in (tmp_path / "contents").rglob("*"):
            if path.is_file():
                path.unlink()
        emulator.put(PUBLIC, "k", b"3")
        assert fetch(emulator.url(PUBLIC, "k")).body == b"3"
        emulator.delete(PUBLIC, "k")


def test_an_upload_that_a_kill_cut_off_leaves_nothing(tmp_path: Path) -> None:
    with Emulator(PUBLIC, data=tmp_path) as emulator:
        base = f"/buckets/{PUBLIC}/objects/{b64url(b'k')}/uploads"
        token = emulator.upload_token(PUBLIC, "k")
        upload = emulator.call("POST", base, b"", {"Authorization": f"UpToken {token}"})["uploadId"]
        head = f"PUT {base}/{upload}/1 HTTP/1.1\r\nHost: h\r\nAuthorization: UpToken {token}\r\nContent-Length: 9000000"
        with socket.create_connection(address(emulator.uc), timeout=60) as connection:
            connection.sendall(head.encode() + b"\r\n\r\n" + bytes(5_000_000))
            while not files_below(tmp_path):
                assert emulator.process.poll() is None
            emulator.kill()
    with Emulator(data=tmp_path) as emulator:
        assert (emulator.keys(PUBLIC), files_below(tmp_path)) == ([], 0)


def change_until_killed(
    emulator: Emulator, acknowledged: Contents, numbers: random.Random
) -> tuple[Contents, Contents]:
    """Random operations until the kill that comes while they go on; what was acknowledged, and what was asked for."""
    enough = threading.Event()
    killer = threading.Thread(target=lambda: (enough.wait(60), emulator.process.kill()))
    killer.start()
    killed_after = numbers.randint(1, 40)
    attempted = acknowledged
    try:
        for number in range(100_000):
            attempted, act = some_change(acknowledged, numbers)
            act(emulator)
            acknowledged = attempted
            if number == killed_after:
                enough.set()
    except (OSError, HTTPException):
        return acknowledged, attempted
    finally:
        enough.set()
        killer.join()
        emulator.kill()
    pytest.fail("the emulator outlived its kill")


def contents(emulator: Emulator) -> Contents:
    return {key: fetch(emulator.url(PUBLIC, key)).body for key in emulator.keys(PUBLIC)}


def some_change(before: Contents, numbers: random.Random) -> tuple[Contents, Callable[[Emulator], object]]:
    """What a bucket holds after a random operation, and the operation."""
    key, other = (f"k{number}" for number in numbers.sample(range(8), 2))
    without = {name: data for name, data in before.items() if name != key}
    match numbers.choice(
        ["copy", "move", "delete", "put", "put", "complete"] if key in before else ["put", "complete"]
    ):
        case "copy":
            return {**before, other: before[key]}, lambda emulator: emulator.copy(PUBLIC, key, other)
        case "move":
            return {**without, other: before[key]}, lambda emulator: emulator.move(PUBLIC, key, other)
        case "delete":
            return without, lambda emulator: emulator.delete(PUBLIC, key)
        case kind:
            large = numbers.random() < 0.1
            data = numbers.randbytes(numbers.randint(0, 3_000_000 if large else 9_000))
            parts = [len(data)] if kind == "complete" else None
            return {**before, key: data}, lambda emulator: emulator.put(PUBLIC, key, data, parts=parts)
