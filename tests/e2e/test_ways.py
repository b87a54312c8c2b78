"""Ways to the bucket: https with a certificate authority of one's own, and a proxy."""

import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from tests.e2e.kit import World
from tests.e2e.relay import relay

CONTENTS = {"a/b c.txt": b"one", "\u4e2d/\u6587": b"two", "../up": b"three"}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def domain_port(world: World) -> int:
    port = urlsplit(world.emulator.domain(world.bucket)).port
    assert port is not None
    return port


def test_objects_come_over_https_from_a_host_that_the_ca_file_vouches_for(
    world: World, authority: trustme.CA, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    world.put_many(CONTENTS)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with relay(domain_port(world), tls) as https:
        world.configure(domain=f"https://localhost:{https.port}", ca_file=tmp_path / "ca.pem")
        result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 3})
    assert world.tree() == CONTENTS
    assert https.openings
    assert {line["host"] for line in result.downloads()} == {"io"}


def test_a_certificate_that_nobody_vouches_for_is_never_trusted(
    world: World, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    """The objects come from the origin instead: not one byte is taken from the stranger."""
    world.put_many(CONTENTS)
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    with relay(domain_port(world), tls) as https:
        world.configure(domain=f"https://localhost:{https.port}", ca_file=tmp_path / "other.pem")
        result = world.run()
    assert https.openings == []
    assert {line["host"] for line in result.downloads()} <= {"io_src"}
    assert (result.exit, world.tree()) in [(0, CONTENTS), (6, {})]


def test_everything_goes_through_the_proxy(world: World) -> None:
    """The relay stands in for a proxy: it shows that requests reach it whole, with the host they are meant for."""
    world.put_many(CONTENTS)
    uc_port = urlsplit(world.emulator.uc).port
    assert uc_port is not None
    with relay(uc_port) as proxy:
        world.configure(proxy=f"http://127.0.0.1:{proxy.port}")
        world.tell("plan", "--json")
    assert proxy.openings
    assert all(f"http://127.0.0.1:{uc_port}/".encode() in opening for opening in proxy.openings)


def test_a_domain_that_does_not_answer_gives_way_to_the_origin_and_is_told(world: World) -> None:
    contents = {f"k{number}": b"x" * number for number in range(40)}
    world.put_many(contents)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, never listening: every connection is refused
        world.configure(domain=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 40})
    assert world.tree() == contents
    assert result.notices == {"no-domain"}
    assert [event["notice"] for event in result.events if event["event"] == "notice"] == ["no-domain"], "told once"
