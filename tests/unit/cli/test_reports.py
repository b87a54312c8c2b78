from dataclasses import replace

import pytest

from kodokeep.model.record import RunRecord, RunState
from tests.unit.cli.conftest import Kodokeep
from tests.unit.cli.fake_engine import RUN, FakeEngine, summary, synced

ONE_PAIR = "[bucket:photos]\nfolder = /backup/photos\n"


def test_runs(kodokeep: Kodokeep) -> None:
    oldest = "20261121T030000Z"
    records = [
        RunRecord("20261123T030000Z", "backup", {}, RunState.INTERRUPTED, 2, None),
        RunRecord(RUN, "backup", {}, RunState.FINISHED, 1, summary("photos", 3, failed=2)),
        RunRecord(
            "20261121T030000Z", "backup", {}, RunState.FINISHED, 0, replace(summary("photos"), run="20261121T030000Z")
        ),
    ]
    engine = FakeEngine(records=records)
    assert kodokeep("runs", "-n", "2", engine=engine, config=ONE_PAIR).out.splitlines() == [
        "photos: last runs",
        "  2026-11-22 03:00:00 UTC  finished, but some objects failed: 1 downloaded, 2 failed, 2.0 KiB, 0.5 s",
        "  2026-11-23 03:00:00 UTC  cut off",
    ]
    told = kodokeep("runs", "--json", engine=engine, config=ONE_PAIR).json
    assert [(line["run"], line["state"]) for line in told] == [
        (oldest, "finished"), (RUN, "finished"), ("20261123T030000Z", "interrupted"),
    ]  # fmt: skip
    assert told[1]["failed"] == 2
    assert kodokeep("runs", config=ONE_PAIR).out == "photos: no run yet\n"


def test_ls(kodokeep: Kodokeep) -> None:
    engine = FakeEngine(entries=[synced("a\nb", 1_234_567), synced("b", 0, None)])
    ended = kodokeep("ls", engine=engine, config=ONE_PAIR)
    assert ended.code == 0
    assert ended.out == "      1234567  2023-11-14 22:13:20  a\\nb\n            0  -                    b\n"
    assert kodokeep("ls", "photos", "b", "--json", engine=engine).json == [
        {"key": "b", "path": "path/b", "size_bytes": 0, "hash": "Fremote", "put_time": None}
    ]
    assert kodokeep("ls", "photos", "a", "--json", engine=engine).json[0]["put_time"] == 17_000_000_000_000_000


@pytest.mark.parametrize(
    ("config", "arguments", "asked"),
    [
        (ONE_PAIR, [], ("ls", "photos", "")),
        (ONE_PAIR, ["photos"], ("ls", "photos", "")),
        (ONE_PAIR, ["2019/"], ("ls", "photos", "2019/")),
        (ONE_PAIR, ["photos", "2019/"], ("ls", "photos", "2019/")),
        (None, ["videos"], ("ls", "videos", "")),
    ],
)
def test_ls_needs_a_name_only_if_there_are_several_pairs(
    kodokeep: Kodokeep, config: str | None, arguments: list[str], asked: tuple[str, ...]
) -> None:
    engine = FakeEngine()
    ended = kodokeep("ls", *arguments, engine=engine, **({"config": config} if config else {}))
    assert (ended.code, engine.asked) == (0, [asked])


@pytest.mark.parametrize("arguments", [[], ["nope"], ["photos", "a", "b"]])
def test_ls_of_nobody_knows_what(kodokeep: Kodokeep, arguments: list[str]) -> None:
    assert kodokeep("ls", *arguments).code == 2
