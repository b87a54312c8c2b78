"""What other programs make of what we write: promtool of the metrics and alert rules, mandoc of the manual pages."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.system.pair import KODOKEEP, Pair

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]

RULE_TESTS = """
rule_files: [rules.yml]
evaluation_interval: 10m
tests:
  - interval: 10m
    input_series:
      # `old` wrote its file once and never again; `young` is well.
      - {series: 'kodokeep_last_success_timestamp_seconds{pair="old"}', values: '0x60'}
      - {series: 'kodokeep_last_success_timestamp_seconds{pair="young"}', values: '0+600x60'}
      - {series: 'kodokeep_stale_after_seconds{pair="old"}', values: '10800x60'}
      - {series: 'kodokeep_stale_after_seconds{pair="young"}', values: '10800x60'}
      - {series: 'kodokeep_next_due_timestamp_seconds{pair="old"}', values: '3600x60'}
      - {series: 'kodokeep_next_due_timestamp_seconds{pair="young"}', values: '3600+600x60'}
      - {series: 'kodokeep_stale{pair="old"}', values: '0x60'}
      - {series: 'kodokeep_stale{pair="young"}', values: '0x60'}
      - {series: 'kodokeep_missed{pair="young"}', values: '0x60'}
      - {series: 'kodokeep_broken{pair="old"}', values: '1x60'}
      - {series: 'kodokeep_broken{pair="young"}', values: '0x60'}
    promql_expr_test:
      - {expr: 'count(ALERTS{alertstate="firing"})', eval_time: 50m, exp_samples: []}
      - expr: 'count(ALERTS{alertstate="firing", pair="old"})'
        eval_time: 4h
        exp_samples: [{labels: '{}', value: 3}]
      - {expr: 'count(ALERTS{pair="young"})', eval_time: 4h, exp_samples: []}
"""


def test_promtool_finds_no_fault_with_the_metrics(pair: Pair) -> None:
    pair.put({"a": b"content"})
    assert pair.run().exit == 0
    command = [KODOKEEP, "--config", pair.root / "config.ini", "metrics"]
    metrics = subprocess.run(command, env=pair.environment, capture_output=True, check=True).stdout
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=metrics.decode(), capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_the_rules_of_the_page_fire_for_pairs_in_trouble_only(tmp_path: Path) -> None:
    (rules,) = re.findall(r"```yaml\n(groups:.*?)```", (ROOT / "docs" / "monitoring.md").read_text(), re.DOTALL)
    (tmp_path / "rules.yml").write_text(rules)
    (tmp_path / "tests.yml").write_text(RULE_TESTS)
    for command in ("check", "test"):
        file = "rules.yml" if command == "check" else "tests.yml"
        checked = subprocess.run(
            ["promtool", command, "rules", file], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("page", sorted((ROOT / "man").glob("*.1")), ids=lambda page: page.name)
def test_mandoc_finds_no_fault_with_the_manual(page: Path) -> None:
    checked = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, check=False
    )
    complaints = [line for line in checked.stdout.splitlines() if "missing date" not in line]
    assert complaints == []
