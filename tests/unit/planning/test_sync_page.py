"""The manual says what the code does: the tables of `docs/sync.md` are those of `planning.decide`."""

from pathlib import Path

import pytest

from kodokeep.model.options import Mode
from kodokeep.planning.decide import table_cells

PAGE = Path(__file__).parents[3] / "docs" / "sync.md"


def shown(mode: Mode) -> list[tuple[str, ...]]:
    """The first table below the line that names the mode, without the rule under its head."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index(f"`mode = {mode}`:") + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip().replace("**", "") for cell in line.strip("|").split("|")))
    return [rows[0], *rows[2:]]


@pytest.mark.parametrize("mode", [Mode.SYNC, Mode.PUBLISH])
def test_the_table_of_the_page_is_the_table_that_decides(mode: Mode) -> None:
    assert shown(mode) == table_cells(mode)
