from pathlib import Path

import pytest

from tests.unit.schedule.fake_tools import FakeTools


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTools:
    """The only programs there are; none yet."""
    fake = FakeTools(tmp_path)
    monkeypatch.setenv("PATH", str(fake.directory))
    return fake
