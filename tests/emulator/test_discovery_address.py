"""`serve --host` and `--advertise`: where it listens, and what clients are told."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kodo_emulator.cli import main
from tests.emulator.asking import domain
from tests.emulator.conftest import PUBLIC
from tests.emulator.wire import address, fetch
from tests.emulator_process import Emulator


def serve(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["serve", *(str(argument) for argument in arguments)])


def told(emulator: Emulator) -> set[str]:
    """Every host that discovery, domains and the ready file name, without ports."""
    region = fetch(f"{emulator.uc}/v4/query?ak={emulator.access_key}&bucket={PUBLIC}").json()["hosts"][0]
    bare = [host for service in ("up", "rs", "rsf", "io", "io_src", "api", "uc") for host in region[service]["domains"]]
    urls = [emulator.uc, emulator.domain(PUBLIC), emulator.io_src(PUBLIC), domain(emulator, PUBLIC)]
    return {host.rpartition(":")[0] for host in [*bare, *(url.removeprefix("http://") for url in urls)]}


def test_another_address() -> None:
    with Emulator(PUBLIC, options=["--no-sync", "--host", "127.0.0.2"]) as emulator:
        assert told(emulator) == {"127.0.0.2"}
        emulator.put(PUBLIC, "k", b"hello")
        assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"hello"
        for url in (emulator.uc, emulator.domain(PUBLIC)):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.7", address(url)[1]))
        emulator.manage("POST", "/mkbucketv3/later")
        assert fetch(f"{domain(emulator, 'later')}/k").status == 404
        assert domain(emulator, "later").startswith("http://127.0.0.2:")


def test_all_addresses_are_told_as_loopback() -> None:
    with Emulator(PUBLIC, options=["--no-sync", "--host", "0.0.0.0"]) as emulator:
        assert told(emulator) == {"127.0.0.1"}
        assert fetch(f"http://127.0.0.3:{address(emulator.uc)[1]}/nowhere").status == 404


def test_a_name_for_clients() -> None:
    with Emulator(PUBLIC, options=["--no-sync", "--host", "127.0.0.1", "--advertise", "localhost"]) as emulator:
        assert told(emulator) == {"localhost"}
        emulator.put(PUBLIC, "k", b"hello")
        assert fetch(emulator.url(PUBLIC, "k", origin=True)).body == b"hello"


def test_addresses_of_version_6_stand_in_brackets() -> None:
    with Emulator(PUBLIC, options=["--no-sync", "--advertise", "fd00::1"]) as emulator:
        region = emulator.facts["buckets"][PUBLIC]
        assert emulator.uc.startswith("http://[fd00::1]:")
        assert region["domain"].startswith("http://[fd00::1]:")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:"),
        (["--host", "192.0.2.1"], ": Cannot assign requested address\n"),
        (["--host", "localhost"], "'localhost' is not an IP address"),
        (["--host", "127.0.0.1:80"], "'127.0.0.1:80' is not an IP address"),
        (["--advertise", "http://files.example"], "is not a host name or address without a port"),
        (["--advertise", "files.example:80"], "is not a host name or address without a port"),
        (["--advertise", "files.example/x"], "is not a host name or address without a port"),
        (["--advertise", "fe80::1%eth0"], "is not a host name or address without a port"),
        (["--advertise", ""], "is not a host name or address without a port"),
    ],
)
def test_addresses_that_cannot_be(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = serve("--data", tmp_path, *arguments)
    assert (result.exit_code, message in result.output) == (2, True), result.output


def test_a_port_that_is_taken_is_named_with_its_address(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
        result = serve("--data", tmp_path, "--host", "127.0.0.2", "--port", port)
    assert (result.exit_code, f"cannot listen on 127.0.0.2:{port}" in result.output) == (2, True), result.output
