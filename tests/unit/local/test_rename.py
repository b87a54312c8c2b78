"""Renaming without replacing (rule 9): every way the tool has for it keeps what is there."""

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.local import rename
from kodokeep.local.rename import Rename, link_then_unlink, look_then_rename, rename_no_replace

WAYS = [rename_no_replace, link_then_unlink, look_then_rename]


@pytest.fixture
def fd(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest) -> Rename:
    chosen: Rename = request.param
    return chosen


def names(path: Path) -> dict[str, str]:
    return {entry.name: entry.read_text() for entry in path.iterdir()}


def test_moves_to_a_free_name(way: Rename, fd: int, tmp_path: Path) -> None:
    (tmp_path / "旧").write_text("content")
    way(fd, "旧", fd, "新")
    assert names(tmp_path) == {"新": "content"}


def test_keeps_a_file_that_has_the_name(way: Rename, fd: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    with pytest.raises(FileExistsError):
        way(fd, "a", fd, "b")
    assert names(tmp_path) == {"a": "a", "b": "b"}


def test_keeps_a_dangling_symlink_and_an_empty_directory(way: Rename, fd: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "directory").mkdir()
    for taken in ("link", "directory"):
        with pytest.raises(FileExistsError):
            way(fd, "a", fd, taken)


def test_missing_source(way: Rename, fd: int) -> None:
    with pytest.raises(FileNotFoundError):
        way(fd, "a", fd, "b")


def fails_with(number: int) -> Rename:
    def fail(_source_fd: int, _source: str, _target_fd: int, _target: str) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM])
def test_falls_back_where_the_disk_knows_no_better(
    fd: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(rename, "_WAYS", (fails_with(number), fails_with(number)))
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    rename_no_replace(fd, "a", fd, "c")
    with pytest.raises(FileExistsError):
        rename_no_replace(fd, "b", fd, "c")
    assert names(tmp_path) == {"b": "b", "c": "a"}


@pytest.mark.parametrize("number", [errno.EXDEV, errno.ENOSPC, errno.EIO, errno.EEXIST])
def test_real_errors_are_not_worked_around(fd: int, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(rename, "_WAYS", (fails_with(number), link_then_unlink))
    with pytest.raises(OSError, match=re.escape(os.strerror(number))):
        rename_no_replace(fd, "a", fd, "b")


def test_link_that_cannot_be_finished_is_undone(fd: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("a")
    real = os.unlink

    def keep_the_source(name: str, *, dir_fd: int) -> None:
        if name == "a":
            raise PermissionError(errno.EPERM, "no")
        real(name, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", keep_the_source)
    with pytest.raises(PermissionError):
        link_then_unlink(fd, "a", fd, "b")
    assert names(tmp_path) == {"a": "a"}
