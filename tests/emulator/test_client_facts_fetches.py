"""How the Go SDK, qshell and the Java SDK fetch, and set what happens to an object later."""

import json
from collections.abc import Iterator

import pytest

from tests.emulator.clients import JSON, GoSdk, JavaSdk, qshell
from tests.emulator.conftest import PUBLIC
from tests.emulator_process import Emulator, b64url, entry

_HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"  # Protocol §9.4.
_SOURCE = "http://source.example.com/a"
_DAY_S = 86_400


@pytest.fixture
def source(emulator: Emulator) -> Iterator[str]:
    """An address that the emulator finds answered."""
    emulator.urls({_SOURCE: {"status": 200, "headers": {"Content-Type": "text/plain"}, "body": "hello"}})
    yield _SOURCE
    emulator.urls({})


def test_fetch(emulator: Emulator, source: str) -> None:
    """Go SDK, apis/fetch_object, and Java SDK, `fetch`: POST to io; an entry without a colon has no key (§4)."""
    encoded = b64url(source.encode())
    wanted = {"hash": _HELLO, "fsize": 5, "mimeType": "text/plain"}
    for answer in (
        GoSdk(emulator).manage("POST", f"/fetch/{encoded}/to/{entry(PUBLIC, 'k')}"),
        JavaSdk(emulator).post(f"/fetch/{encoded}/to/{entry(PUBLIC, 'k')}"),
    ):
        assert answer.status == 200
        assert wanted.items() <= answer.json().items()
        assert answer.json()["key"] == "k"
    nameless = GoSdk(emulator).manage("POST", f"/fetch/{encoded}/to/{b64url(PUBLIC.encode())}")
    assert nameless.json()["key"] == _HELLO


def test_async_fetch(emulator: Emulator, source: str) -> None:
    """Go SDK, apis/async_fetch_object, recorded: JSON with `file_type` even when it is 0. Java SDK: JSON too (§4)."""
    go = json.dumps({"url": source, "bucket": PUBLIC, "key": "go", "file_type": 0}, separators=(",", ":"))
    java = json.dumps({"key": "java", "url": source, "bucket": PUBLIC})
    for answer in (
        GoSdk(emulator).manage("POST", "/sisyphus/fetch", go.encode(), JSON),
        JavaSdk(emulator).post("/sisyphus/fetch", java.encode(), JSON),
    ):
        assert answer.status == 200
        assert answer.json()["id"]
        assert isinstance(answer.json()["wait"], int)
        task = JavaSdk(emulator).get(f"/sisyphus/fetch?id={answer.json()['id']}").json()
        assert task["id"] == answer.json()["id"]
        assert isinstance(task["wait"], int)


def test_delete_after_days(emulator: Emulator) -> None:
    """Go SDK and Java SDK: a path of its own; qshell `expire`: in a batch (§4)."""
    emulator.put(PUBLIC, "k", b"hello")
    path = f"/deleteAfterDays/{entry(PUBLIC, 'k')}"
    assert GoSdk(emulator).manage("POST", f"{path}/3").status == 200
    first = emulator.stat(PUBLIC, "k")["expiration"]
    assert JavaSdk(emulator).post(f"{path}/4").status == 200
    assert emulator.stat(PUBLIC, "k")["expiration"] == first + _DAY_S
    assert qshell(emulator).batch(f"{path}/5").json() == [{"code": 200}]
    assert emulator.stat(PUBLIC, "k")["expiration"] == first + 2 * _DAY_S


def test_go_lifecycle_of_an_object(emulator: Emulator) -> None:
    """Go SDK, apis/modify_object_life_cycle, recorded: the steps in an order of its own, those that are 0 left out."""
    emulator.put(PUBLIC, "k", b"hello")
    steps = "toIAAfterDays/1/toArchiveAfterDays/3/toDeepArchiveAfterDays/4/toArchiveIRAfterDays/2/deleteAfterDays/5"
    assert GoSdk(emulator).manage("POST", f"/lifecycle/{entry(PUBLIC, 'k')}/{steps}").status == 200
    shown = emulator.stat(PUBLIC, "k")
    names = ("transitionToIA", "transitionToArchiveIR", "transitionToARCHIVE", "transitionToDeepArchive", "expiration")
    times = [shown[name] for name in names]
    assert [later - times[0] for later in times] == [days * _DAY_S for days in range(5)]


def test_qshell_lifecycle_of_an_object(emulator: Emulator) -> None:
    """qshell, storage/object/lifecycle.go: in a batch; -1 takes a step back (§4)."""
    emulator.put(PUBLIC, "k", b"hello")
    base = f"/lifecycle/{entry(PUBLIC, 'k')}"
    assert qshell(emulator).batch(f"{base}/toIAAfterDays/30/deleteAfterDays/365").json() == [{"code": 200}]
    shown = emulator.stat(PUBLIC, "k")
    assert shown["expiration"] - shown["transitionToIA"] == 335 * _DAY_S
    assert qshell(emulator).batch(f"{base}/deleteAfterDays/-1").json() == [{"code": 200}]
    assert not emulator.stat(PUBLIC, "k").get("expiration")
    assert emulator.stat(PUBLIC, "k")["transitionToIA"] == shown["transitionToIA"]
