import ssl
from pathlib import Path

import pytest
import trustme

from kodokeep.alerts import heartbeats
from kodokeep.alerts.delivery import NotDelivered
from kodokeep.alerts.heartbeats import RETRIES, beat, reach
from tests.receivers import CLOSE, HANG, Web, web

UUID = "5cb1c1b4-uuid-nobody-may-see"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "_BACKOFF_S", 0.0)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


def failure(url: str, *, retries: int = RETRIES) -> str:
    with pytest.raises(NotDelivered) as failed:
        beat(url, retries=retries)
    assert UUID not in str(failed.value)
    return str(failed.value)


def test_the_url_is_fetched(receiver: Web) -> None:
    beat(f"{receiver.url}/{UUID}/start")
    (request,) = receiver.requests
    assert (request.method, request.path) == ("GET", f"/{UUID}/start")
    assert request.headers["User-Agent"].startswith("kodokeep/")


@pytest.mark.parametrize("trouble", [500, 503, 429, CLOSE])
def test_what_passes_is_tried_again(receiver: Web, trouble: int) -> None:
    receiver.statuses = [trouble, trouble, 200]
    beat(f"{receiver.url}/{UUID}")
    assert len(receiver.requests) == 3


def test_after_a_few_tries_it_is_told_with_the_host_alone(receiver: Web) -> None:
    receiver.statuses = [500]
    assert failure(f"{receiver.url}/{UUID}") == "127.0.0.1: answered 500"
    assert len(receiver.requests) == 1 + RETRIES


def test_what_does_not_pass_is_told_at_once(receiver: Web) -> None:
    receiver.statuses = [404]
    assert failure(f"{receiver.url}/{UUID}") == "127.0.0.1: answered 404"
    assert len(receiver.requests) == 1


def test_one_that_a_run_waits_for_is_tried_once(receiver: Web) -> None:
    receiver.statuses = [500]
    failure(f"{receiver.url}/{UUID}", retries=0)
    assert len(receiver.requests) == 1


def test_a_host_that_hangs_is_given_up(receiver: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "TIMEOUT_S", 0.05)
    receiver.statuses = [HANG]
    assert failure(f"{receiver.url}/{UUID}") == "127.0.0.1: no answer within 0.05 s"


def test_nobody_there_is_told() -> None:
    with web() as gone:
        url = gone.url
    assert failure(f"{url}/{UUID}") == "127.0.0.1: Connection refused"


def test_https_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with web(context) as receiver:
        url = f"https://localhost:{receiver.port}/{UUID}"
        assert failure(url, retries=0).startswith("localhost: certificate verify failed")
        assert receiver.requests == []
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        beat(url)
    assert receiver.beats == [f"/{UUID}"]


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_a_host_that_answers_can_be_reached_and_takes_it_for_no_heartbeat(receiver: Web, status: int) -> None:
    receiver.statuses = [status]
    reach(f"{receiver.url}/{UUID}")
    assert [(request.method, request.path) for request in receiver.requests] == [("HEAD", "/")]


def test_a_host_that_cannot_be_reached_is_told() -> None:
    with web() as gone:
        url = gone.url
    with pytest.raises(NotDelivered, match=r"127\.0\.0\.1: Connection refused"):
        reach(f"{url}/{UUID}")


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_the_proxy_of_the_environment_is_used(scheme: str, receiver: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"{scheme}{receiver.url.partition('://')[2]}")
    beat(f"http://heartbeats.invalid/{UUID}")
    assert receiver.beats == [f"http://heartbeats.invalid/{UUID}"]


def test_a_proxy_that_is_none_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "ftp://me:password@h")
    told = failure(f"http://heartbeats.invalid/{UUID}")
    assert told.startswith("heartbeats.invalid: ")
    assert "password" not in told
