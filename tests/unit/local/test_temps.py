"""Names of temp files, and cleaning them up."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kodokeep.local.temps import drop_temps, temp_bytes, temp_inode, temp_name
from kodokeep.model.entry import RemoteEntry

OBJECT = RemoteEntry("a/b.png", 5, "Fqr0xh3cxeii2r7eDztILNmuqUNN", 17)


def test_name_is_the_same_in_every_run() -> None:
    assert temp_name(OBJECT) == temp_name(replace(OBJECT, mime="image/png"))
    assert temp_name(OBJECT) == "097e874f321c6749473c6369-10eaf217aaf93674.part"


@pytest.mark.parametrize(
    "other",
    [
        replace(OBJECT, key="a/b.PNG"),
        replace(OBJECT, hash="Fto5o-5ea0sNMlW_75VgGJCv2AcJ"),
        replace(OBJECT, size_bytes=6),
        replace(OBJECT, put_time_ns=18),
        replace(OBJECT, key=""),
        replace(OBJECT, key="字" * 250),
    ],
)
def test_another_content_or_key_has_another_name(other: RemoteEntry) -> None:
    assert temp_name(other) != temp_name(OBJECT)
    assert len(temp_name(other)) == len(temp_name(OBJECT))


def test_inode(tmp_path: Path) -> None:
    (tmp_path / "temp").touch()
    assert temp_inode(str(tmp_path / "temp")) == (tmp_path / "temp").stat().st_ino


@pytest.fixture
def tmp_fd(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


def test_dropping_leaves_the_named_ones_and_what_is_no_temp(tmp_path: Path, tmp_fd: int) -> None:
    for name in ("kept.part", "stray.part", "clock.probe"):
        (tmp_path / name).touch()
    drop_temps(tmp_fd, (str(tmp_path / name) for name in ("kept.part", "unknown.part")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clock.probe", "kept.part"]


def test_dropping_takes_along_what_a_killed_run_was_probing(tmp_path: Path, tmp_fd: int) -> None:
    (tmp_path / "probe.4711").mkdir()
    (tmp_path / "probe.4711" / "name").touch()
    (tmp_path / "person.part").mkdir()
    (tmp_path / "link.part").symlink_to("person.part")
    drop_temps(tmp_fd, ())
    assert [path.name for path in tmp_path.iterdir()] == ["person.part"]


def test_bytes_are_those_that_temps_hold_on_the_disk(tmp_path: Path, tmp_fd: int) -> None:
    assert temp_bytes(tmp_fd) == 0
    (tmp_path / "some.part").write_bytes(b"x" * 70_000)
    (tmp_path / "other").write_bytes(b"x" * 70_000)
    with (tmp_path / "hole.part").open("wb") as file:
        file.truncate(10**9)
    os.sync()
    assert 70_000 <= temp_bytes(tmp_fd) < 140_000
