"""Small files that nobody else may read: what is refused, and how it is mended."""

import os
import shlex
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kodokeep.credentials.private import (
    check_not_shared,
    check_private,
    make_private,
    read_private,
    remove_private,
    write_private,
)
from kodokeep.errors import ConfigError

OTHER_USER = 65_534


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A private file, in a directory whose name has a blank."""
    directory = tmp_path / "my keys"
    directory.mkdir(mode=0o700)
    write_private(directory / "secret", b"content")
    return directory / "secret"


def refusal(look: Callable[[], object]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        look()
    return caught.value


def mend(error: ConfigError) -> None:
    """Do what the hint says, as a person would."""
    subprocess.run(error.hint, shell=True, check=True)


def test_what_is_written_is_private_whatever_the_umask(file: Path) -> None:
    before = os.umask(0)
    try:
        write_private(file.with_name("second"), b"x")
        make_private(file.parent / "deep" / "er")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.with_name("second").stat().st_mode) == 0o600
    assert stat.S_IMODE((file.parent / "deep" / "er").stat().st_mode) == 0o700
    assert read_private(file.with_name("second")) == b"x"


def test_replacing_leaves_one_whole_file(file: Path) -> None:
    write_private(file, b"another")
    assert read_private(file) == b"another"
    assert [path.name for path in file.parent.iterdir()] == ["secret"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666, 0o601])
def test_modes_that_let_others_in_are_refused_and_can_be_mended(file: Path, mode: int) -> None:
    file.chmod(mode)
    error = refusal(lambda: read_private(file))
    assert error.message == f"{file}: refused, because others may read or write it"
    assert error.hint == f"chmod 600 {shlex.quote(str(file))}"
    mend(error)
    assert read_private(file) == b"content"


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701, 0o720])
def test_a_directory_that_others_can_enter_is_refused_and_can_be_mended(file: Path, mode: int) -> None:
    file.parent.chmod(mode)
    error = refusal(lambda: check_private(file.parent))
    assert "others may enter it" in error.message
    assert refusal(lambda: make_private(file.parent)).hint == error.hint
    mend(error)
    check_private(file.parent)


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_a_directory_that_others_can_change_is_refused_and_can_be_mended(file: Path, mode: int) -> None:
    file.parent.chmod(mode)
    error = refusal(lambda: check_not_shared(file.parent))
    assert "others may change what is in it" in error.message
    mend(error)
    check_not_shared(file.parent)


def test_a_symlink_is_refused_unless_links_are_to_be_followed(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to(file)
    error = refusal(lambda: read_private(link))
    assert "it is a symlink" in error.message
    assert str(file) in error.hint
    assert read_private(link, follow_links=True) == b"content"
    folder = file.parent.with_name("link")
    folder.symlink_to(file.parent)
    assert "it is a symlink" in refusal(lambda: check_private(folder)).message
    assert "it is a symlink" in refusal(lambda: check_not_shared(folder)).message


def test_what_is_no_file_or_no_directory_is_told(file: Path) -> None:
    pipe = file.with_name("pipe")
    os.mkfifo(pipe, 0o600)
    assert refusal(lambda: read_private(pipe)).message == f"{pipe}: is no file"
    assert refusal(lambda: read_private(file.parent)).message == f"{file.parent}: is no file"
    assert refusal(lambda: check_private(file)).message == f"{file}: is no directory"
    loop = file.with_name("loop")
    loop.symlink_to(loop)
    assert "cannot be read" in refusal(lambda: read_private(loop, follow_links=True)).message


def test_a_large_file_is_not_read_to_its_end(file: Path) -> None:
    write_private(file, b"x" * 100_000)
    assert "larger than 64 KiB" in refusal(lambda: read_private(file)).message


def test_a_missing_file_is_left_to_the_caller(file: Path) -> None:
    file.unlink()
    with pytest.raises(FileNotFoundError):
        read_private(file)
    assert remove_private(file) is False


def test_somebody_elses_file_or_directory_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = file.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: OTHER_USER)
    if owner == 0:  # root's own are trusted by everybody, so these must be somebody else's
        os.chown(file, 12_345, -1)
        os.chown(file.parent, 12_345, -1)
        owner = 12_345
    for look, path in ((read_private, file), (check_private, file.parent), (check_not_shared, file.parent)):
        error = refusal(lambda look=look, path=path: look(path))  # type: ignore[misc]
        assert error.message == f"{path}: refused, because it belongs to user {owner}"
        assert error.hint == f"chown {OTHER_USER} {shlex.quote(str(path))}"
