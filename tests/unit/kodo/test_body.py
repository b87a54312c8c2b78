"""The temp file and the verdict on it, on a real disk."""

import os
from pathlib import Path
from typing import Any

import pytest

from kodokeep.kodo.body import RESUME_BYTES, Body
from kodokeep.kodo.retry import Cancelled
from kodokeep.kodo.verify import Differs, needs_parts
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import Verification
from kodokeep.model.qetag import Qetag, v1

MIB = 1024 * 1024
DATA = bytes(number % 251 for number in range(6 * MIB))
V2_OF_2_4 = "nm_4IaxJVm2v98pGW7G6e7Mf3RSv"


def going_on() -> bool:
    return False


def stopping() -> bool:
    return True


def entry(data: bytes = DATA, **fields: Any) -> RemoteEntry:
    return RemoteEntry(**{"key": "k", "size_bytes": len(data), "hash": v1(data), "put_time_ns": 1, **fields})


def body(tmp_path: Path, expected: RemoteEntry) -> Body:
    return Body(str(tmp_path / "temp"), expected)


def feed(target: Body, data: bytes, step: int = 70_000) -> bool:
    fits = [target.write(data[start : start + step]) for start in range(0, len(data), step)]
    return all(fits)


@pytest.mark.parametrize("size", [0, 1, 300_000, 4 * MIB, 4 * MIB + 1, 6 * MIB])
def test_a_whole_body_is_written_and_verified(tmp_path: Path, size: int) -> None:
    target = body(tmp_path, entry(DATA[:size]))
    assert feed(target, DATA[:size])
    assert target.finish() == (Verification.HASH, v1(DATA[:size]))
    assert (tmp_path / "temp").read_bytes() == DATA[:size]


@pytest.mark.parametrize(
    ("fields", "verification"),
    [
        ({"hash": V2_OF_2_4, "parts": (2 * MIB, 4 * MIB)}, Verification.HASH),
        ({"hash": V2_OF_2_4}, Verification.SIZE),
        ({"hash": V2_OF_2_4, "parts": (1,)}, Verification.SIZE),
        ({"hash": V2_OF_2_4, "parts": (1,), "md5": Qetag((), md5=True).md5()}, None),
        ({"hash": "unheard-of"}, Verification.SIZE),
        ({"hash": ""}, Verification.SIZE),
        ({"hash": V2_OF_2_4, "parts": (4 * MIB, 2 * MIB)}, None),
        ({"hash": v1(b"other")}, None),
    ],
)
def test_each_kind_of_hash_has_its_proof(
    tmp_path: Path, fields: dict[str, Any], verification: Verification | None
) -> None:
    target = body(tmp_path, entry(**fields))
    feed(target, DATA)
    judged, content_hash = target.finish()
    assert content_hash == v1(DATA)
    assert judged is verification if verification else isinstance(judged, Differs)


@pytest.mark.parametrize("got", [DATA[:-1], DATA + b"x"])
def test_the_size_is_always_checked(tmp_path: Path, got: bytes) -> None:
    target = body(tmp_path, entry(hash="unheard-of"))
    assert feed(target, got) is (len(got) <= len(DATA))
    judged, _ = target.finish()
    assert isinstance(judged, Differs)
    assert "expected size 6291456" in judged.detail


@pytest.mark.parametrize("cut", [1, RESUME_BYTES, 5 * MIB])
def test_it_goes_on_after_a_pause_and_in_another_run(tmp_path: Path, cut: int) -> None:
    first = body(tmp_path, entry())
    feed(first, DATA[:cut])
    first.pause()
    assert (first.size_bytes, first.resumed) == (cut, True)
    second = body(tmp_path, entry())
    second.adopt_partial(going_on)
    assert (second.size_bytes, second.resumed) == (cut, True)
    for target in (first, second):
        (tmp_path / "temp").write_bytes(DATA[:cut])
        feed(target, DATA[cut:])
        assert target.finish()[0] is Verification.HASH
        assert (tmp_path / "temp").read_bytes() == DATA


def test_small_bodies_start_over_after_a_pause(tmp_path: Path) -> None:
    target = body(tmp_path, entry(DATA[:1000]))
    feed(target, DATA[:500])
    target.pause()
    assert (target.size_bytes, target.resumed) == (0, False)
    feed(target, DATA[:1000])
    assert target.finish()[0] is Verification.HASH


def test_a_restart_leaves_nothing_of_what_was(tmp_path: Path) -> None:
    target = body(tmp_path, entry())
    feed(target, b"x" * len(DATA))
    target.restart()
    feed(target, DATA)
    assert target.finish()[0] is Verification.HASH
    assert (tmp_path / "temp").read_bytes() == DATA


@pytest.mark.parametrize("size", [1000, 5 * MIB])
def test_a_finished_file_may_turn_out_to_be_another_entry(tmp_path: Path, size: int) -> None:
    target = body(tmp_path, entry(b"x" * size))
    feed(target, DATA[:size])
    assert isinstance(target.finish()[0], Differs)
    assert target.judge_again(entry(DATA[:size]), going_on) == (Verification.HASH, v1(DATA[:size]))
    assert isinstance(target.judge_again(entry(DATA[: size - 1]), going_on)[0], Differs)


def test_reading_a_partial_file_can_be_broken_off(tmp_path: Path) -> None:
    (tmp_path / "temp").write_bytes(DATA[:MIB])
    target = body(tmp_path, entry())
    with pytest.raises(Cancelled):
        target.adopt_partial(stopping)
    assert (target.size_bytes, (tmp_path / "temp").stat().st_size) == (0, MIB)


def test_a_file_that_somebody_else_changed_is_not_appended_to(tmp_path: Path) -> None:
    target = body(tmp_path, entry())
    feed(target, DATA[: 2 * MIB])
    target.pause()
    (tmp_path / "temp").write_bytes(b"x")
    with pytest.raises(OSError, match="somebody else"):
        feed(target, DATA[2 * MIB :])


def test_a_fifo_in_its_place_is_neither_waited_for_nor_touched(tmp_path: Path) -> None:
    """Nobody has the other end open, so an ordinary open would never return."""
    os.mkfifo(tmp_path / "temp")
    target = body(tmp_path, entry())
    with pytest.raises(OSError, match="temp is no regular file"):
        target.adopt_partial(going_on)
    with pytest.raises(OSError, match="temp is no regular file"):
        feed(target, DATA)
    assert (tmp_path / "temp").is_fifo()


@pytest.mark.parametrize(
    ("fields", "needed"),
    [({"hash": V2_OF_2_4}, True), ({"hash": V2_OF_2_4, "parts": (1,)}, False), ({}, False), ({"hash": "nope"}, False)],
)
def test_parts_are_asked_for_only_where_they_prove_something(fields: dict[str, Any], needed: bool) -> None:
    assert needs_parts(entry(**fields)) is needed
