"""`kodokeep demo`: the main job, shown on an emulator with real files. It runs the very commands a user would type."""

import os
import shlex
import sysconfig
import tempfile
from itertools import chain
from pathlib import Path

import click

from kodokeep.cli.output import put
from kodokeep.cli.session import Session

BUCKET = "photos"
MAX_FILES = 2_500
CHANGED, DELETED, ADDED = 3, 4, 2


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

    home = _home(target)
    source = source or Path(sysconfig.get_path("stdlib"))
    with DemoCloud(home / "cloud", BUCKET) as cloud:
        shell = _Shell(home, session, cloud.facts.uc, cloud.facts.access_key, cloud.facts.secret_key)
        _title(f"A Kodo server on this machine, with real files from {source} in the bucket {BUCKET!r}")
        objects = cloud.put_all(chain(real_files(source, MAX_FILES), iter(ODD_KEYS.items())))
        put(
            f"{objects:,} objects uploaded with Qiniu's own SDK, some with odd names: {', '.join(list(ODD_KEYS)[:5])} …"
        )

        _title("The first backup")
        shell.run("run")

        files = [key for key, _ in real_files(source, 200)]
        changed, deleted = files[:CHANGED], files[CHANGED : CHANGED + DELETED]
        _title(f"Somebody changes {len(changed)} objects, adds {ADDED} and deletes {len(deleted)}: only these travel")
        cloud.put_all((key, f"changed: {key}\n".encode()) for key in changed)
        cloud.put_all((f"new/{number}.txt", b"new\n") for number in range(ADDED))
        cloud.delete(deleted)
        shell.run("run", "-v")

        _title("Somebody empties most of the bucket: kodokeep holds that back until you agree")
        rest = [key for key, _ in real_files(source, MAX_FILES) if key not in deleted]
        cloud.delete(rest[: len(rest) * 3 // 4])
        shell.run("run")
        shell.run("status")
    _farewell(home, shell)
    return 0


class _Shell:
    """Types commands and shows what they print."""

    def __init__(self, home: Path, session: Session, uc: str, access_key: str, secret_key: str) -> None:
        self.config = home / "config.ini"
        self.config.write_text(
            f"[account]\nuc_host = {uc}\n\n[bucket:{BUCKET}]\nfolder = {home / BUCKET}\n", encoding="utf-8"
        )
        keys = {"QINIU_ACCESS_KEY": access_key, "QINIU_SECRET_KEY": secret_key}
        self.keys = keys
        self._session = Session(engine=session.engine, env={**session.env, **keys})

    def run(self, *arguments: str) -> int:
        """Run one command in this process, as the shell would."""
        from kodokeep.cli import main  # noqa: PLC0415 - the package imports its commands

        put(click.style(f"$ kodokeep {shlex.join(arguments)}", bold=True))
        code = main(["--config", str(self.config), *arguments], session=self._session)
        put(click.style(f"(exit code {code})", dim=True))
        return code


def _home(target: Path | None) -> Path:
    if target is None:
        return Path(tempfile.mkdtemp(prefix="kodokeep-demo-"))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise click.BadParameter(f"{target} exists and is not an empty directory", param_hint="--to")
    target.mkdir(parents=True, exist_ok=True)
    return target.absolute()


def _title(text: str) -> None:
    put("")
    put(click.style(f"── {text}", fg="cyan"))


def _farewell(home: Path, shell: _Shell) -> None:
    private = home / BUCKET / ".kodokeep"
    _title("Done; nothing is left running")
    put(f"The backup     {home / BUCKET}    plain files, browse them")
    put(f"The history    {private / 'history'}    what was replaced or deleted")
    put(f"The run logs   {private / 'runs'}")
    put("")
    put("To go on, start the same server again in one terminal:")
    put(f"  kodo-emulator serve --data {shlex.quote(str(home / 'cloud'))}")
    put("and in another:")
    for name, value in shell.keys.items():
        put(f"  export {name}={shlex.quote(value)}")
    config = shlex.quote(os.fspath(shell.config))
    put(f"  kodokeep --config {config} plan              # what is held, and why")
    put(f"  kodokeep --config {config} run --accept-changes")
    put(
        f"  rm -r {shlex.quote(str(home / BUCKET / 'json'))} && kodokeep --config {config} run   # lost files come back"
    )
