"""`kodokeep demo` shows what it says, with the files that it is given."""

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from kodokeep.cli import main
from kodokeep.cli.session import Session
from tests.sdk_settings import sdk_settings_kept

FILES = {
    f"{directory}/{number}.txt": f"{directory} {number}\n" for directory in ("one", "two/three") for number in range(4)
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """All that one demo said, and the directory that it left."""
    root = tmp_path_factory.mktemp("demo")
    for path, text in FILES.items():
        file = root / "from" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    said = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with sdk_settings_kept(), pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
        patch.setenv("XDG_STATE_HOME", str(root / "state-home"))
        code = main(["demo", "--from", str(root / "from"), "--to", str(root / "to")], Session(env={}))
    said.seek(0)
    text = said.read()
    assert code == 0, text
    assert "Traceback" not in text
    return text, root / "to"


def part(text: str, title: str) -> str:
    """What follows a title, up to the next."""
    found = re.search(rf"── {title}[^\n]*\n(.*?)(?=\n── |\Z)", text, re.DOTALL)
    assert found is not None, text
    return found[1]


MASS_DELETION = ["photos: held: 75 % o", "photos: 509 listed ="]


def shape(line: str) -> str:
    """A line of the demo without what depends on its files, the machine and the day."""
    line = re.sub(r"/[^ ]*/(?=photos|work)", "/", line.strip())
    line = re.sub(r"(?<=[+~-]) [^ ]+(?=  )", " KEY", line)
    line = re.sub(r"conflict \S+ ", "conflict HOST ", line)
    line = re.sub(r"[\d.,]+ ([KMG]i)?B/s", "SPEED", re.sub(r"[\d.,]+ ([KMG]i)?B\b(?!/s)", "SIZE", line))
    return re.sub(r" \(SPEED\)", "", re.sub(r"\d[\dTZ,.]*", "N", line))


def test_the_readme_shows_what_the_demo_prints(demo: tuple[str, Path]) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("What `make demo` prints (shortened):")[2].partition("\n## ")[0].splitlines()
    printed = {shape(line) for line in demo[0].splitlines()}
    unlike = [line.strip() for line in shown if shape(line) and shape(line) not in printed]
    assert [line[:20] for line in unlike] == MASS_DELETION, "a demo of few files deletes all of them"
    assert len(shown) > 30


def test_a_mass_deletion_is_held_and_every_file_is_still_there(demo: tuple[str, Path]) -> None:
    text, home = demo
    assert "(exit code 4)" in part(text, "Somebody deletes")
    assert len([path for path in (home / "photos").rglob("*.txt") if ".kodokeep" not in path.parts]) >= len(FILES) - 4


def test_what_only_the_folder_has_is_uploaded(demo: tuple[str, Path]) -> None:
    act = part(demo[0], "A second pair goes both ways")
    assert "mode = sync" in act
    assert f"{len(FILES) + 1} uploaded" in act
    assert "(exit code 0)" in act


def test_a_renamed_folder_moves_no_content(demo: tuple[str, Path]) -> None:
    text, home = demo
    act = part(text, "A folder is renamed")
    assert f"{len(FILES)} moved" in act
    assert "(exit code 0)" in act
    assert "0 B of content" in act
    assert {path: (home / "work" / "final" / path).read_text() for path in FILES} == FILES


def test_a_conflict_keeps_both_contents_under_names_that_tell_them_apart(demo: tuple[str, Path]) -> None:
    text, home = demo
    act = part(text, "A file is edited here")
    assert "(exit code 0)" in act
    kept = {path.name: path.read_text().splitlines()[-1] for path in (home / "work").glob("minutes*")}
    (name,) = kept.keys() - {"minutes.txt"}
    assert re.fullmatch(r"minutes \(conflict \S+ \d{8}T\d{6}Z\)\.txt", name)
    assert kept == {"minutes.txt": "Tuesday: added by somebody else", name: "Tuesday: added here"}
    assert all(f"{path}: {line}" in act for path, line in kept.items())
