"""The worked examples of `docs/sync.md`: each is typed as it stands there, and says what stands there."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.kit import World

PAGE = Path(__file__).parents[2] / "docs" / "sync.md"
AHEAD = re.compile(r"notes: (sync of |[\d,]+ (to|in conflict)\b.*(?<!listed)$)")
"""Lines that the page leaves out: what names the run, and what counts what is ahead."""

DELETIONS, CONFLICT, RENAMES, GUARDS, PLAN_FILE = range(5)

Example = list[tuple[str, list[str]]]
"""What is typed, comments included, and what is said to it."""


def examples() -> list[Example]:
    """The blocks of the page that hold commands, in its order."""
    found: list[Example] = []
    inside = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        text = line.removeprefix("    ")
        if text == line:
            inside = False
        elif text.startswith("$ "):
            if not inside:
                found.append([])
            inside = True
            found[-1].append((text[2:], []))
        elif inside:
            found[-1][-1][1].append(text)
    return found


class Reader:
    """Somebody who follows the page: one pair, `notes`, below the current directory."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.configure("restore")
        notes = world.root / "notes"
        (notes / "march").mkdir(parents=True)
        (notes / "plan.txt").write_text("draft\n")
        for number in range(100):
            (notes / "march" / f"{number}.txt").write_text(f"day {number}\n")
        assert world.tell("run").exit == 0

    def configure(self, deletions: str) -> None:
        self.world.config.write_text(
            f"[account]\nuc_host = {self.world.emulator.uc}\n"
            f"[bucket:notes]\nbucket = {self.world.bucket}\nfolder = notes\nmode = sync\ndeletions = {deletions}\n"
        )

    def follow(self, typed: str, expected: list[str]) -> None:
        """Type a line, and see what comes."""
        commands, _, comment = typed.partition("#")
        if setting := re.search(r"deletions = (\w+)", comment):
            self.configure(setting[1])
        said: list[str] = []
        for command in re.split(r"; (?=kodokeep)", commands.strip()):
            if command.startswith("kodokeep "):
                said += self.tell(command.split()[1:])
            else:
                said += self.shell(command)
        if "overwrites the object" in comment:
            self.world.put("plan.txt", b"edited in the bucket")
        expected = [masked(line) for line in expected]
        if "…" in expected:
            expected = expected[expected.index("…") + 1 :]
            said = said[-len(expected) :]
        assert said == expected, typed

    def tell(self, arguments: list[str]) -> list[str]:
        result = self.world.tell(*arguments)
        texts = (result.stdout, result.stderr) if arguments[0] == "plan" else (result.stderr, result.stdout)
        text = "".join(texts).replace(f" --config {self.world.config}", "")
        return [masked(line) for line in text.splitlines() if not AHEAD.match(line)]

    def shell(self, command: str) -> list[str]:
        done = subprocess.run(["bash", "-ec", command], check=True, capture_output=True, text=True)
        return [masked(line) for line in done.stdout.splitlines()]


def masked(line: str) -> str:
    """A line without what differs from run to run: its id, the machine's name, and how long things take."""
    line = re.sub(r"\d{8}T\d{6}Z", "RUN", line)
    line = re.sub(r"\(conflict \S+ RUN\)", "(conflict HOST RUN)", line)
    return re.sub(r"[\d.]+ s( \(.*/s\))?$", "TIME", line)


def test_the_examples_of_the_page_say_what_they_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.root)
    shown = examples()
    assert len(shown) == 5, "a new example needs a place in the order below"
    (restored, *propagated), reader = shown[DELETIONS], Reader(world)
    for typed, expected in (restored, *shown[RENAMES], *shown[CONFLICT], *propagated, *shown[GUARDS]):
        reader.follow(typed, expected)
    world.tell("approve", "notes")
    assert world.tell("run").exit == 0
    for typed, expected in shown[PLAN_FILE]:
        reader.follow(typed, expected)
