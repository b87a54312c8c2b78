"""A program that is taken from the disk while it works, as by an upgrade, can still tell what happens."""

import subprocess
import sys

from tests.unit.oversight.conftest import Bench, titles

SCRIPT = """
import sys
from pathlib import Path
from kodokeep.config.load import from_text
from kodokeep.model.event import RunFinished
from kodokeep.model.summary import Summary
from kodokeep.oversight.overseer import Overseer
from kodokeep.oversight.place import Place

file = Path(sys.argv[1])
config = from_text(file.read_text(), file)
overseer = Overseer(config, Place({}, file.parent / "home", print, lambda: 1_795_608_000.0, "nas"))
overseer.bring_along()


class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in sys.stdlib_module_names:
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Gone())
(pair,) = config.pairs
listen = overseer.listener(pair)


def work():
    listen(RunFinished(Summary("photos", "", "backup", 1, error="the run could not be started")))
    return 1


overseer.around(pair, work, scheduled=True)
overseer.look_after_all(1_795_608_000.0)
"""


def test_what_it_takes_to_tell_is_loaded_before_it_is_wanted(bench: Bench) -> None:
    command, told = bench.hook("told")
    bench.configure(
        f"schedule = daily\nheartbeat = {bench.receiver.url}/uuid\non_failure = {command}\n"
        f"[metrics]\nfile = {bench.root}/kodokeep.prom"
    )
    told_us = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(bench.file)], capture_output=True, text=True, check=True
    )
    assert (told_us.stdout, told_us.stderr) == ("", "")
    assert titles(bench.receiver.messages) == ["photos: failed", "photos: no successful run yet"]
    assert bench.receiver.beats == ["/uuid/start", "/uuid/fail"]
    assert told.read_text() == "failure photos 1\n"
    assert (bench.root / "kodokeep.prom").exists()
