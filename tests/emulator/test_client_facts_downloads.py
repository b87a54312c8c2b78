"""How the Go SDK, qshell and the Java SDK probe and download, and what they read from the headers."""

import re
import time
from urllib.parse import quote

import pytest

from tests.emulator.clients import GoSdk, JavaSdk, exchange, qshell
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import Answer
from tests.emulator_process import Emulator

_KEY = "dir/a b+c%?é.txt"


def signed(emulator: Emulator, base: str, path: str) -> str:
    """A private URL over the path as it is spelled, which is what every client signs (protocol §2.5)."""
    url = f"{base}/{path}?e={int(time.time()) + 180}"
    return f"{url}&token={emulator.sign(url.encode())}"


def go_path(key: str) -> str:
    """Go SDK, storagev2/downloader: a slash stays."""
    return quote(key, safe="/$&+:=@")


def qshell_path(key: str) -> str:
    """qshell, download/url.go: a slash is escaped too."""
    return quote(key, safe="$&+:=@")


def java(url: str, *headers: tuple[str, str]) -> Answer:
    """Whatever HTTP client a Java program has: it gets a URL."""
    host = url.removeprefix("http://").partition("/")[0]
    return exchange(url, "GET", [("Host", host), ("User-Agent", "okhttp/4"), *headers])


def test_go_asks_first_and_then_gets_ranges_with_one_etag(emulator: Emulator) -> None:
    """Go SDK, downloader/downloaders.go, recorded: HEAD, then ranges; each has to carry the ETag of the HEAD."""
    content = bytes(range(256)) * 4096
    emulator.put(PRIVATE, _KEY, content)
    url = signed(emulator, emulator.io_src(PRIVATE), go_path(_KEY))
    client = GoSdk(emulator)
    head = client.download("HEAD", url)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["accept-ranges"] == "bytes"
    assert head.headers["content-length"] == str(len(content))
    assert head.headers["x-reqid"]
    etag = head.headers["etag"]
    assert re.fullmatch(r'"[\w-]{28}"', etag)
    half = len(content) // 2
    ranges = [(0, half - 1), (half, len(content) - 1)]
    parts = [client.download("GET", url, ("Range", f"bytes={first}-{last}")) for first, last in ranges]
    for part, (first, last) in zip(parts, ranges, strict=True):
        assert part.status == 206
        assert part.headers["etag"] == etag
        assert part.headers["content-range"] == f"bytes {first}-{last}/{len(content)}"
        assert "content-encoding" not in part.headers
    assert b"".join(part.body for part in parts) == content


def test_go_reads_last_modified_and_metadata(emulator: Emulator) -> None:
    """Go SDK, storage/bucket_get.go: Last-Modified in the one form that RFC1123 names, X-Qn-Meta-* (protocol §6.2)."""
    emulator.put(PUBLIC, "k", b"x", metadata={"colour": "red"})
    head = GoSdk(emulator).download("HEAD", signed(emulator, emulator.io_src(PUBLIC), "k"))
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", head.headers["last-modified"])
    assert head.headers["x-qn-meta-colour"] == "red"


def test_go_of_an_object_that_is_not_there(emulator: Emulator) -> None:
    """Go SDK: a HEAD has no body to explain itself; the status is all there is, and X-Reqid or it tries again."""
    url = signed(emulator, emulator.io_src(PUBLIC), "missing")
    for method in ("HEAD", "GET"):
        answer = GoSdk(emulator).download(method, url)
        assert answer.status == 404
        assert answer.headers["x-reqid"]


@pytest.mark.parametrize("origin", [False, True])
def test_qshell_probes_the_first_byte(emulator: Emulator, origin: bool) -> None:
    """qshell, common/utils/file.go: `Range: bytes=0-0` tells size and hash; the slash of a key is `%2F`."""
    emulator.put(PRIVATE, _KEY, b"hello")
    base = emulator.io_src(PRIVATE) if origin else emulator.domain(PRIVATE)
    url = signed(emulator, base, qshell_path(_KEY))
    assert "%2F" in url
    probe = qshell(emulator).download("GET", url, ("Range", "bytes=0-0"))
    assert (probe.status, probe.body) == (206, b"h")
    assert probe.headers["content-range"] == "bytes 0-0/5"
    assert probe.headers["etag"] == '"Fqr0xh3cxeii2r7eDztILNmuqUNN"'
    assert qshell(emulator).download("GET", url).body == b"hello"
    rest = qshell(emulator).download("GET", url, ("Range", "bytes=2-"))  # It continues a file that is there in part.
    assert (rest.status, rest.body) == (206, b"llo")


def test_qshell_probes_an_empty_object(emulator: Emulator) -> None:
    """qshell, common/utils/file.go: 416 with the ETag; without it every empty file fails (protocol §6.3)."""
    emulator.put(PUBLIC, "empty", b"")
    for base in (emulator.domain(PUBLIC), emulator.io_src(PUBLIC)):
        url = signed(emulator, base, "empty")
        probe = qshell(emulator).download("GET", url, ("Range", "bytes=0-0"))
        assert probe.status == 416
        assert probe.headers["etag"] == '"Fto5o-5ea0sNMlW_75VgGJCv2AcJ"'
        assert probe.headers["content-range"] == "bytes */0"
        assert qshell(emulator).download("GET", url).body == b""
        head = qshell(emulator).download("HEAD", url)  # Earlier versions probe so.
        assert head.headers["content-length"] == "0"


def test_qshell_of_a_bucket_that_is_public(emulator: Emulator) -> None:
    """qshell, download/url.go: a public bucket's domain is asked without a token; the origin host always with one."""
    emulator.put(PUBLIC, "k", b"hello")
    assert qshell(emulator).download("GET", f"{emulator.domain(PUBLIC)}/k").body == b"hello"
    assert qshell(emulator).download("GET", f"{emulator.io_src(PUBLIC)}/k").status == 401
    assert qshell(emulator).download("GET", f"{emulator.domain(PRIVATE)}/k").status == 401


def test_a_content_type_on_a_get_means_nothing(emulator: Emulator) -> None:
    """Go SDK and others send a form's content type on a GET; a download must not read it as a form."""
    emulator.put(PUBLIC, "k", b"hello")
    header = ("Content-Type", "application/x-www-form-urlencoded")
    assert GoSdk(emulator).download("GET", f"{emulator.domain(PUBLIC)}/k", header).body == b"hello"


def test_java_private_urls(emulator: Emulator) -> None:
    """Java SDK, util/Auth.java `privateDownloadUrl`: `e` after what is there, `token` last (protocol §2.5)."""
    emulator.put(PRIVATE, "dir/a b", b"hello")
    plain = f"{emulator.domain(PRIVATE)}/dir/a%20b"
    for base in (plain, f"{plain}?attname=c%20d"):
        url = f"{base}{'&' if '?' in base else '?'}e={int(time.time()) + 3600}"
        answer = java(f"{url}&token={emulator.sign(url.encode())}")
        assert (answer.status, answer.body) == (200, b"hello")


def test_go_traffic_limits(emulator: Emulator) -> None:
    """Go SDK, storage/bucket_get.go `TrafficLimit`: a parameter of its own, before the signature; bounded."""
    emulator.put(PRIVATE, "k", b"hello")
    for limit, status in ((819_200, 200), (838_860_800, 200), (819_199, 400)):
        url = f"{emulator.domain(PRIVATE)}/k?X-Qiniu-Traffic-Limit={limit}&e={int(time.time()) + 180}"
        assert GoSdk(emulator).download("GET", f"{url}&token={emulator.sign(url.encode())}").status == status


def test_private_cloud_downloads(emulator: Emulator) -> None:
    """qshell `get --get-file-api` and Java SDK, DownloadPrivateCloudUrl.java: `/getfile` on the io host (§6.1)."""
    emulator.put(PUBLIC, "dir/a b", b"hello")
    for path in ("dir%2Fa%20b", "dir/a%20b"):
        url = f"{emulator.uc}/getfile/{emulator.access_key}/{PUBLIC}/{path}"
        for answer in (qshell(emulator).download("GET", url), java(url)):
            assert (answer.status, answer.body) == (200, b"hello")
    emulator.put(PRIVATE, "k", b"hello")
    url = signed(emulator, f"{emulator.uc}/getfile/{emulator.access_key}/{PRIVATE}", "k")
    assert qshell(emulator).download("GET", url).body == b"hello"
    assert JavaSdk(emulator).ask(f"/getfile/{emulator.access_key}/{PRIVATE}/k").status == 401
