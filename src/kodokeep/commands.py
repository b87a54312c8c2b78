"""Commands of the config: run from a list of words, without a shell, without a terminal, and not for ever.

What belongs here: running one to its end, and what may be told of it. What does not: what a command is for. Whoever
may write the config decides what is run; `config.attention` checks that nobody else may.
"""

import os
import re
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO

TIMEOUT_S = 60.0
MOST_BYTES = 16 * 1024
"""More than any answer that is waited for."""

_DRAIN_S = 2.0
"""How long to read on when a command has ended and a child of its own still holds its output."""

_LONGEST_TOLD = 300
_SECRET_WORDS = re.compile(r"(?i)((?:key|secret|token|passw\w*|passphrase)[\"']?\s*[:=]\s*)\S+")
_LIKE_A_KEY = re.compile(r"[A-Za-z0-9_+=-]{16,}")


class CommandFailed(Exception):
    """A command did not do what it is for. The message says why, in words that follow its name; it holds no secrets."""


@contextmanager
def started(
    command: str, env: Mapping[str, str], *, stdin: int, stdout: int, stderr: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A command that is going on; it is ended, with all that it started, by whatever ends the block before it is over.

    Raises CommandFailed if there is no such program, or if a wait in the block takes too long.
    """
    try:
        process = subprocess.Popen(
            shlex.split(command), stdin=stdin, stdout=stdout, stderr=stderr, env=dict(env), start_new_session=True
        )
    except OSError as error:
        raise CommandFailed(f"cannot be started: {error.strerror}") from None
    with process:
        try:
            yield process
        except subprocess.TimeoutExpired as late:
            end(process)
            raise CommandFailed(f"did not end within {late.timeout:.3g} s") from None
        except BaseException:
            end(process)
            raise


def output_of(command: str, env: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> str:
    """What a command prints, without the line break at its end. It sees an empty stdin and no terminal.

    Raises CommandFailed if there is no such program, if it fails, takes too long, prints nothing, too much, or what is
    not UTF-8.
    """
    with started(command, env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        output, errors = _Reading(process.stdout, process), _Reading(process.stderr)
        code = process.wait(timeout_s)
        printed, said = output.rest(), errors.rest()
    if output.too_much:
        raise CommandFailed(f"printed more than {MOST_BYTES // 1024} KiB")
    if code != 0:
        raise CommandFailed(ended_badly(code, told(said, printed)))
    return _text(printed)


def program_of(command: str) -> str:
    """The first word: all that a message may show, for arguments may be secrets."""
    return shlex.split(command)[0]


def told(said: bytes, printed: bytes = b"") -> str:
    """The end of what a command said on stderr, without what may be a secret."""
    text = " ".join(said.decode("utf-8", "replace").split())
    for word in printed.decode("utf-8", "replace").split():
        if len(word) > 2:
            text = text.replace(word, "***")
    text = _LIKE_A_KEY.sub("***", _SECRET_WORDS.sub(r"\1***", text))
    return text if len(text) <= _LONGEST_TOLD else "…" + text[-_LONGEST_TOLD:]


class _Reading:
    """Reads one stream in a thread of its own, and keeps what may be kept. A flood of output ends the process."""

    def __init__(self, stream: IO[bytes] | None, floods: subprocess.Popen[bytes] | None = None) -> None:
        assert stream is not None
        self._stream = stream
        self._floods = floods
        self._kept = bytearray()
        self.too_much = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def rest(self) -> bytes:
        """What was read until the end of the stream, or so far if somebody keeps it open."""
        self._thread.join(_DRAIN_S)
        return bytes(self._kept)

    def _read(self) -> None:
        with suppress(OSError, ValueError):  # closed, because nobody waits for the rest any more
            while chunk := os.read(self._stream.fileno(), 4096):
                if self._floods and len(self._kept) + len(chunk) > MOST_BYTES:
                    self.too_much = True
                    end(self._floods)
                    return
                self._kept = (self._kept + chunk)[-MOST_BYTES:]


def end(process: subprocess.Popen[bytes]) -> None:
    """End the command with all that it started and still belongs to it."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def ended_badly(code: int, said: str = "") -> str:
    """How a command ended, and what it said."""
    how = f"ended with exit code {code}" if code > 0 else f"was ended by {signal.Signals(-code).name}"
    return f"{how}: {said}" if said else how


def _text(printed: bytes) -> str:
    try:
        text = printed.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise CommandFailed("printed what is not UTF-8") from None
    if not text.strip():
        raise CommandFailed("printed nothing")
    return text
