"""`kodokeep demo`: the main jobs, shown on an emulator with real files.

What belongs here: where the demo's files go, and what is said at its end. What happens in between is in `demo_acts`.
"""

import os
import shlex
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

import click

from kodokeep.cli.demo_shell import PHOTOS, WORK, Shell, title
from kodokeep.cli.output import put
from kodokeep.cli.session import Session


@click.command("demo", short_help="Show the main jobs on a Kodo server on this machine.")
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
    """Back up a bucket on this machine's own Kodo server, then go both ways, step by step. Needs no account and no
    network.

    \b
    Example:
      kodokeep demo --from ~/Pictures
    """
    from kodokeep.cli.demo_acts import Backup, BothWays  # noqa: PLC0415 - loads the engine
    from kodokeep.demo import DemoCloud, real_files  # noqa: PLC0415

    source = (source or Path(sysconfig.get_path("stdlib"))).absolute()
    if next(real_files(source, 1), None) is None:
        raise click.BadParameter(f"{source} holds no file that could be an object", param_hint="--from")
    home = _home(target)
    with DemoCloud(home / "cloud", PHOTOS, WORK) as cloud:
        shell = Shell(home, session, cloud.facts.uc, cloud.facts.access_key, cloud.facts.secret_key)
        Backup(cloud, shell).play(source)
        BothWays(cloud, shell).play(source)
    _farewell(shell)
    return 0


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


def _farewell(shell: Shell) -> None:
    home = shell.home
    private = home / PHOTOS / ".kodokeep"
    title("Done; nothing is left running")
    put(f"The backup    {home / PHOTOS}  (plain files, browse them)")
    put(f"Both ways     {home / WORK}")
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
    put(f"  {kodokeep} plan                  # what is held, and why")
    put(f"  {kodokeep} approve {PHOTOS}        # agree to just that")
    put(f"  {kodokeep} run                   # the files go to history")
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
