"""Commands of the config: bounded in time and size, without a terminal, quiet about secrets."""

import os
import shlex
import signal
import sys
from pathlib import Path
from subprocess import DEVNULL

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep import commands
from kodokeep.commands import CommandFailed, output_of, started, told

KEY_LETTERS = st.sampled_from("ABCxyz019_-")


def python(program: str) -> str:
    return shlex.join([sys.executable, "-c", program])


def test_it_sees_an_empty_stdin_and_no_terminal() -> None:
    program = "import os, sys; print(sys.stdin.read() == '', os.getsid(0) == os.getpid())"
    assert output_of(python(program), os.environ) == "True True"


def test_it_gets_the_environment_that_it_is_given() -> None:
    assert output_of(python("import os; print(os.environ['WHO'])"), {"WHO": "nobody"}) == "nobody"


def test_one_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    child = f"open({str(fifo)!r}, 'w'); import threading; threading.Event().wait()"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {'file = ' + child!r}])"
    with pytest.raises(CommandFailed, match="did not end within 1 s"):
        output_of(python(program), os.environ, timeout_s=1)
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b"", "the child is gone, so nobody can write any more"
    os.close(reader)


def test_one_that_prints_without_end_is_ended() -> None:
    with pytest.raises(CommandFailed, match="printed more than 16 KiB"):
        output_of(python("while True: print('y' * 1000)"), os.environ)


def test_one_that_complains_without_end_and_prints_a_little_is_heard() -> None:
    program = "import sys; [print('x' * 1000, file=sys.stderr) for _ in range(1000)]; print('key')"
    assert output_of(python(program), os.environ) == "key"


def test_a_child_that_stays_and_holds_the_output_does_not_hold_us_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_DRAIN_S", 0.1)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    stays = f"open({str(fifo)!r}).read()"
    program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {stays!r}]); print('key')"
    assert output_of(python(program), os.environ) == "key"
    with fifo.open("w"):
        pass  # now it may go


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "was ended by SIGTERM"),
        ("import sys; sys.exit(2)", "ended with exit code 2"),
        ("import os; os.write(1, bytes([255, 254]))", "printed what is not UTF-8"),
        ("print()", "printed nothing"),
    ],
)
def test_each_failure_has_its_words(program: str, why: str) -> None:
    with pytest.raises(CommandFailed, match=f"^{why}$"):
        output_of(python(program), os.environ)


def test_a_directory_is_no_program(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="cannot be started: Permission denied"):
        output_of(shlex.quote(str(tmp_path)), os.environ)


@given(st.text(KEY_LETTERS, min_size=16, max_size=60), st.sampled_from(["{}", "bad key {}!", "k={}", "{}\nexpired"]))
def test_what_looks_like_a_key_is_never_told(key: str, sentence: str) -> None:
    assert key not in told(sentence.format(key).encode())


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=3, max_size=12))
def test_what_was_printed_and_what_is_called_a_secret_is_never_told(word: str) -> None:
    assert word not in told(f"x {word} y".encode(), word.encode()).replace("***", "")
    assert word not in told(f"password: {word}".encode()).removeprefix("password: ***")


def test_plain_words_are_told_and_a_long_speech_is_cut() -> None:
    assert told(b"gpg: decryption failed:\n  No secret key\n") == "gpg: decryption failed: No secret key"
    assert told(b"word " * 200).startswith("…")


def test_one_that_nobody_waits_for_any_more_is_ended() -> None:
    with pytest.raises(KeyboardInterrupt), started("sleep 600", os.environ, stdin=DEVNULL, stdout=DEVNULL) as process:
        raise KeyboardInterrupt
    assert process.returncode == -signal.SIGKILL
