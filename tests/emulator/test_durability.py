"""What was acknowledged stays, whatever happens to the process."""

import hashlib
import random
import sqlite3
import threading
from pathlib import Path

import pytest

from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError, b64url

KILLS = 4


def files_below(data: Path) -> int:
    return sum(path.is_file() for path in (data / "contents").rglob("*"))


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


def test_no_content_outlives_its_object(tmp_path: Path) -> None:
    with Emulator(PUBLIC, data=tmp_path) as emulator:
        for key in ("a", "b"):
            for data in (b"1", b"2", b"3"):
                emulator.put(PUBLIC, key, data)
        emulator.copy(PUBLIC, "a", "c")
        emulator.move(PUBLIC, "a", "b")
        emulator.put(PUBLIC, "d", b"xy", parts=[2])
        with pytest.raises(EmulatorError, match="614"):
            emulator.put(PUBLIC, "d", b"other", policy={"insertOnly": 1})
        with pytest.raises(EmulatorError, match="614"):
            emulator.put(PUBLIC, "d", b"other", parts=[5], policy={"insertOnly": 1})
        assert emulator.keys(PUBLIC) == ["b", "c", "d"]
        for key in emulator.keys(PUBLIC):
            emulator.delete(PUBLIC, key)
        assert files_below(tmp_path) == 1  # The part of the upload that was refused may still be completed.


@pytest.mark.parametrize("options", [(), ("--no-sync",)])
def test_kills_lose_nothing_that_was_acknowledged(tmp_path: Path, options: tuple[str, ...]) -> None:
    sizes = random.Random(1)
    acknowledged: dict[str, bytes] = {}
    attempted: dict[str, set[bytes]] = {}
    for round_number in range(KILLS):
        emulator = Emulator(PUBLIC, data=tmp_path, options=options)
        check_contents(emulator, acknowledged, attempted)
        killed_after = sizes.randint(1, 40)
        enough = threading.Event()
        killer = threading.Thread(
            target=lambda enough=enough, emulator=emulator: (enough.wait(60), emulator.process.kill())
        )
        killer.start()
        try:
            for number in range(10_000):
                key, data = (
                    f"k{number % 25}",
                    sizes.randbytes(sizes.randint(0, 3_000_000 if number % 9 == 0 else 9_000)),
                )
                attempted.setdefault(key, set()).add(data)
                emulator.put(PUBLIC, key, data, parts=[len(data)] if number % 5 == 0 else None)
                acknowledged[key] = data
                attempted[key] = {data}
                if number == killed_after:
                    enough.set()
            pytest.fail(f"the emulator outlived its kill in round {round_number}")
        except OSError:
            pass
        killer.join()
        emulator.kill()
    with Emulator(data=tmp_path) as last:
        check_contents(last, acknowledged, attempted)
    rows = sqlite3.connect(tmp_path / "kodo.db")
    count = sum(rows.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("objects", "previous", "parts"))
    rows.close()
    assert files_below(tmp_path) == count  # Orphans were swept.


def test_an_upload_survives_that_the_replaced_content_is_gone(tmp_path: Path) -> None:
    with Emulator(PUBLIC, data=tmp_path) as emulator:
        for data in (b"1", b"2"):
            emulator.put(PUBLIC, "k", data)
        for path in (tmp_path / "contents").rglob("*"):
            if path.is_file():
                path.unlink()
        emulator.put(PUBLIC, "k", b"3")
        assert fetch(emulator.url(PUBLIC, "k")).body == b"3"
        emulator.delete(PUBLIC, "k")


def check_contents(emulator: Emulator, acknowledged: dict[str, bytes], attempted: dict[str, set[bytes]]) -> None:
    for key in emulator.keys(PUBLIC):
        body = fetch(emulator.url(PUBLIC, key)).body
        assert body in attempted[key], hashlib.sha1(body).hexdigest()
        acknowledged[key] = body
        attempted[key] = {body}
    assert set(acknowledged) == set(emulator.keys(PUBLIC))
