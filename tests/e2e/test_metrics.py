"""What Prometheus gets: after runs, beside one, of pairs that never ran; as text, in a file, over a socket."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kodokeep.config import load
from kodokeep.errors import ConfigError
from kodokeep.model.status import PairStatus
from kodokeep.reporting.metrics import serve_metrics, write_metrics
from kodokeep.status import pair_status
from tests.e2e.kit import World
from tests.e2e.process import Program

Samples = dict[tuple[str, str], float]
FOREVER_S = 3000


def samples(text: str) -> Samples:
    """Values by metric and pair; the name of a metric has its outcome, too."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        for sample in family.samples:
            assert set(sample.labels) <= {"pair", "bucket", "mode", "outcome"}
            name = "/".join(filter(None, (sample.name.removeprefix("kodokeep_"), sample.labels.get("outcome"))))
            found[name, sample.labels["pair"]] = sample.value
    return found


@pytest.fixture
def collect(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Sequence[PairStatus]]:
    """Looks at all pairs of the world's config."""
    monkeypatch.setenv("XDG_STATE_HOME", str(world.state_home))
    return lambda: [pair_status(pair) for pair in load(str(world.config), {}).pairs]


@pytest.fixture
def two_pairs(world: World) -> World:
    """One that ran, with one object that failed, and one that never did."""
    world.put_many({"a": b"content", "secret-name": b"never comes"})
    world.emulator.faults([{"host": host, "path": "secret", "status": 404} for host in ("io", "io_src")])
    assert world.run().exit == 3
    never = f"[bucket:videos]\nfolder = {world.root}/videos\nschedule = daily 03:00\nmode = publish\n"
    world.config.write_text(f"{world.config.read_text()}\n{never}")
    return world


def test_every_pair_is_there_with_what_is_known_of_it(two_pairs: World) -> None:
    told = two_pairs.tell("metrics")
    assert told.exit == 0
    found = samples(told.stdout)
    assert found["broken", "photos"] == 1
    assert found["last_attempt_exit_code", "photos"] == 3
    assert found["last_run_objects/downloaded", "photos"] == 1
    assert found["last_run_objects/failed", "photos"] == 1
    assert found["last_run_objects/held", "photos"] == 0
    assert found["last_run_bytes/downloaded", "photos"] == 7
    assert found["last_run_listed_objects", "photos"] == 2
    assert (found["synced_objects", "photos"], found["synced_bytes", "photos"]) == (1, 7)
    assert found["last_success_timestamp_seconds", "photos"] == 0
    assert (found["stale", "videos"], found["broken", "videos"]) == (1, 0)
    assert found["last_success_timestamp_seconds", "videos"] == 0
    assert found["next_due_timestamp_seconds", "videos"] > 0
    assert ("last_run_duration_seconds", "videos") not in found
    assert 'mode="publish"' in told.stdout


def test_nothing_secret_and_no_key_gets_out(two_pairs: World) -> None:
    text = two_pairs.tell("metrics").stdout
    for secret in (two_pairs.emulator.access_key, two_pairs.emulator.secret_key, "secret-name", str(two_pairs.root)):
        assert secret not in text


def test_a_success_has_its_time_and_age(world: World) -> None:
    world.run()
    found = samples(world.tell("metrics").stdout)
    (status,) = world.tell("status", "--json").events
    assert (found["broken", "photos"], found["last_attempt_exit_code", "photos"]) == (0, 0)
    assert found["last_success_timestamp_seconds", "photos"] > found["last_run_timestamp_seconds", "photos"] > 0
    assert 0 <= found["last_success_age_seconds", "photos"] <= status["last_success_age_seconds"] + 1
    assert found["last_run_duration_seconds", "photos"] == status["last_run"]["seconds"]
    assert found["state_bytes", "photos"] == status["state_bytes"] > 0


def test_a_scrape_beside_a_run_finds_the_run_before_it(
    world: World, collect: Callable[[], Sequence[PairStatus]]
) -> None:
    world.put("a", b"content")
    world.run()
    world.put("slow", b"slow")
    world.emulator.faults([{"host": "io", "path": "^slow$", "delay_s": FOREVER_S}])
    with serve_metrics("127.0.0.1:0", collect) as server, Program(world) as run:
        run.wait_for("planned")
        with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=60) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            found = samples(answer.read().decode())
    assert (found["at_work", "photos"], found["broken", "photos"]) == (1, 0)
    assert found["last_run_objects/downloaded", "photos"] == 1


def test_many_scrapes_at_once_hold_up_no_run(world: World, collect: Callable[[], Sequence[PairStatus]]) -> None:
    world.put_many({f"{number}": b"content" for number in range(20)})
    texts = []
    over = threading.Event()
    with serve_metrics("[::1]:0", collect) as server:

        def scrape() -> None:
            while not over.is_set():
                with urlopen(f"http://[::1]:{server.port}/metrics", timeout=60) as answer:
                    texts.append(answer.read().decode())

        scrapers = [threading.Thread(target=scrape) for _ in range(3)]
        for each in scrapers:
            each.start()
        exits = [world.run().exit for _ in range(3)]
        over.set()
        for each in scrapers:
            each.join()
    assert exits == [0, 0, 0]
    assert samples(texts[-1])["synced_objects", "photos"] == 20


def test_an_address_that_is_taken_is_a_clear_error(collect: Callable[[], Sequence[PairStatus]]) -> None:
    with (
        serve_metrics("127.0.0.1:0", collect) as server,
        pytest.raises(ConfigError, match=r"\[metrics\] listen = 127.0.0.1:\d+: cannot listen there: Address already"),
    ):
        serve_metrics(f"127.0.0.1:{server.port}", collect)


class TestFile:
    """The file for node exporter's textfile collector."""

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        directory = tmp_path / "collector"
        directory.mkdir()
        return directory / "kodokeep.prom"

    def test_it_is_replaced_as_a_whole_and_others_can_read_it(
        self, world: World, collect: Callable[[], Sequence[PairStatus]], file: Path
    ) -> None:
        write_metrics(file, str(world.config), collect)
        assert samples(file.read_text())["last_success_timestamp_seconds", "photos"] == 0
        with file.open() as reading:
            before = reading.readline()
            world.run()
            write_metrics(file, str(world.config), collect)
            assert "last_run" not in before + reading.read(), "who reads it has the old one to the end"
        assert samples(file.read_text())["last_success_timestamp_seconds", "photos"] > 0
        assert file.stat().st_mode & 0o777 == 0o644
        assert [path.name for path in file.parent.glob("*.prom")] == [file.name]

    def test_another_configs_file_is_left_alone(
        self, world: World, collect: Callable[[], Sequence[PairStatus]], file: Path
    ) -> None:
        write_metrics(file, str(world.config), collect)
        before = file.read_text()
        other = world.root / "other.ini"
        with pytest.raises(ConfigError, match=f"is the file of the config {world.config}, too") as refused:
            write_metrics(file, str(other), collect)
        assert "a file of its own" in refused.value.hint
        assert file.read_text() == before
        world.config.rename(other)
        write_metrics(file, str(other), list)

    def test_a_file_of_somebody_else_is_left_alone(self, file: Path) -> None:
        file.write_text("my notes\n")
        with pytest.raises(ConfigError, match="was not written by kodokeep"):
            write_metrics(file, "config.ini", list)
        assert file.read_text() == "my notes\n"

    def test_a_file_that_cannot_be_written_says_why_and_leaves_nothing(self, file: Path) -> None:
        with pytest.raises(ConfigError, match=r"nowhere/x.prom: cannot be written: No such file or directory"):
            write_metrics(file.parent / "nowhere" / "x.prom", "config.ini", list)
        file.mkdir()
        with pytest.raises(ConfigError, match="cannot be written: Is a directory"):
            write_metrics(file, "config.ini", list)
        assert sorted(path.name for path in file.parent.iterdir()) == [f".{file.name}.lock", file.name]
