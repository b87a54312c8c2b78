"""Every guess about the real cloud is marked in the code, and is a row of the one page that lists them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "emulator-guesses.md"
MARK = re.compile(r"\[unv ([a-z0-9-]+)\]")


def marks() -> list[str]:
    sources = (ROOT / "src" / "kodo_emulator").rglob("*.py")
    return [name for path in sources for name in MARK.findall(path.read_text())]


def rows() -> list[str]:
    return re.findall(r"^\| ([a-z0-9-]+) \|", PAGE.read_text(), re.MULTILINE)


def test_code_and_page_name_the_same_guesses() -> None:
    listed = [name for name in rows() if name != "name"]
    assert listed == sorted(set(listed)), "rows are sorted and unique"
    assert set(marks()) == set(listed)


def test_no_guess_is_without_a_name() -> None:
    nameless = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "src" / "kodo_emulator").rglob("*.py")
        if "[unv]" in path.read_text()
    ]
    assert nameless == []
