"""One emulator for each worker; every test finds it empty and as it was started."""

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import qiniu
import qiniu.config
from qiniu.http.default_client import qn_http_client

from tests.emulator_process import Emulator

PUBLIC = "pub"
PRIVATE = "priv"


@pytest.fixture(scope="session")
def _running() -> Iterator[Emulator]:
    with Emulator(PUBLIC, f"{PRIVATE}:private") as emulator:
        yield emulator


@pytest.fixture
def emulator(_running: Emulator) -> Iterator[Emulator]:
    yield _running
    _running.disconnect()  # A fault may have cut the connection.
    _running.reset()


@pytest.fixture
def bucket(emulator: Emulator) -> Iterator[str]:
    """A bucket that was made while the server ran, and goes with the test: what is set of it disturbs nobody."""
    name = f"made-{secrets.token_hex(6)}"
    emulator.manage("POST", f"/mkbucketv3/{name}")
    yield name
    if name in emulator.manage("GET", "/buckets"):
        emulator.manage("POST", f"/drop/{name}")


@pytest.fixture
def sdk(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[qiniu.Auth]:
    """The official SDK, pointed at the emulator by the one documented setting."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # The SDK caches regions there.
    monkeypatch.chdir(tmp_path)
    for settings in (qiniu.config._config, qiniu.config._is_customized_default):
        for name, value in settings.items():
            monkeypatch.setitem(settings, name, value)  # Put back what set_default changes.
    qiniu.config.set_default(default_uc_host=emulator.uc)
    yield qiniu.Auth(emulator.access_key, emulator.secret_key)
    qn_http_client.session.close()
