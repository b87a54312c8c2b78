"""Settings of a bucket that are one value each: what can be set is shown, what cannot is refused (protocol §1.5)."""

from typing import Any

import pytest

from tests.emulator.asking import b64, info, refused, send_json
from tests.emulator_process import Emulator, EmulatorError

DEFAULTS = {
    "source": "",
    "host": "",
    "expires": 0,
    "protected": 0,
    "private": 0,
    "no_index_page": 1,
    "max_age": 31_536_000,
    "separator": "-",
    "styles": {},
    "anti_leech_mode": 0,
    "token_anti_leech_mode": 0,
    "refer_wl": None,
    "refer_bl": None,
    "source_enabled": False,
    "allow_empty_referer": True,
    "mac_key": "",
    "mac_key2": "",
    "zone": "z0",
    "region": "z0",
    "remark": "",
}


def changes(emulator: Emulator, bucket: str) -> dict[str, Any]:
    """What differs from a bucket of which nothing was set."""
    described = info(emulator, bucket)
    return {name: described[name] for name, value in DEFAULTS.items() if described[name] != value}


def test_defaults(emulator: Emulator, bucket: str) -> None:
    assert changes(emulator, bucket) == {}
    assert info(emulator, bucket)["ctime"].endswith("Z")
    assert emulator.manage("POST", f"/getbucketquota/{bucket}") == {"size": -1, "count": -1}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/maxAge?bucket={}&maxAge=77", {"max_age": 77}),
        ("/maxAge?bucket={}&maxAge=0", {"max_age": 0}),
        ("/maxAge?bucket={}&maxAge=-2147483648", {"max_age": -2147483648}),
        ("/maxAge?bucket={}&maxAge=2147483647", {"max_age": 2147483647}),
        ("/noIndexPage?bucket={}&noIndexPage=0", {"no_index_page": 0}),
        ("/accessMode/{}/mode/1", {"protected": 1}),
        (
            "/referAntiLeech?bucket={}&mode=1&norefer=0&pattern=a.example%3B*.b.example%3B&source_enabled=1",
            {
                "anti_leech_mode": 1,
                "refer_wl": ["a.example", "*.b.example"],
                "allow_empty_referer": False,
                "source_enabled": True,
            },
        ),
        ("/referAntiLeech?bucket={}&mode=2&norefer=1&pattern=*", {"anti_leech_mode": 2, "refer_bl": ["*"]}),
        (f"/image/{{}}/from/{b64('http://a.example')}", {"source": "http://a.example"}),
        (
            f"/image/{{}}/from/{b64('http://a.example/;https://b.example:8080/d')}/host/{b64('h.example')}",
            {"source": "http://a.example/;https://b.example:8080/d", "host": "h.example"},
        ),
        (
            f"/image/{{}}/from/{b64('http://127.0.0.1:80')}/host/h.example",
            {"source": "http://127.0.0.1:80", "host": "h.example"},
        ),
    ],
)
def test_what_is_set_is_shown_and_nothing_else_changes(
    emulator: Emulator, bucket: str, target: str, expected: dict[str, Any]
) -> None:
    assert emulator.manage("POST", target.format(bucket)) is None
    assert changes(emulator, bucket) == expected


@pytest.mark.parametrize(
    ("on", "off"),
    [
        ("/noIndexPage?bucket={}&noIndexPage=0", "/noIndexPage?bucket={}&noIndexPage=1"),
        ("/accessMode/{}/mode/1", "/accessMode/{}/mode/0"),
        (f"/image/{{}}/from/{b64('http://a.example')}/host/{b64('h')}", "/unimage/{}"),
        ("/maxAge?bucket={}&maxAge=77", "/maxAge?bucket={}&maxAge=31536000"),
        (
            "/referAntiLeech?bucket={}&mode=1&norefer=0&pattern=a.example&source_enabled=1",
            "/referAntiLeech?bucket={}&mode=0&norefer=0&pattern=b.example&source_enabled=1",
        ),
    ],
)
def test_what_was_set_can_be_taken_back(emulator: Emulator, bucket: str, on: str, off: str) -> None:
    emulator.manage("POST", on.format(bucket))
    assert changes(emulator, bucket) != {}
    emulator.manage("POST", off.format(bucket))
    assert changes(emulator, bucket) == {}


def test_what_older_clients_call_the_referer_settings(emulator: Emulator, bucket: str) -> None:
    """As the Java SDK's tests find it: off is off, whatever is asked about the empty referer."""
    for query, empty in (
        ("mode=1&pattern=a.example&norefer=0", False),
        ("mode=2&pattern=a.example&norefer=1", True),
        ("mode=0&pattern=&norefer=1&source_enabled=1", False),
    ):
        emulator.manage("POST", f"/referAntiLeech?bucket={bucket}&{query}")
        described = info(emulator, bucket)
        assert (described["no_refer"], described["token_anti_leech"]) == (empty, 0)


def test_quotas_change_one_at_a_time(emulator: Emulator, bucket: str) -> None:
    for target, expected in (
        ("size/5368709120/count/1000", (5368709120, 1000)),
        ("size/0/count/7", (5368709120, 7)),
        ("count/0/size/100", (100, 7)),
        ("size/-1", (-1, 7)),
        ("", (-1, 7)),
        ("size/-1/count/-1", (-1, -1)),
    ):
        emulator.manage("POST", f"/setbucketquota/{bucket}/{target}".rstrip("/"))
        quota = emulator.manage("GET", f"/getbucketquota/{bucket}")
        assert (quota["size"], quota["count"]) == expected


def test_a_remark(emulator: Emulator, bucket: str) -> None:
    """The Go SDK writes `?remark&`."""
    for remark in ("备" * 100, "", "plain"):
        send_json(emulator, "PUT", f"/buckets/{bucket}?remark&", {"remark": remark})
        assert info(emulator, bucket)["remark"] == remark
    for document in ({"remark": "x" * 101}, {"remark": None}, {"remark": 1}, {}, [], {"remark": "", "more": 1}):
        with pytest.raises(EmulatorError, match="400"):
            send_json(emulator, "PUT", f"/buckets/{bucket}?remark", document)
    with pytest.raises(EmulatorError, match="missing parameter: remark"):
        send_json(emulator, "PUT", f"/buckets/{bucket}", {"remark": ""})
    assert info(emulator, bucket)["remark"] == "plain"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("/maxAge?bucket={}", "missing parameter: maxAge"),
        ("/maxAge?bucket={}&maxAge=soon", "invalid argument: maxAge"),
        ("/maxAge?bucket={}&maxAge=2147483648", "invalid argument: maxAge"),
        ("/maxAge?bucket={}&maxAge=%D9%A1", "invalid argument: maxAge"),
        ("/maxAge?bucket={}&maxAge=1&more=1", "unknown parameter: more"),
        ("/noIndexPage?bucket={}&noIndexPage=2", "invalid argument: noIndexPage"),
        ("/noIndexPage?bucket={}", "missing parameter: noIndexPage"),
        ("/accessMode/{}/mode/2", "invalid argument: mode"),
        ("/accessMode/{}/mode/true", "invalid argument: mode"),
        ("/accessMode/{}/mode", "invalid argument: mode"),
        ("/accessMode/{}", "invalid argument: mode"),
        ("/accessMode/{}/kind/1", "unknown argument: kind"),
        ("/referAntiLeech?bucket={}", "missing parameter: mode"),
        ("/referAntiLeech?bucket={}&mode=3", "invalid argument: mode"),
        ("/referAntiLeech?bucket={}&mode=1", "invalid argument: pattern"),
        ("/referAntiLeech?bucket={}&mode=1&pattern=%3B", "invalid argument: pattern"),
        ("/referAntiLeech?bucket={}&mode=1&pattern=http%3A%2F%2Fa.example", "invalid argument: pattern"),
        ("/referAntiLeech?bucket={}&mode=1&pattern=a.*.example", "invalid argument: pattern"),
        ("/referAntiLeech?bucket={}&mode=1&pattern=a%20b", "invalid argument: pattern"),
        ("/referAntiLeech?bucket={}&mode=1&pattern=a&norefer=2", "invalid argument: norefer"),
        ("/referAntiLeech?bucket={}&mode=1&pattern=a&source_enabled=yes", "invalid argument: source_enabled"),
        ("/image/{}", "invalid argument: from"),
        ("/image/{}/from", "invalid argument: from"),
        ("/image/{}/from/!", "invalid argument: from"),
        (f"/image/{{}}/from/{b64('ftp://a.example')}", "invalid argument: from"),
        (f"/image/{{}}/from/{b64('a.example')}", "invalid argument: from"),
        (f"/image/{{}}/from/{b64('http://')}", "invalid argument: from"),
        (f"/image/{{}}/from/{b64('http://a.example:99999')}", "invalid argument: from"),
        (f"/image/{{}}/from/{b64('http://a.example?q')}", "invalid argument: from"),
        (f"/image/{{}}/from/{b64('http://a.example;')}", "invalid argument: from"),
        (f"/image/{{}}/from/{b64('http://a.example')}/host/{b64('a b')}", "invalid argument: host"),
        (f"/image/{{}}/from/{b64('http://a.example')}/host/a%0D%0Ab", "invalid argument: host"),
        (f"/image/{{}}/from/{b64('http://a.example')}/expires/1", "unknown argument: expires"),
        ("/unimage/{}/x", "unknown argument: x"),
        ("/setbucketquota/{}/size/-2/count/-2", "invalid argument: size"),
        ("/setbucketquota/{}/size/1/count/-2", "invalid argument: count"),
        ("/setbucketquota/{}/size/9223372036854775808", "invalid argument: size"),
        ("/setbucketquota/{}/size/1.5", "invalid argument: size"),
        ("/setbucketquota/{}/weight/1", "unknown argument: weight"),
        ("/getbucketquota/{}/size", "unknown argument: size"),
    ],
)
def test_what_cannot_be_set(emulator: Emulator, bucket: str, target: str, text: str) -> None:
    assert refused(emulator, "POST", target.format(bucket)) == (400, text)
    assert changes(emulator, bucket) == {}


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/maxAge?bucket=nowhere&maxAge=1"),
        ("POST", "/noIndexPage?bucket=nowhere&noIndexPage=1"),
        ("POST", "/accessMode/nowhere/mode/1"),
        ("POST", "/referAntiLeech?bucket=nowhere&mode=0"),
        ("POST", f"/image/nowhere/from/{b64('http://a.example')}"),
        ("POST", "/unimage/nowhere"),
        ("POST", "/setbucketquota/nowhere/size/1"),
        ("GET", "/getbucketquota/nowhere"),
        ("PUT", "/buckets/nowhere?remark"),
        ("PUT", "/bucketTagging?bucket=nowhere"),
        ("GET", "/bucketTagging?bucket=nowhere"),
        ("POST", "/corsRules/set/nowhere"),
        ("GET", "/corsRules/get/nowhere"),
        *(
            ("POST", f"/{kind}/{call}?bucket=nowhere&name=a")
            for kind in ("rules", "events")
            for call in ("add", "delete")
        ),
        ("GET", "/rules/get?bucket=nowhere"),
        ("GET", "/events/get?bucket=nowhere"),
    ],
)
def test_a_bucket_that_does_not_exist_has_no_settings(emulator: Emulator, method: str, target: str) -> None:
    assert refused(emulator, method, target) == (631, "no such bucket")
