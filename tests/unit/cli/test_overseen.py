import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kodokeep import pair
from kodokeep.model.options import PairOptions
from tests.receivers import Web, web
from tests.unit.cli.conftest import TWO_PAIRS, Kodokeep, with_config
from tests.unit.cli.fake_engine import FakeEngine

LOADED = """
import sys
from kodokeep.cli import main
from kodokeep.cli.session import Session
code = main(["--config", sys.argv[1], "run"], Session(env={}))
print(code, sorted({"apprise", "requests", "urllib3", "prometheus_client"} & set(sys.modules)))
"""


@pytest.fixture
def receiver() -> Iterator[Web]:
    with web() as running:
        yield running


def config(receiver: Web) -> str:
    return f"[notify:phone]\nurl = {receiver.channel()}\n{TWO_PAIRS}"


def test_a_bug_in_one_pair_is_told_and_the_other_has_its_run(kodokeep: Kodokeep, receiver: Web, tmp_path: Path) -> None:
    engine = FakeEngine(errors={"photos": ValueError("secret")})
    ended = kodokeep("run", engine=engine, config=config(receiver))
    assert ended.code == 1
    ((title, text),) = receiver.messages
    assert title.startswith("kodokeep: photos: failed")
    assert "this is a bug: ValueError; please report it with" in text
    assert "secret" not in text
    assert text.endswith(f"Next: {with_config(tmp_path)} run photos")
    assert "videos: 3 listed" in ended.out


def test_a_bug_before_any_run_is_told(kodokeep: Kodokeep, receiver: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_pairs: Sequence[PairOptions]) -> None:
        raise ValueError("secret")

    monkeypatch.setattr(pair, "check_pairs", fail)
    ended = kodokeep("run", config=config(receiver))
    assert ended.code == 1
    ((title, text),) = receiver.messages
    assert title.startswith("kodokeep: cannot start, no pair is run")
    assert "this is a bug: ValueError\n" in text


def test_a_mistyped_command_line_is_told_to_nobody_else(kodokeep: Kodokeep, receiver: Web) -> None:
    assert kodokeep("run", "--nonsense", config=config(receiver)).code == 2
    assert receiver.requests == []


def test_without_a_config_there_is_nobody_to_tell(kodokeep: Kodokeep, receiver: Web, tmp_path: Path) -> None:
    ended = kodokeep("run", "--config", str(tmp_path / "no-such.ini"), config=config(receiver))
    assert ended.code == 2
    assert ended.err.count("no such file") == 1
    assert receiver.requests == []


def test_what_is_needed_to_tell_somebody_is_loaded_only_for_that(tmp_path: Path) -> None:
    file = tmp_path / "config.ini"
    file.write_text(f"[notify:phone]\nurl = json://127.0.0.1:1\non = success\n[bucket:photos]\nfolder = {tmp_path}/f\n")
    ran = subprocess.run([sys.executable, "-c", LOADED, str(file)], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "2 []"
