"""`kodokeep demo`: the main job, shown on an emulator with real files. It runs the very commands a user would type."""

import os
import shlex
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import click

from kodokeep.cli.output import put
from kodokeep.cli.session import BUG, INTERRUPTED, Session

BUCKET = "photos"
MAX_FILES = 2_000
CHANGED, DELETED, ADDED = 3, 4, 2
ENOUGH = 200
"""Objects from which on three quarters of them are a mass deletion by its share; of fewer, all are deleted."""
SURVIVOR = "café/menu – été.txt"
"""One of the odd keys; its file is lost and comes back."""


@click.command("demo")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Directory whose files become objects; the running Python's standard library if not given.",
)
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    help="New directory for the demo's files; one below the system's temporary directory if not given.",
)
@click.pass_obj
def command(session: Session, source: Path | None, target: Path | None) -> int:
    """Back up a bucket on this machine's own Kodo server, step by step. Needs no account and no network."""
    from kodokeep.demo import ODD_KEYS, DemoCloud, real_files  # noqa: PLC0415 - loads the engine

    source = (source or Path(sysconfig.get_path("stdlib"))).absolute()
    if next(real_files(source, 1), None) is None:
        raise click.BadParameter(f"{source} holds no file that could be an object", param_hint="--from")
    home = _home(target)
    with DemoCloud(home / "cloud", BUCKET) as cloud:
        shell = _Shell(home, session, cloud.facts.uc, cloud.facts.access_key, cloud.facts.secret_key)
        _title(f"A Kodo server on this machine, with real files from {source} in the bucket {BUCKET!r}")
        files: list[str] = []
        cloud.put_all(chain(_noting(real_files(source, MAX_FILES), files), iter(ODD_KEYS.items())))
        odd = ", ".join(list(ODD_KEYS)[:5])
        put(f"{len(files) + len(ODD_KEYS):,} objects uploaded with Qiniu's own SDK, some with odd names: {odd} …")

        _title("The first backup")
        shell.run("run")

        changed, deleted = files[:CHANGED], files[CHANGED : CHANGED + DELETED]
        _title(f"Somebody changes {len(changed)} objects, adds {ADDED} and deletes {len(deleted)}: only these travel")
        new = [f"new/{number}.txt" for number in range(ADDED)]
        cloud.put_all((key, f"changed: {key}\n".encode()) for key in changed)
        cloud.put_all((key, b"new\n") for key in new)
        cloud.delete(deleted)
        shell.run("run", "-v")

        _title("Somebody loses a file: it comes back")
        lost = home / BUCKET / SURVIVOR
        put(click.style(f"$ rm {shlex.quote(os.fspath(lost))}", bold=True))
        lost.unlink(missing_ok=True)
        shell.run("run")

        rest = [key for key in files if key not in deleted]
        doomed = rest[: len(rest) * 3 // 4] if len(rest) >= ENOUGH else [*rest, *new, *ODD_KEYS]
        most = f"{len(doomed):,} of {len(rest) + len(new) + len(ODD_KEYS):,} objects"
        _title(f"Somebody deletes {most} in the bucket: kodokeep holds that back until you agree")
        cloud.delete(doomed)
        shell.run("run")
        put(f"The {len(doomed):,} files are all still in the folder.")
    _farewell(home, shell)
    return 0


def _noting(objects: Iterator[tuple[str, bytes]], keys: list[str]) -> Iterator[tuple[str, bytes]]:
    """The same objects; their keys are noted as they go by."""
    for key, data in objects:
        keys.append(key)
        yield key, data


class _Shell:
    """Types commands and shows what they print."""

    def __init__(self, home: Path, session: Session, uc: str, access_key: str, secret_key: str) -> None:
        config = home / "config.ini"
        config.write_text(f"[account]\nuc_host = {uc}\n\n[bucket:{BUCKET}]\nfolder = {BUCKET}\n", encoding="utf-8")
        self.port = urlsplit(uc).port
        self.variables = {
            "KODOKEEP_CONFIG": os.fspath(config),
            "QINIU_ACCESS_KEY": access_key,
            "QINIU_SECRET_KEY": secret_key,
        }
        self._session = Session(engine=session.engine, env={**session.env, **self.variables})

    def run(self, *arguments: str) -> None:
        """Run one command in this process, as the shell would. Ends the demo if it was interrupted or met a bug."""
        from kodokeep.cli import main  # noqa: PLC0415 - the package imports its commands

        put(click.style(f"$ kodokeep {shlex.join(arguments)}", bold=True))
        code = main(arguments, session=self._session)
        put(click.style(f"(exit code {code})", dim=True))
        if code == INTERRUPTED:
            raise click.Abort
        if code == BUG:
            raise click.exceptions.Exit(BUG)


def _home(target: Path | None) -> Path:
    if target is None:
        return Path(tempfile.mkdtemp(prefix="kodokeep-demo-"))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise click.BadParameter(f"{target} exists and is not an empty directory", param_hint="--to")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"{target} cannot be made: {error.strerror}", param_hint="--to") from None
    return target.absolute()


def _title(text: str) -> None:
    put("")
    put(click.style(f"── {text}", fg="cyan"))


def _farewell(home: Path, shell: _Shell) -> None:
    private = home / BUCKET / ".kodokeep"
    _title("Done; nothing is left running")
    put(f"The backup    {home / BUCKET}  (plain files, browse them)")
    put(f"The history   {private / 'history'}  (what was replaced or deleted)")
    put(f"The run logs  {private / 'runs'}")
    put("")
    put("To go on, start the same server again in one terminal (Ctrl-C ends it):")
    data = shlex.quote(os.fspath(home / "cloud"))
    put(f"  {_program('kodo-emulator')} serve --data {data} --port {shell.port}")
    put("and in another:")
    for name, value in shell.variables.items():
        put(f"  export {name}={shlex.quote(value)}")
    kodokeep = _program("kodokeep")
    put(f"  {kodokeep} plan                    # what is held, and why")
    put(f"  {kodokeep} run --accept-changes    # agree: the files go to history")
    put(f"  {kodokeep} ls; {kodokeep} runs")
    put("")
    put(f"When you have seen enough: rm -r {shlex.quote(os.fspath(home))}")


def _program(name: str) -> str:
    """How a shell finds a program of ours: by its name, or by its path if the name leads nowhere or elsewhere."""
    ours = Path(sys.executable).with_name(name)
    found = shutil.which(name)
    if not ours.exists() or (found and Path(found).resolve() == ours.resolve()):
        return name
    return shlex.quote(os.fspath(ours))
