"""Places in history (rule 11)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.local.dirs import Directories
from kodokeep.local.history import History
from tests.unit.local.odd_disks import LowerCase

RUN = "20261122T030000Z"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = tmp_path / ".kodokeep" / "history"
    top.mkdir(parents=True)
    return top


@pytest.fixture
def history(tmp_path: Path, top: Path) -> Iterator[History]:
    with Directories(str(tmp_path)) as directories:
        yield History(directories)


def put(path: Path, content: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_plain_place(history: History) -> None:
    assert history.location(RUN, "a/b.png") == f"history/{RUN}/a/b.png"


def test_a_taken_name_gets_a_twin(history: History, top: Path) -> None:
    put(top / RUN / "a")
    assert history.location(RUN, "a") == f"history/{RUN}~2/a"
    put(top / f"{RUN}~3" / "b")
    put(top / RUN / "b")
    put(top / f"{RUN}~2" / "b")
    assert history.location(RUN, "b") == f"history/{RUN}~4/b"


def test_a_directory_in_the_way_gets_a_twin(history: History, top: Path) -> None:
    put(top / RUN / "a" / "b")
    assert history.location(RUN, "a") == f"history/{RUN}~2/a"


def test_a_file_as_parent_gets_a_twin(history: History, top: Path) -> None:
    put(top / RUN / "a")
    assert history.location(RUN, "a/b/c") == f"history/{RUN}~2/a/b/c"


def test_a_symlink_as_parent_gets_a_twin(history: History, top: Path, tmp_path: Path) -> None:
    (top / RUN).mkdir()
    (top / RUN / "a").symlink_to(tmp_path)
    assert history.location(RUN, "a/b") == f"history/{RUN}~2/a/b"


def test_claims_count_as_taken_until_they_are_forgotten(history: History) -> None:
    assert history.location(RUN, "a") == f"history/{RUN}/a"
    assert history.location(RUN, "a") == f"history/{RUN}~2/a"
    assert history.location(RUN, "a/b/c") == f"history/{RUN}~3/a/b/c"
    assert history.location(RUN, "a/b") == f"history/{RUN}~4/a/b"
    history.forget_claims()
    assert history.location(RUN, "a") == f"history/{RUN}/a"


def test_another_run_has_its_own_places(history: History) -> None:
    assert history.location(RUN, "a") != history.location("20261123T030000Z", "a")


def test_unrecorded_are_the_files_of_a_run_and_its_twins(history: History, top: Path) -> None:
    put(top / RUN / "a" / "b.png", "12345")
    put(top / RUN / "z")
    put(top / f"{RUN}~2" / "a" / "b.png")
    put(top / f"{RUN}~10" / "c")
    put(top / f"{RUN}~x" / "other")
    put(top / f"{RUN}0" / "other")
    found = {location: (path, size) for location, path, size, _ in history.unrecorded(RUN)}
    assert found == {
        f"history/{RUN}/a/b.png": ("a/b.png", 5),
        f"history/{RUN}/z": ("z", 1),
        f"history/{RUN}~2/a/b.png": ("a/b.png", 1),
        f"history/{RUN}~10/c": ("c", 1),
    }


def test_unrecorded_on_a_disk_that_shows_lower_case(tmp_path: Path, top: Path) -> None:
    put(top / RUN / "a", "one")
    put(top / f"{RUN}~2" / "d/b", "three")
    with LowerCase(str(tmp_path)) as directories:
        found = {item[:3] for item in History(directories).unrecorded(RUN)}
    assert found == {(f"history/{RUN}/a", "a", 3), (f"history/{RUN}~2/d/b", "d/b", 5)}


def test_unrecorded_tells_the_mtime(history: History, top: Path) -> None:
    put(top / RUN / "a")
    (_, _, _, mtime_ns) = next(history.unrecorded(RUN))
    assert mtime_ns == (top / RUN / "a").stat().st_mtime_ns


def test_unrecorded_leaves_out_symlinks_and_unfinished_copies(history: History, top: Path, tmp_path: Path) -> None:
    put(top / RUN / "kodoke~123")
    (top / RUN / "link").symlink_to(tmp_path)
    assert list(history.unrecorded(RUN)) == []


def test_unrecorded_leaves_out_what_no_key_is_spelled_like(history: History, top: Path) -> None:
    put(top / RUN / "a")
    put(top / RUN / os.fsdecode(b"\xff") / "b")
    put(top / RUN / os.fsdecode(b"\xfe"))
    assert [path for _, path, _, _ in history.unrecorded(RUN)] == ["a"]


def test_no_history_at_all(tmp_path: Path) -> None:
    with Directories(str(tmp_path)) as directories:
        assert list(History(directories).unrecorded(RUN)) == []
        assert History(directories).location(RUN, "a") == f"history/{RUN}/a"
