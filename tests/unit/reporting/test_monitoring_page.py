"""The page about monitoring: its metrics are those that there are, and its rules can be read."""

import re
from pathlib import Path

import yaml

from kodokeep.cli.status_text import status_fields
from kodokeep.model.health import Ailment
from kodokeep.model.options import PairOptions
from kodokeep.reporting.gauges import GAUGES
from tests.unit.cli.fake_engine import FakeEngine

PAGE = (Path(__file__).parents[3] / "docs" / "monitoring.md").read_text(encoding="utf-8")


def named_in(section: str, heading: str) -> set[str]:
    """What is between backticks in the first column of the table below this heading row."""
    table = section.partition(heading)[2].partition("\n\n")[0]
    cells = (line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    return {name for cell in cells for name in re.findall(r"`([a-z_]+)", cell)}


def test_the_page_names_every_metric_and_no_other() -> None:
    assert named_in(PAGE, "| metric (`kodokeep_` in front) |") == {gauge.name for gauge in GAUGES}


def test_the_page_names_every_field_of_status_and_every_reason() -> None:
    status = FakeEngine().look(PairOptions("photos", "photos", "", "/photos"))
    assert named_in(PAGE, "| name | what it is |") == set(status_fields(status, 0))
    assert all(f"`{reason}`" in PAGE for reason in Ailment)


def test_the_rules_of_the_page_are_of_metrics_that_there_are() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    rules = yaml.safe_load(text)["groups"][0]["rules"]
    used = {name for rule in rules for name in re.findall(r"kodokeep_(\w+)", rule["expr"])}
    assert used <= {gauge.name for gauge in GAUGES}
    assert {rule["alert"] for rule in rules} == {
        "KodokeepStale", "KodokeepBroken", "KodokeepMissed", "KodokeepHeld", "KodokeepSilent"
    }  # fmt: skip
