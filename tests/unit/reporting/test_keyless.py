import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.reporting.keyless import LONGEST_LINE, keyless

FOLDER = "/backup/photos"
KEYS = st.text(min_size=1, max_size=12).map(lambda text: f"{text}MARKER{text}")


@given(KEYS, KEYS)
def test_no_key_is_told_that_an_error_quotes(first: str, second: str) -> None:
    for error in (
        f"the listing holds {first!r} twice",
        f"the listing's marker does not advance: {first!r}, then {second!r}",
        f"the listing of {first!r} holds {second!r}",
        f"rs.qiniu.com answered 612 {first!r}",
        f"[Errno 2] No such file or directory: {first.encode()!r} -> {second.encode()!r}",
    ):
        assert "MARKER" not in keyless(error, FOLDER)


@given(KEYS)
def test_no_path_is_told_that_goes_on_below_the_folder(key: str) -> None:
    path = f"{FOLDER}/{key}".replace("\n", "")
    for error in (f"{path}: cannot be read: Permission denied", f"[Errno 5] Input/output error: {path!r}", path):
        assert "MARKER" not in keyless(error, FOLDER)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("the listing holds 'a/b.png' twice", "the listing holds '…' twice"),
        ("the listing's marker does not advance", "the listing's marker does not advance"),
        (f"{FOLDER}: No space left on device", f"{FOLDER}: No space left on device"),
        (f"{FOLDER}/a/b.png: cannot be read: Is a directory", f"{FOLDER}/…: Is a directory"),
        (
            f"remove {FOLDER}/.kodokeep/lock.json and start again",
            f"remove {FOLDER}/.kodokeep/lock.json and start again",
        ),
        (f"{FOLDER}/.kodokeep/history/1/a.png: cannot be read: no", f"{FOLDER}/…: no"),
        (
            "/etc/config.ini: [bucket:photos] mode: expected backup",
            "/etc/config.ini: [bucket:photos] mode: expected backup",
        ),
        ("one\ntwo\n\nthree\nfour\nfive", "one\ntwo\nthree\n… and 2 more"),
        ("it\x1b[2J blinks", "it\\x1b[2J blinks"),
        ("", ""),
    ],
)
def test_what_is_no_key_stays(error: str, told: str) -> None:
    assert keyless(error, FOLDER) == told


def test_a_line_is_not_long() -> None:
    assert len(keyless("no " * 1000)) == LONGEST_LINE
