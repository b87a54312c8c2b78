"""A bucket that is dropped: what becomes of everything under way in it, and what one made anew under its name shows."""

import http.client
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.emulator.asking import domain, everything, origin, refused, set_everything
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.sources import say, serving
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import TIMEOUT_S, Answer, address, fetch, read_all
from tests.emulator_process import Emulator, EmulatorError, b64url, entry


def remake(emulator: Emulator, bucket: str) -> None:
    emulator.manage("POST", f"/drop/{bucket}")
    emulator.manage("POST", f"/mkbucketv3/{bucket}")


def test_it_is_gone_with_its_objects_and_ports(emulator: Emulator, bucket: str) -> None:
    emulator.put(bucket, "k", b"hello")
    ports = [address(url)[1] for url in (domain(emulator, bucket), origin(emulator, bucket))]
    client = http.client.HTTPConnection("127.0.0.1", ports[0], timeout=TIMEOUT_S)
    client.request("GET", "/k")
    assert client.getresponse().read() == b"hello"
    emulator.manage("POST", f"/drop/{bucket}")
    with suppress(ConnectionResetError):
        assert client.sock.recv(1) == b""
    client.close()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    assert bucket not in emulator.manage("GET", "/buckets")
    for method, target in (
        ("GET", f"/v2/domains?tbl={bucket}"),
        ("GET", f"/list?bucket={bucket}"),
        ("POST", f"/drop/{bucket}"),
        ("POST", f"/maxAge?bucket={bucket}&maxAge=1"),
    ):
        assert refused(emulator, method, target) == (631, "no such bucket")
    with pytest.raises(EmulatorError, match="631"):
        emulator.put(bucket, "k", b"hello")


def test_the_one_made_anew_shows_nothing_of_it(emulator: Emulator, bucket: str) -> None:
    fresh = everything(emulator, bucket)
    set_everything(emulator, bucket)
    assert all(set_to != default for set_to, default in zip(everything(emulator, bucket), fresh, strict=True))
    emulator.put(bucket, "k", b"first")
    emulator.put(bucket, "k", b"second")
    ports = domain(emulator, bucket), origin(emulator, bucket)
    remake(emulator, bucket)
    assert everything(emulator, bucket) == fresh
    assert emulator.keys(bucket) == []
    assert (domain(emulator, bucket), origin(emulator, bucket)) != ports
    emulator.put(bucket, "k", b"third")
    emulator.faults([{"host": "io", "stale": True}])
    assert fetch(f"{domain(emulator, bucket)}/k").body == b"third"


@pytest.fixture
def upload(emulator: Emulator, bucket: str) -> Callable[..., Any]:
    """Calls of one resumable upload of version 2; without a path, its beginning."""
    headers = {"Authorization": f"UpToken {emulator.upload_token(bucket, 'k')}"}
    base = f"/buckets/{bucket}/objects/{b64url(b'k')}/uploads"
    begun = emulator.call("POST", base, b"", headers)["uploadId"]

    def call(method: str, more: str = "", body: bytes = b"") -> Any:
        return emulator.call(method, f"{base}/{begun}{more}", body, headers)

    return call


def test_an_unfinished_upload_ends_nowhere(emulator: Emulator, bucket: str, upload: Callable[..., Any]) -> None:
    upload("PUT", "/1", b"part")
    remake(emulator, bucket)
    with pytest.raises(EmulatorError, match="no such uploadId"):
        upload("PUT", "/2", b"part")
    assert emulator.keys(bucket) == []


def test_a_finished_upload_is_not_repeated_there(emulator: Emulator, bucket: str, upload: Callable[..., Any]) -> None:
    part = {"partNumber": 1, "etag": upload("PUT", "/1", b"part")["etag"]}
    complete = json.dumps({"parts": [part]}).encode()
    assert upload("POST", "", complete) == upload("POST", "", complete)
    emulator.manage("POST", f"/drop/{bucket}")
    with pytest.raises(EmulatorError, match="no such bucket"):
        upload("POST", "", complete)
    emulator.manage("POST", f"/mkbucketv3/{bucket}")
    with pytest.raises(EmulatorError, match="no such uploadId"):
        upload("POST", "", complete)


def test_blocks_are_not_made_into_a_file_there(emulator: Emulator, bucket: str) -> None:
    headers = {"Authorization": f"UpToken {emulator.upload_token(bucket)}"}
    ctx = emulator.call("POST", "/mkblk/5", b"hello", headers)["ctx"].encode()
    made = emulator.call("POST", "/mkfile/5", ctx, headers)
    assert emulator.call("POST", "/mkfile/5", ctx, headers) == made
    remake(emulator, bucket)
    with pytest.raises(EmulatorError, match="701"):
        emulator.call("POST", "/mkfile/5", ctx, headers)


@contextmanager
def under_way(emulator: Emulator, method: str, target: str, token: str, size: int) -> Iterator[socket.socket]:
    """A request that the server has begun to work on: it asked for the body."""
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: UpToken {token}\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(address(emulator.uc), timeout=TIMEOUT_S) as client:
        client.sendall(head.encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
        yield client


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize(
    ("target", "status"), [("/mkblk/5", 631), ("/buckets/{}/objects/aw==/uploads/{}/1", 612), ("/put/5/key/aw==", None)]
)
def test_bytes_that_arrive_too_late(
    emulator: Emulator, bucket: str, target: str, status: int | None, *, anew: bool
) -> None:
    """A content that comes in one piece is nothing of the bucket before all of it is there."""
    token = emulator.upload_token(bucket, "k")
    headers = {"Authorization": f"UpToken {token}"}
    begun = emulator.call("POST", f"/buckets/{bucket}/objects/aw==/uploads", b"", headers)["uploadId"]
    method = "PUT" if "objects" in target else "POST"
    with under_way(emulator, method, target.format(bucket, begun), token, 5) as client:
        emulator.manage("POST", f"/drop/{bucket}")
        if anew:
            emulator.manage("POST", f"/mkbucketv3/{bucket}")
        client.sendall(b"hello")
        answered = int(read_all(client).split(b" ", 2)[1])
    assert answered == (status or (200 if anew else 631))
    assert not anew or emulator.keys(bucket) == ([] if status else ["k"])


@pytest.mark.parametrize("memory", [False, True])
def test_parts_that_go_while_they_are_joined(*, memory: bool) -> None:
    with Emulator(memory=memory) as emulator:
        answers = {complete_and_remake(emulator, f"joined-{number}") for number in range(6)}
        assert answers <= {200, 612, 631}
        assert "Traceback" not in emulator.stderr_path.read_text()


def complete_and_remake(emulator: Emulator, bucket: str) -> int:
    """What a complete answers while its bucket is dropped and made anew, which has nothing then."""
    emulator.manage("POST", f"/mkbucketv3/{bucket}")
    headers = {"Authorization": f"UpToken {emulator.upload_token(bucket, 'k')}"}
    base = f"{emulator.uc}/buckets/{bucket}/objects/aw==/uploads"
    upload = f"{base}/{fetch(base, method='POST', headers=headers).json()['uploadId']}"
    parts = []
    for number in range(1, 5):
        part = fetch(f"{upload}/{number}", method="PUT", headers=headers, body=content(4 * MIB)).json()
        parts.append({"partNumber": number, "etag": part["etag"]})
    answers: list[int] = []

    def complete() -> None:
        body = json.dumps({"parts": parts}).encode()
        answers.append(fetch(upload, method="POST", headers=headers, body=body).status)

    completing = threading.Thread(target=complete)
    completing.start()
    remake(emulator, bucket)
    completing.join()
    assert emulator.keys(bucket) == []
    return answers[0]


@pytest.mark.parametrize("call", ["fetch", "prefetch", "getfile"])
def test_what_is_fetched_for_it_comes_to_nobody(emulator: Emulator, bucket: str, call: str) -> None:
    asked, dropped = threading.Event(), threading.Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.set()
        assert dropped.wait(TIMEOUT_S)
        say(request, b"of the old one")

    with serving(answer) as source:
        emulator.manage("POST", f"/image/{bucket}/from/{b64url(source.encode())}")
        targets = {
            "fetch": ("POST", f"/fetch/{b64url(f'{source}/k'.encode())}/to/{entry(bucket, 'k')}"),
            "prefetch": ("POST", f"/prefetch/{entry(bucket, 'k')}"),
            "getfile": ("GET", f"/getfile/{emulator.access_key}/{bucket}/k"),
        }
        statuses: list[int] = []
        waiting = threading.Thread(target=lambda: statuses.append(signed(emulator, *targets[call]).status))
        waiting.start()
        assert asked.wait(TIMEOUT_S)
        remake(emulator, bucket)
        dropped.set()
        waiting.join()
    assert statuses == [631]
    assert emulator.keys(bucket) == []


def test_many_make_and_drop_one_name_at_once(emulator: Emulator) -> None:
    """Whoever comes first wins, nobody ever sees half a bucket, and nobody waits for a connection that is dead."""
    seen: Counter[int] = Counter()

    def hammer() -> None:
        for _ in range(15):
            for method, target in (
                ("POST", "/mkbucketv3/contested"),
                ("GET", "/v2/domains?tbl=contested"),
                ("GET", "/buckets"),
                ("POST", "/v2/bucketInfos"),
                ("POST", "/drop/contested"),
            ):
                answer = signed(emulator, method, target)
                seen[answer.status] += 1
                if answer.status == 200 and "domains" in target:
                    download(answer.json()[0])

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= {200, 614, 631}
    assert emulator.manage("GET", "/buckets") == [PRIVATE, PUBLIC]
    emulator.manage("POST", "/mkbucketv3/contested")
    emulator.put("contested", "k", b"hello")
    assert fetch(f"{domain(emulator, 'contested')}/k").body == b"hello"
    emulator.manage("POST", "/drop/contested")


def download(host: str) -> None:
    with suppress(ConnectionError, http.client.HTTPException):  # It may be dropped meanwhile.
        assert fetch(f"http://{host}/k").status == 404


def signed(emulator: Emulator, method: str, target: str) -> Answer:
    """A signed call on a connection of its own."""
    return fetch(f"{emulator.uc}{target}", method=method, headers=emulator.signed(method, target))


def test_fifty_at_once() -> None:
    """Each makes its own, fills it, reads it and drops it."""
    lives: list[tuple[int, int, bool, int]] = []

    def live(emulator: Emulator, name: str) -> None:
        made = signed(emulator, "POST", f"/mkbucketv3/{name}").status
        host = signed(emulator, "GET", f"/v2/domains?tbl={name}").json()[0]
        headers = {"Authorization": f"UpToken {emulator.upload_token(name, 'k')}"}
        put = fetch(f"{emulator.uc}/put/{len(name)}/key/aw==", method="POST", headers=headers, body=name.encode())
        same = fetch(f"http://{host}/k").body == name.encode()
        lives.append((made, put.status, same, signed(emulator, "POST", f"/drop/{name}").status))

    with Emulator() as emulator:
        threads = [threading.Thread(target=live, args=(emulator, f"one-of-{1 + number}")) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert emulator.manage("GET", "/buckets") == []
    assert lives == [(200, 200, True, 200)] * 50
