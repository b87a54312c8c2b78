"""What other programs make of what we write: promtool of the metrics and alert rules, mandoc of the manual pages."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.system.pair import Pair

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]


def test_promtool_finds_no_fault_with_the_metrics(pair: Pair) -> None:
    pair.put({"a": b"content"})
    assert pair.run().exit == 0
    metrics = pair.tell("metrics")
    assert metrics.exit == 0
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=metrics.stdout, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_promtool_finds_no_fault_with_the_rules_of_the_page(tmp_path: Path) -> None:
    (rules,) = re.findall(r"```yaml\n(groups:.*?)```", (ROOT / "docs" / "monitoring.md").read_text(), re.DOTALL)
    file = tmp_path / "rules.yml"
    file.write_text(rules)
    checked = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("page", sorted((ROOT / "man").glob("*.1")), ids=lambda page: page.name)
def test_mandoc_finds_no_fault_with_the_manual(page: Path) -> None:
    checked = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, check=False
    )
    complaints = [line for line in checked.stdout.splitlines() if "missing date" not in line]
    assert complaints == []
