"""The page about options has every option, and no other."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from kodokeep.config.schema import AccountSection, MetricsSection, NotifySection, PairSection, PricesSection

PAGE = (Path(__file__).parents[3] / "docs" / "options.md").read_text(encoding="utf-8")
PAIRS, OTHERS = PAGE.split("## Other sections\n")


@pytest.mark.parametrize(
    ("text", "column", "sections"),
    [(PAIRS, 1, (PairSection,)), (OTHERS, 2, (AccountSection, NotifySection, MetricsSection, PricesSection))],
)
def test_every_option_has_its_line(text: str, column: int, sections: tuple[type[BaseModel], ...]) -> None:
    rows = [line.split("|") for line in text.splitlines() if line.startswith("|")]
    named = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row[column])]
    assert sorted(named) == sorted(name for section in sections for name in section.model_fields)
