"""The process itself: its standard streams, and the letters that names of files can hold.

Belongs here: what must be right before the first command runs, and what must be let go of after the last.
"""

import io
import os
import sys
from collections.abc import Mapping

UTF8_MODE = "PYTHONUTF8"
STREAM_ENCODING = "PYTHONIOENCODING"


def prepare_process() -> None:
    """Open what is missing of the standard streams; start again in UTF-8 if names of files are spelled otherwise."""
    _open_missing_streams()
    if environment := utf8_environment(os.environ, sys.getfilesystemencoding(), _terminal_encoding()):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606 - ourselves again


def utf8_environment(env: Mapping[str, str], names: str, terminal: str) -> dict[str, str]:
    """The environment to start again with, empty if there is no need to.

    Keys are UTF-8, and so are the names of their files, whatever the locale: with LANG=zh_CN.GBK one bucket would
    otherwise get two trees. The terminal is still written to in its own encoding.
    """
    if names.lower() in ("utf-8", "utf8") or env.get(UTF8_MODE) == "1" or os.name == "nt":
        return {}
    return {**env, UTF8_MODE: "1", STREAM_ENCODING: env.get(STREAM_ENCODING) or f"{terminal}:backslashreplace"}


def never_fail_on_letters() -> None:
    """A terminal or a pipe that cannot take every letter gets escapes instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def forget_stdout() -> None:
    """Nothing more can be written there, so Python must not try again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def drop_unwritten() -> None:
    """What nobody takes any more is dropped: Python would try again at the end, and end with a code of its own, which
    says nothing of how a run went.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _terminal_encoding() -> str:
    return (sys.stdout.encoding if sys.stdout else "") or "utf-8"


def _open_missing_streams() -> None:
    """Without this the state could become file 2, and what is said there would be written into it."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)  # noqa: FBT003
    os.close(descriptor)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
