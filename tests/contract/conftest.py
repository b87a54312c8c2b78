"""The cloud under test: an emulator of its own, or with --live the real one, confined to a prefix of this run.

`ask` compares what the emulator guesses (docs/emulator-guesses.md) with what the cloud does. Against the emulator a
difference fails; against the real cloud it is what we came for, and the summary prints it.
"""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.cloud import Cloud, discover
from tests.emulator_process import Emulator

PAGE = Path(__file__).parents[2] / "docs" / "emulator-guesses.md"
NEEDED = ("QINIU_ACCESS_KEY", "QINIU_SECRET_KEY", "KODO_LIVE_BUCKET", "KODO_LIVE_DOMAIN")
PUBLIC_UC = "https://uc.qiniuapi.com"

Ask = Callable[[str, object, object], None]


@dataclass(frozen=True, slots=True)
class Settled:
    """A guess that was put to a cloud: what the emulator does, and what this cloud did."""

    name: str
    guessed: object
    observed: object


SETTLED = pytest.StashKey[list[Settled]]()
ENVIRONMENT = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SETTLED] = []
    config.stash[ENVIRONMENT] = {name: os.environ.get(name, "") for name in (*NEEDED, "KODO_LIVE_UC")}
    if is_live(config):
        missing = [name for name in NEEDED if not config.stash[ENVIRONMENT][name]]
        if missing:
            raise pytest.UsageError(f"--live needs a scratch bucket in the environment; not set: {', '.join(missing)}")


def is_live(config: pytest.Config) -> bool:
    return bool(config.getoption("--live", default=False))


@pytest.fixture(scope="session")
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """The cloud, empty below the prefix; what the suite left there is removed at the end."""
    prefix = f"kodokeep-contract/{secrets.token_hex(6)}/"
    if is_live(request.config):
        ours = live_cloud(request.config.stash[ENVIRONMENT], prefix)
        yield ours
        ours.empty()
        return
    with Emulator("contract") as emulator:
        hosts = discover(emulator.uc, emulator.access_key, "contract")
        domain = emulator.domain("contract")
        yield Cloud(emulator.uc, emulator.access_key, emulator.secret_key, "contract", domain, prefix, hosts)


def live_cloud(environment: dict[str, str], prefix: str) -> Cloud:
    """The cloud that the environment names; a domain without a scheme is asked by http."""
    access_key, secret_key, bucket, domain = (environment[name] for name in NEEDED)
    uc = environment["KODO_LIVE_UC"] or PUBLIC_UC
    domain = (domain if "://" in domain else f"http://{domain}").rstrip("/")
    return Cloud(uc, access_key, secret_key, bucket, domain, prefix, discover(uc, access_key, bucket))


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name for this test's objects, which no other test uses."""
    return re.sub(r"\W+", "-", request.node.name) + "/"


@pytest.fixture
def ask(request: pytest.FixtureRequest) -> Ask:
    """Put a guess to the cloud: `ask(name, what the emulator does, what this cloud did)`."""
    live, settled = is_live(request.config), request.config.stash[SETTLED]

    def put(guess: str, guessed: object, observed: object) -> None:
        assert f"\n| {guess} |" in PAGE.read_text(), f"{guess} is not on {PAGE.name}"
        settled.append(Settled(guess, guessed, observed))
        assert live or observed == guessed, f"the emulator does not do what {PAGE.name} says of {guess}"

    return put


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    settled = config.stash[SETTLED]
    if not (is_live(config) and settled):
        return
    terminalreporter.section("guesses that this cloud settled")
    for guess in sorted(settled, key=lambda guess: guess.name):
        if guess.observed == guess.guessed:
            terminalreporter.write_line(f"{guess.name}: as guessed ({guess.observed!r})")
        else:
            terminalreporter.write_line(f"{guess.name}: guessed {guess.guessed!r}, the cloud says {guess.observed!r}")
