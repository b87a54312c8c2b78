"""What holds for all tests: no wall-clock limits, and nothing of the person's own settings gets in or out."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.sdk_settings import sdk_settings_kept

settings.register_profile("kodokeep", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kodokeep")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="run tests/contract against the cloud of the environment")


@pytest.fixture(autouse=True)
def _nobody_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No config, keys or records of whoever runs the tests are seen or written."""
    home = tmp_path_factory.getbasetemp() / "home"
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    for name in ("KODOKEEP_CONFIG", "QINIU_ACCESS_KEY", "QINIU_SECRET_KEY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _sdk_settings_end_with_the_test() -> Iterator[None]:
    with sdk_settings_kept():
        yield
