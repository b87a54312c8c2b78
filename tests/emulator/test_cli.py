"""The command line: ready file, signals, errors, loading."""

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kodo_emulator.cli import main
from tests.emulator.conftest import PUBLIC
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, b64url


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_ready_file_has_the_facts(tmp_path: Path) -> None:
    keys = ("--access-key", "mine", "--secret-key", "secret")
    with Emulator(PUBLIC, "p:private", options=keys) as emulator:
        assert (emulator.access_key, emulator.secret_key) == ("mine", "secret")
        assert set(emulator.facts) == {"uc", "control", "access_key", "secret_key", "buckets"}
        assert set(emulator.facts["buckets"]) == {PUBLIC, "p"}
        assert [bucket["private"] for bucket in emulator.facts["buckets"].values()] == [True, False]
        assert emulator.manage("GET", "/buckets") == ["p", PUBLIC]
        assert emulator.uc in emulator.stderr_path.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_cleanly(number: signal.Signals) -> None:
    emulator = Emulator(PUBLIC)
    emulator.put(PUBLIC, "k", content(MIB))
    emulator.faults([{"slow_bytes_per_s": 1000}])
    with socket.create_connection(("127.0.0.1", int(emulator.domain(PUBLIC).rpartition(":")[2])), timeout=30) as busy:
        busy.sendall(b"GET /k HTTP/1.1\r\nHost: x\r\n\r\n")
        assert busy.recv(10)
        emulator.process.send_signal(number)
        assert emulator.process.wait(30) == 0
    assert "Traceback" not in emulator.stderr_path.read_text()
    assert emulator.stop() == 0


def test_a_temporary_directory_is_removed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    command = [sys.executable, "-m", "kodo_emulator.cli", "serve", "--bucket=b", f"--ready-file={ready}"]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with subprocess.Popen(command, env={**os.environ, "TMPDIR": str(scratch)}, stderr=subprocess.PIPE) as process:
        assert process.stderr
        while process.stderr.readline() != b"}\n":
            assert process.poll() is None
        assert list(scratch.iterdir())
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert not list(scratch.iterdir())
    assert json.loads(ready.read_bytes())["buckets"]["b"]["private"] is False


def test_a_store_in_memory(tmp_path: Path) -> None:
    data = content(20 * MIB)
    with Emulator(PUBLIC, data=tmp_path / "unused", memory=True) as emulator:
        for key, parts in (("form", None), ("parts", [8 * MIB, 12 * MIB])):
            emulator.put(PUBLIC, key, data, parts=parts)
            assert fetch(emulator.url(PUBLIC, key)).body == data
            part = fetch(emulator.url(PUBLIC, key), headers={"Range": f"bytes={MIB}-{9 * MIB}"})
            assert (part.status, part.body) == (206, data[MIB : 9 * MIB + 1])
        emulator.copy(PUBLIC, "form", "copy")
        emulator.delete(PUBLIC, "form")
        assert emulator.keys(PUBLIC) == ["copy", "parts"]
        assert fetch(emulator.url(PUBLIC, "copy")).body == data
        assert not (tmp_path / "unused").exists()


def test_a_given_port_is_used_or_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        result = run("serve", "--data", tmp_path / "a", "--port", port)
        assert result.exit_code == 2
        assert f"cannot listen on 127.0.0.1:{port}" in result.output
    with Emulator(PUBLIC, options=["--port", str(port)]) as emulator:
        assert emulator.uc == f"http://127.0.0.1:{port}"


def test_another_port_is_taken_when_the_old_one_is_not_free(tmp_path: Path) -> None:
    with Emulator(PUBLIC, data=tmp_path) as first:
        old = first.uc
    with socket.socket() as taken:
        with contextlib.suppress(OSError):  # Then somebody else has taken it already.
            taken.bind(("127.0.0.1", int(old.rpartition(":")[2])))
        with Emulator(data=tmp_path) as second:
            assert second.uc != old
            assert second.manage("GET", "/buckets") == [PUBLIC]


FILL = ["--data", "x", "--bucket", "b"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "--surprise"], "No such option"),
        (["serve", "--memory", "--data", "x"], "--memory and --data exclude each other"),
        (["serve", "--bucket", "a:public"], "is not NAME or NAME:private"),
        (["serve", "--bucket", ""], "is no bucket name"),
        (["serve", "--bucket", "a b"], "is no bucket name"),
        (["serve", "--bucket", "a" * 64], "is no bucket name"),
        (["serve", "--bucket", os.fsdecode(b"\xff")], "is no bucket name"),
        (["serve", "--access-key", ""], "a key has printable ASCII characters"),
        (["serve", "--access-key", "a:b"], "a key has printable ASCII characters"),
        (["serve", "--secret-key", os.fsdecode(b"\xff")], "a key has printable ASCII characters"),
        (["serve", "--port", "70000"], "is not in the range"),
        (["serve", "--ready-file", "/nowhere/ready"], "no such directory: /nowhere"),
        (["serve", "--ready-file", "."], "is no regular file"),
        (["serve", "--ready-file", "pipe"], "is no regular file"),
        (["serve", "--faults", "/nowhere"], "does not exist"),
        (["serve", "--data", "directories"], "kodo.db cannot be read"),
        (["load", "/nowhere", *FILL], "does not exist"),
        (["load", ".", *FILL], "the store lies in the directory that is to be loaded"),
        (["synthesize", *FILL, "--count", "1", "--size", "9-1"], "is not a range"),
        (["synthesize", *FILL, "--count", "1", "--size", "big"], "is not MIN-MAX"),
        (["synthesize", *FILL, "--count", "1", "--size", "9" * 16], "is not MIN-MAX"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says what is wrong, code 2, and nothing is touched."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    (tmp_path / "directories" / "kodo.db").mkdir(parents=True)
    result = run(*arguments)
    assert (result.exit_code, message in result.output) == (2, True), result.output
    assert len([line for line in result.output.splitlines() if line.startswith("Error: ")]) == 1
    assert "Traceback" not in result.output
    assert Path("pipe").is_fifo()
    assert not Path("x").exists()


def test_a_faults_file(tmp_path: Path) -> None:
    rules = tmp_path / "faults.json"
    rules.write_text('[{"host": "io", "status": 502}]')
    with Emulator(PUBLIC, options=["--faults", str(rules)]) as emulator:
        assert fetch(f"{emulator.domain(PUBLIC)}/k").status == 502
    rules.write_text('[{"surprise": 1}]')
    result = run("serve", "--faults", rules)
    assert (result.exit_code, "surprise" in result.output) == (2, True)


def test_a_damaged_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "kodo.db").write_bytes(b"no database" * 100)
    result = run("serve", "--data", tmp_path)
    assert (result.exit_code, "kodo.db cannot be read" in result.output) == (2, True)


def test_an_old_ready_file_does_not_lie(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text("{}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--ready-file", ready, "--port", taken.getsockname()[1])
    assert (result.exit_code, ready.exists()) == (2, False)


def test_one_data_directory_one_process(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    tree = tmp_path / "tree"
    tree.mkdir()
    with Emulator(PUBLIC, data=tmp_path / "d"):
        ready.write_text("of the one that runs")
        for arguments in (["load", tree, "--bucket", "b"], ["serve", "--ready-file", ready]):
            result = run(*arguments, "--data", tmp_path / "d")
            assert (result.exit_code, "in use by another" in result.output) == (2, True)
    assert ready.read_text() == "of the one that runs"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "a/b c").mkdir(parents=True)
    (root / "a/b c/é.png").write_bytes(b"hello")
    (root / "large.bin").write_bytes(content(9 * MIB))
    (root / "empty").touch()
    (root / "link").symlink_to("empty")
    return root


@pytest.mark.parametrize("options", [[], ["--link"], ["--no-sync"]])
def test_load(tree: Path, tmp_path: Path, options: list[str]) -> None:
    data = tmp_path / "data"
    result = run("load", tree, "--data", data, "--bucket", "b:private", "--prefix", "p/", *options)
    assert (result.exit_code, result.stderr) == (0, "3 objects loaded into b\n")
    with Emulator(data=data) as emulator:
        assert emulator.keys("b") == ["p/a/b c/é.png", "p/empty", "p/large.bin"]
        stat = emulator.stat("b", "p/a/b c/é.png")
        assert (stat["hash"], stat["mimeType"]) == ("Fqr0xh3cxeii2r7eDztILNmuqUNN", "image/png")
        assert "md5" not in stat
        assert emulator.stat("b", "p/large.bin")["hash"] == "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H"
        assert fetch(emulator.url("b", "p/large.bin")).body == content(9 * MIB)
        assert fetch(f"{emulator.domain('b')}/p/empty").status == 401
        emulator.delete("b", "p/large.bin")
    assert (tree / "large.bin").read_bytes() == content(9 * MIB)


@pytest.mark.parametrize("options", [[], ["--link"]])
def test_load_many(tmp_path: Path, options: list[str]) -> None:
    """More than all copiers take at once, small contents and files by turns."""
    data = {f"{number % 7}/{number:03d}": content(number * 29) for number in range(400)}
    for key, body in data.items():
        path = tmp_path / "tree" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    result = run("load", tmp_path / "tree", "--data", tmp_path / "data", "--bucket", "b", *options)
    assert (result.exit_code, result.stderr) == (0, "400 objects loaded into b\n")
    with Emulator(data=tmp_path / "data") as emulator:
        items = emulator.page("b")["items"]
        assert [item["key"] for item in items] == sorted(data)
        for item in items:
            digest = hashlib.sha1(data[item["key"]]).digest()
            assert (item["hash"], item["fsize"]) == (b64url(b"\x16" + digest), len(data[item["key"]]))
        for key in list(data)[::40]:
            assert fetch(emulator.url("b", key)).body == data[key]


def test_load_tells_what_could_not_be_copied(tree: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run("synthesize", "--data", data, "--bucket", "b", "--count", 1, "--size", 5000).exit_code == 0
    in_the_way = data / "contents" / "2" / "0" / "0"  # The first file of the next session.
    in_the_way.parent.mkdir(parents=True)
    in_the_way.touch()
    result = run("load", tree, "--data", data, "--bucket", "b")
    assert (result.exit_code, "File exists" in result.output, "2/0/0" in result.output) == (1, True, True)


def test_load_keeps_a_private_bucket_private(tree: Path, tmp_path: Path) -> None:
    for bucket in ("b:private", "b"):
        assert run("load", tree, "--data", tmp_path / "data", "--bucket", bucket, "--no-sync").exit_code == 0
    with Emulator(data=tmp_path / "data") as emulator:
        assert emulator.facts["buckets"]["b"]["private"] is True


def test_load_refuses_names_that_cannot_be_keys(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / os.fsdecode(b"\xff")).touch()
    result = run("load", tree, "--data", tmp_path / "data", "--bucket", "b")
    assert (result.exit_code, "key must be utf8 encoding" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("prefix", "reason"), [("p" * 750, "key too long"), (os.fsdecode(b"\xff"), "key must be utf8 encoding")]
)
def test_load_refuses_prefixes_that_make_no_keys(tree: Path, tmp_path: Path, prefix: str, reason: str) -> None:
    result = run("load", tree, "--data", tmp_path / "data", "--bucket", "b", "--prefix", prefix)
    assert (result.exit_code, reason in result.output) == (1, True)


def test_synthesize_is_repeatable(tmp_path: Path) -> None:
    items = []
    for name in ("one", "two"):
        data = tmp_path / name
        options = ("--count", 1500, "--size", "0-100", "--per-folder", 100)
        assert run("synthesize", "--data", data, "--bucket", "b", *options).exit_code == 0
        with Emulator(data=data) as emulator:
            page = emulator.page("b", limit=1000)
            assert emulator.page("b", delimiter="/")["commonPrefixes"][-1] == "000014/"
            items.append([(item["key"], item["hash"], item["fsize"]) for item in page["items"]])
    assert items[0] == items[1]
    assert len(items[0]) == 1000


def test_many_start_at_once(tmp_path: Path) -> None:
    found: list[str] = []

    def start() -> None:
        with Emulator(PUBLIC) as emulator:
            found.append(emulator.uc)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(found) == 4
