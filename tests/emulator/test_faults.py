"""Fault rules: made-up answers, expired tokens, wrong clocks, dead names. Other effects have modules of their own."""

import json
import time
from email.utils import parsedate_to_datetime

import pytest
import qiniu

from kodo_emulator.control.dead_domains import bury
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.vectors import content
from tests.emulator.wire import fetch, talk
from tests.emulator_process import Emulator, EmulatorError

DATA = content(1000)


@pytest.fixture
def url(emulator: Emulator) -> str:
    emulator.put(PUBLIC, "k", DATA)
    return f"{emulator.domain(PUBLIC)}/k"


def test_status_body_and_headers(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "io", "status": 573, "body": "busy", "headers": {"Retry-After": "3"}}])
    answer = fetch(url)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (573, b"busy", "3")
    assert answer.headers["x-reqid"]
    emulator.faults([{"status": 599}])
    assert fetch(url).error() == "injected fault: 599"
    emulator.clear_faults()
    assert fetch(url).body == DATA


@pytest.mark.parametrize("status", [401, 403, 419, 502, 573, 599, 701])
def test_refusals_look_as_those_of_their_host(emulator: Emulator, status: int) -> None:
    emulator.faults([{"status": status}])
    answer = fetch(f"{emulator.uc}/", method="POST", body=b"")
    reqid = answer.headers["x-reqid"]
    refusal = {"error": f"injected fault: {status}", "code": status, "reqid": reqid, "details": [f"UP:4/{status}"]}
    assert (answer.status, answer.json()) == (status, refusal)
    assert fetch(f"{emulator.uc}/buckets").json() == {"error": f"injected fault: {status}"}


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(emulator: Emulator, url: str, status: int) -> None:
    emulator.faults([{"host": "io", "status": status, "times": 1}, {"host": "io", "gzip": True, "times": 1}])
    received = talk(url, b"GET /k HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /k HTTP/1.0\r\n\r\n")
    first, second, body = received.split(b"\r\n\r\n", 2)
    assert first.startswith(b"HTTP/1.1 %d " % status)
    assert b"Transfer-Encoding" not in first
    assert second.startswith(b"HTTP/1.1 200 ")
    assert body == DATA


@pytest.mark.parametrize("body", ["<html>", "", "[]", "{}", '{"items": null}'])
def test_a_made_up_page_is_sent_as_it_is(emulator: Emulator, body: str) -> None:
    emulator.faults([{"host": "rsf", "status": 200, "body": body}, {"host": "rsf", "list_duplicate": True}])
    signed = {"Authorization": "not looked at"}
    answer = fetch(f"{emulator.uc}/list?bucket={PUBLIC}", headers=signed)
    assert (answer.status, answer.body) == (200, body.encode())


def test_a_status_keeps_the_operation_from_happening(emulator: Emulator) -> None:
    emulator.faults([{"host": "up", "status": 503, "times": 1}])
    with pytest.raises(EmulatorError, match="503"):
        emulator.put(PUBLIC, "k", b"x")
    assert emulator.keys(PUBLIC) == []
    emulator.put(PUBLIC, "k", b"x")


def test_json_error_with_200(emulator: Emulator, url: str) -> None:
    emulator.faults([{"json_error_200": True, "body": "sorry"}])
    assert (fetch(url).status, fetch(url).json()) == (200, {"error": "sorry"})
    assert emulator.page(PUBLIC) == {"error": "sorry"}


def test_a_captive_portal(emulator: Emulator, url: str, sdk: qiniu.Auth) -> None:
    """What it answers does not come from Kodo, and the SDK sees that."""
    emulator.faults([{"host": host, "html_200": True} for host in ("io", "up")])
    answer = fetch(url)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<html>")
    assert not answer.headers.keys() & {"x-reqid", "x-log", "etag"}
    result, info = qiniu.put_data(sdk.upload_token(PUBLIC, "new"), "new", b"x")
    assert not result
    assert "server is not qiniu" in str(info)
    emulator.faults([{"html_200": True, "body": "<p>"}])
    assert fetch(url).body == b"<p>"
    emulator.clear_faults()
    assert emulator.keys(PUBLIC) == ["k"]


def test_an_answer_that_hides_who_gave_it(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "io", "anonymous": True}])
    answer = fetch(url)
    assert (answer.status, answer.body) == (200, DATA)
    assert not answer.headers.keys() & {"x-reqid", "x-log", "server"}


def test_headers_that_every_answer_has_can_be_changed(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "io", "headers": {"x-reqid": "mine", "ETag": '"lie"'}}])
    received = talk(url, b"GET /k HTTP/1.0\r\n\r\n")
    assert received.lower().count(b"\r\nx-reqid: ") == 1
    assert b"\r\nx-reqid: mine\r\n" in received
    assert b'\r\nETag: "lie"\r\n' in received
    assert received.count(b"\r\nDate: ") == 1


def test_an_expired_upload_token(emulator: Emulator) -> None:
    """The refusal is the one that a token gets whose time really is over."""
    emulator.faults([{"host": "up", "token_expired": True, "times": 2}])
    with pytest.raises(EmulatorError) as form:
        emulator.put(PUBLIC, "new", b"x")
    with pytest.raises(EmulatorError) as resumable:
        emulator.put(PUBLIC, "new", b"x", parts=[1])
    with pytest.raises(EmulatorError) as real:
        emulator.put(PUBLIC, "new", b"x", policy={"deadline": 1})
    assert [error.value.status for error in (form, resumable, real)] == [401] * 3
    bodies = [json.loads(error.value.body) for error in (form, resumable, real)]
    assert all(body.pop("reqid") for body in bodies)
    assert bodies == [bodies[2]] * 3
    assert emulator.keys(PUBLIC) == []


@pytest.mark.parametrize("origin", [True, False])
def test_an_expired_download_token(emulator: Emulator, origin: bool) -> None:
    emulator.put(PRIVATE, "k", DATA)
    emulator.faults([{"token_expired": True, "times": 1}])
    struck = fetch(emulator.url(PRIVATE, "k", origin=origin))
    real = fetch(emulator.url(PRIVATE, "k", origin=origin, life_s=-1))
    assert (struck.status, struck.body) == (real.status, real.body)
    assert struck.status == 401
    assert fetch(emulator.url(PRIVATE, "k", origin=origin)).body == DATA


@pytest.mark.parametrize(("date", "status"), [(None, 401), ("19700101T000000Z", 403)])
def test_an_expired_management_signature(emulator: Emulator, date: str | None, status: int) -> None:
    """A date can be too old; without one, a signature that counts no more is a wrong one."""
    host = emulator.uc.removeprefix("http://")
    line = f"X-Qiniu-Date: {date}\n" if date else ""
    right = emulator.sign(f"GET /buckets\nHost: {host}\n{line}\n".encode())
    headers = {"X-Qiniu-Date": date} if date else {}
    emulator.faults([{"host": "uc", "token_expired": True, "times": 1}])
    struck = fetch(f"{emulator.uc}/buckets", headers={"Authorization": f"Qiniu {right}", **headers})
    token = right if date else "AK:wrong"
    real = fetch(f"{emulator.uc}/buckets", headers={"Authorization": f"Qiniu {token}", **headers})
    assert (struck.status, struck.body) == (real.status, real.body)
    assert struck.status == status


def test_what_carries_no_token_cannot_expire(emulator: Emulator, url: str) -> None:
    emulator.faults([{"token_expired": True}])
    assert fetch(f"{emulator.uc}/v4/query?ak={emulator.access_key}&bucket={PUBLIC}").status == 200
    assert fetch(url).body == DATA
    assert [rule["matched"] for rule in emulator.rules()] == [0]


class TestWrongClock:
    """One host's clock is off, for what it checks and for its Date; what it stores has the cloud's time."""

    def test_signed_dates(self, emulator: Emulator) -> None:
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        host = emulator.uc.removeprefix("http://")
        emulator.faults([{"host": "uc", "skew_s": 3600}])
        for path, status in (("/buckets", 403), (f"/list?bucket={PUBLIC}", 200)):
            token = emulator.sign(f"GET {path}\nHost: {host}\nX-Qiniu-Date: {date}\n\n".encode())
            headers = {"Authorization": f"Qiniu {token}", "X-Qiniu-Date": date}
            assert fetch(f"{emulator.uc}{path}", headers=headers).status == status

    def test_the_date_of_answers(self, emulator: Emulator, url: str) -> None:
        emulator.faults([{"host": "io", "skew_s": -86_400, "nth": 1}, {"host": "io", "skew_s": 3600, "nth": 1}])
        first, second = (parsedate_to_datetime(fetch(url).headers["date"]).timestamp() for _ in range(2))
        assert second - first == pytest.approx(86_400 - 3600, abs=60)

    def test_deadlines(self, emulator: Emulator) -> None:
        emulator.put(PRIVATE, "k", DATA)
        url = emulator.url(PRIVATE, "k", life_s=600)
        emulator.faults([{"skew_s": 1200, "host": host, "times": 1} for host in ("io", "up")])
        assert fetch(url).status == 401
        with pytest.raises(EmulatorError, match="out of date"):
            emulator.put(PUBLIC, "new", b"x", policy={"deadline": int(time.time()) + 600})
        assert fetch(url).status == 200

    def test_what_is_stored(self, emulator: Emulator) -> None:
        emulator.faults([{"host": "up", "skew_s": -1e8}])
        emulator.put(PUBLIC, "k", b"x")
        assert emulator.stat(PUBLIC, "k")["putTime"] / 1e7 == pytest.approx(time.time(), abs=60)


SERVICES = ("io", "io_src", "up", "rs", "rsf", "api", "uc", "s3")


def discovered(emulator: Emulator, path: str) -> dict[str, str]:
    """What discovery says of each service, as text."""
    answer = fetch(f"{emulator.uc}{path}?ak={emulator.access_key}&bucket={PUBLIC}").json()
    region = answer["hosts"][0] if "hosts" in answer else answer
    return {service: json.dumps(region[service]) for service in SERVICES}


@pytest.mark.parametrize("path", ["/v2/query", "/v4/query"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_whose_names_are_dead(emulator: Emulator, path: str, service: str) -> None:
    alive = discovered(emulator, path)
    emulator.faults([{"dead_domain": service}])
    dead = discovered(emulator, path)
    assert {name for name in SERVICES if dead[name] != alive[name]} == {service}
    assert json.loads(dead[service].replace(".invalid:", ":")) == json.loads(alive[service])
    assert dead[service].count(".invalid:") == alive[service].count("127.0.0.1:") + alive[service].count("localhost:")


def test_a_download_domain_that_is_dead(emulator: Emulator, url: str) -> None:
    domain = emulator.domain(PUBLIC).removeprefix("http://")
    host, _, port = domain.partition(":")
    dead = f"{host}.invalid:{port}"
    emulator.faults([{"dead_domain": True}])
    assert emulator.manage("POST", f"/v2/domains?tbl={PUBLIC}") == [dead]
    assert [entry["domain"] for entry in emulator.manage("GET", f"/v3/domains?tbl={PUBLIC}")] == [dead]
    emulator.faults([{"dead_domain": "up"}])
    assert emulator.manage("POST", f"/v2/domains?tbl={PUBLIC}") == [domain]
    assert fetch(url).body == DATA, "who knows the address reaches it"


@pytest.mark.parametrize(
    ("host", "dead"),
    [
        ("127.0.0.1:80", "127.0.0.1.invalid:80"),
        ("dl.example.com", "dl.example.com.invalid"),
        ("[::1]:80", "--1.invalid:80"),
    ],
)
def test_dead_names_tell_what_they_were(host: str, dead: str) -> None:
    assert bury([host, {"domain": host, "tbl": "b"}], "io") == [dead, {"domain": dead, "tbl": "b"}]
    assert bury({"up": {"acc": {"main": [host]}}, "ttl": 1}, "up") == {"up": {"acc": {"main": [dead]}}, "ttl": 1}


def test_refusals_name_no_hosts(emulator: Emulator) -> None:
    emulator.faults([{"dead_domain": "up"}])
    answer = fetch(f"{emulator.uc}/v4/query?ak={emulator.access_key}&bucket=nobody")
    assert (answer.status, answer.error()) == (631, "no such bucket")
