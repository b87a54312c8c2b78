"""The official Python SDK, unmodified and told one thing, its documented endpoint setting (protocol §1.6)."""

import itertools
from pathlib import Path

import pytest
import qiniu
from qiniu.http import regions_provider

from tests.emulator.conftest import PRIVATE, PUBLIC, _running, emulator, sdk
from tests.emulator_process import Emulator

__all__ = ["PRIVATE", "PUBLIC", "_running", "emulator", "sdk"]

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The SDK asks for the time of day as Python 3.12 deprecates."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings(r"ignore:datetime\.:DeprecationWarning"))


@pytest.fixture(autouse=True)
def _no_regions_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test discovers for itself, and remembers it where no other test looks."""
    scope = regions_provider._global_cache_scope
    fresh = scope._replace(memo_cache={}, persist_path=str(tmp_path / "regions" / "cache.jsonl"))
    monkeypatch.setattr(regions_provider, "_global_cache_scope", fresh)


@pytest.fixture
def manager(sdk: qiniu.Auth) -> qiniu.BucketManager:
    return qiniu.BucketManager(sdk)


@pytest.fixture
def forger(sdk: qiniu.Auth, emulator: Emulator) -> qiniu.BucketManager:
    """Somebody who knows the access key, and not the secret."""
    return qiniu.BucketManager(qiniu.Auth(emulator.access_key, "not-the-secret"))


@pytest.fixture
def bucket(manager: qiniu.BucketManager) -> str:
    """A bucket of the test's own, made by the SDK."""
    name = f"made-{next(_numbers)}"
    _, info = manager.mkbucketv3(name, "z0")
    assert info.status_code == 200, info
    return name
