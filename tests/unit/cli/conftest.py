"""A command line with a config of two pairs and a fake engine."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kodokeep.cli import main
from kodokeep.cli.session import Session
from tests.unit.cli.fake_engine import FakeEngine

KEYS = {"QINIU_ACCESS_KEY": "ak", "QINIU_SECRET_KEY": "sk"}
TWO_PAIRS = "[bucket:photos]\nfolder = /backup/photos\n[bucket:videos]\nfolder = /backup/videos\n"


@dataclass(frozen=True)
class Ended:
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> list[dict[str, Any]]:
        """stdout as JSON lines; fails if anything else is there."""
        return [json.loads(line) for line in self.out.splitlines()]


Kodokeep = Callable[..., Ended]


def with_config(directory: Path) -> str:
    """How hints should call kodokeep: with the `--config` that was given."""
    return f"kodokeep --config {directory}/config.ini"


@pytest.fixture
def kodokeep(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Kodokeep:
    """Runs a command line in this process, with everything but the engine real."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(
        *argv: str, engine: FakeEngine | None = None, config: str = TWO_PAIRS, keys: Any = None, **more: Any
    ) -> Ended:
        file = tmp_path / "config.ini"
        file.write_text(config, encoding="utf-8")
        fake = engine or FakeEngine()
        session = Session(engine=lambda: fake, look=fake.look, env=KEYS if keys is None else keys, **more)
        code = main(["--config", str(file), *argv], session)
        captured = capfdbinary.readouterr()
        return Ended(code, captured.out.decode(), captured.err.decode())

    return run
