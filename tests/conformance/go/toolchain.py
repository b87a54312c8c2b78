"""Building what is written in Go, and telling "cannot be had here" from "is broken"."""

import os
import re
import shutil
import subprocess
from pathlib import Path

MODULE = Path(__file__).parent
QSHELL = "github.com/qiniu/qshell/v2@v2.19.9"

# What the go command says when the proxy, the network or the toolchain is out of reach. All else is a failure: above
# all a checksum that does not match.
_OUT_OF_REACH = re.compile(
    r"\d{3} (Forbidden|Not Found|Gone|Bad Gateway|Service Unavailable)|dial tcp|no such host|connection re(fused|set)"
    r"|i/o timeout|TLS handshake|network is unreachable|proxyconnect|module lookup disabled|requires go >="
)
_ADDRESS = re.compile(r"(reading |Get )?\"?https?://\S+ ")


class NotRunError(Exception):
    """Something that the suite needs cannot be had on this machine."""


class BuildError(Exception):
    """It could be had, and does not build."""


def build_tests(target: Path) -> None:
    """Compile the Go tests of this directory into one program.

    Raises:
        NotRunError: there is no toolchain, or a module cannot be fetched.
        BuildError: anything else.
    """
    _go("mod", "download", directory=MODULE)
    _go("test", "-c", "-o", str(target), ".", directory=MODULE)


def build_qshell(directory: Path) -> Path:
    """Build qshell, in the pinned version, and give the program.

    Raises:
        NotRunError: there is no toolchain, or a module cannot be fetched.
        BuildError: anything else.
    """
    _go("install", QSHELL, directory=directory, GOBIN=str(directory))
    return directory / "qshell"


def _go(*arguments: str, directory: Path, **environment: str) -> None:
    program = shutil.which("go")
    if program is None:
        raise NotRunError("there is no go command")
    done = subprocess.run(
        [program, *arguments],
        cwd=directory,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    talk = done.stderr.strip() or done.stdout.strip()
    if _OUT_OF_REACH.search(talk):
        raise NotRunError(" ".join(_ADDRESS.sub("", talk).split()))
    raise BuildError(f"go {' '.join(arguments)}\n{talk}")
