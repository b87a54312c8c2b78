"""Which requests a fault rule concerns, and how often it fires."""

import asyncio
from urllib.parse import quote

import pytest

from kodo_emulator.control.subjects import subjects
from kodo_emulator.net.http1 import Request
from kodo_emulator.net.request_body import StreamedBody
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError, b64url, entry


@pytest.fixture
def url(emulator: Emulator) -> str:
    emulator.put(PUBLIC, "k", b"x")
    return f"{emulator.domain(PUBLIC)}/k"


def test_host_method_and_key_of_a_download(emulator: Emulator, url: str) -> None:
    emulator.put(PUBLIC, "other/é", b"x")
    other = f"{emulator.domain(PUBLIC)}/other%2F%C3%A9"
    emulator.faults([{"path": "^other/é$", "method": "GET", "status": 502}])
    assert (fetch(url).status, fetch(other).status, fetch(other, method="HEAD").status) == (200, 502, 200)
    emulator.faults([{"host": "io_src", "status": 502}])
    assert (fetch(url).status, fetch(emulator.url(PUBLIC, "k", origin=True)).status) == (200, 502)


def test_keys_in_paths(emulator: Emulator, url: str) -> None:
    emulator.faults([{"path": f"^{PUBLIC}:k$", "status": 502}])
    with pytest.raises(EmulatorError, match="502"):
        emulator.stat(PUBLIC, "k")
    assert emulator.page(PUBLIC)["items"]
    emulator.faults([{"path": "^/list", "status": 502}])
    with pytest.raises(EmulatorError, match="502"):
        emulator.page(PUBLIC)
    emulator.faults([{"host": "up", "path": "^part/é$", "status": 502}])
    with pytest.raises(EmulatorError, match="502"):
        emulator.put(PUBLIC, "part/é", b"x", parts=[1])


def test_keys_in_batches(emulator: Emulator, url: str) -> None:
    """As qshell asks, even for one object: the whole batch is struck, and others are not touched."""

    def batch(*keys: str) -> list[int]:
        operations = "&".join("op=" + quote(f"/stat/{entry(PUBLIC, key)}?needparts=true", safe="") for key in keys)
        return [result["code"] for result in emulator.manage("POST", "/batch", operations.encode())]

    emulator.faults([{"host": "rs", "path": ":k$", "status": 502}])
    assert batch("a", "b") == [612, 612]
    with pytest.raises(EmulatorError, match="502"):
        batch("a", "k")


def test_some_operations_of_a_batch(emulator: Emulator, url: str) -> None:
    """Those whose keys are named answer so and are not done, the others are; calls that are no batch do not count."""
    emulator.put(PUBLIC, "a", b"x")
    form = "&".join("op=" + quote(f"/delete/{entry(PUBLIC, key)}", safe="") for key in ("a", "k")).encode()
    emulator.faults([{"path": ":k$", "operation_status": 573, "times": 1}])
    emulator.stat(PUBLIC, "k")
    answers = emulator.manage("POST", "/batch", form)
    assert answers == [{"code": 200}, {"code": 573, "data": {"error": "injected fault: 573"}}]
    assert [result["code"] for result in emulator.manage("POST", "/batch", form)] == [612, 200]
    assert emulator.rules()[0]["matched"] == 2


def test_keys_of_forms(emulator: Emulator) -> None:
    """The key is a field of the form, or in the scope of its token; what was read of the form is not lost."""
    emulator.faults([{"host": "up", "path": "^bad$", "status": 502}])
    with pytest.raises(EmulatorError, match="502"):
        emulator.put(PUBLIC, "bad", b"x")
    emulator.put(PUBLIC, "good", b"y" * 3_000_000)
    assert emulator.stat(PUBLIC, "good")["fsize"] == 3_000_000
    for scope_key, status in (("bad", 502), ("good", 403)):
        token = emulator.upload_token(PUBLIC, scope_key)
        body = f'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n{token}\r\n'
        body += '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nx\r\n--b--\r\n'
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        assert emulator.request("POST", "/", body.encode(), headers)[0] == status


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\na:b:c\r\n--b--',
        ),
        ("multipart/form-data; boundary=b", b"--b--\r\n" + b"x" * 1_000_000),
        ("multipart/form-data", b"x"),
        ("", b"x"),
    ],
)
def test_forms_that_are_none_are_refused_as_without_rules(emulator: Emulator, content_type: str, body: bytes) -> None:
    answers = []
    for rules in ([], [{"path": "x", "status": 502}]):
        emulator.faults(rules)
        answers.append(emulator.request("POST", "/", body, {"Content-Type": content_type}))
    assert answers[0][0] == answers[1][0]
    assert 400 <= answers[0][0] < 500


def test_nth_times_and_probability(emulator: Emulator, url: str) -> None:
    def statuses(count: int) -> list[int]:
        return [fetch(url).status for _ in range(count)]

    emulator.faults([{"host": "io", "nth": 2, "status": 500}])
    assert statuses(4) == [200, 500, 200, 200]
    emulator.faults([{"host": "io", "nth": [1, 3], "status": 500}])
    assert statuses(4) == [500, 200, 500, 200]
    emulator.faults([{"host": "io", "times": 2, "status": 500}])
    assert statuses(4) == [500, 500, 200, 200]
    rule = {"host": "io", "probability": 0.5, "seed": 7, "status": 500}
    emulator.faults([rule])
    first = statuses(12)
    emulator.faults([rule])
    assert statuses(12) == first
    assert set(first) == {200, 500}


def test_effects_of_downloads_match_nothing_else(emulator: Emulator, url: str) -> None:
    emulator.faults([{"stale": True}, {"ignore_range": True}])
    emulator.stat(PUBLIC, "k")
    fetch(emulator.url(PRIVATE, "missing"))
    fetch(url)
    assert [(rule["matched"], rule["fired"]) for rule in emulator.rules()] == [(2, 2)] * 2


def test_requests_tell_which_rules_fired(emulator: Emulator, url: str) -> None:
    emulator.faults(
        [{"host": "rs", "delay_s": 0}, {"host": "io", "alter_at": 0}, {"host": "io", "alter_at": 0, "nth": 2}]
    )
    fetch(url)
    fetch(url)
    assert [line["faults"] for line in emulator.log("?host=io")] == [[2], [2, 3]]
    assert [(rule["matched"], rule["fired"]) for rule in emulator.rules()] == [(0, 0), (2, 2), (2, 1)]


def test_unroutable_requests_are_not_struck(emulator: Emulator) -> None:
    emulator.faults([{"status": 502}])
    assert fetch(f"{emulator.uc}/nowhere/{b64url(b'k')}").status == 404
    assert fetch(f"{emulator.uc}/_emulator/clock").status == 200


def test_keys_of_fetches() -> None:
    """They have the host of downloads and paths like those of rs."""
    for path in (f"/fetch/{b64url(b'http://a/')}/to/{entry(PUBLIC, 'k')}", f"/prefetch/{entry(PUBLIC, 'k')}"):
        request = Request("POST", path.encode(), {}, StreamedBody(lambda: None), "id", role="io")
        assert f"{PUBLIC}:k" in asyncio.run(subjects(request))
