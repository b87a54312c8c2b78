"""Trouble with the config: file, section, option and what was expected, exit code 2, and nothing else happens."""

import re

import pytest

from tests.e2e.kit import World

MISTAKES = {
    "no section": ("", r"\[bucket:NAME\]"),
    "not ini": ("folder = here\n", "config.ini"),
    "no folder": ("[bucket:p]\nbucket = b\n", r"\[bucket:p\] folder is missing"),
    "misspelt": ("[bucket:p]\nfoldr = x\nfolder = y\n", r"\[bucket:p\].*foldr.*folder"),
    "wrong word": ("[bucket:p]\nfolder = y\ndeletions = maybe\n", r"\[bucket:p\] deletions.*propagate or keep"),
    "wrong number": ("[bucket:p]\nfolder = y\nguard_percent = 101\n", "guard_percent.*0 to 100"),
    "secret in the file": (
        "[account]\nsecret_key = S3CRET\n[bucket:p]\nfolder = y\n",
        "keys are not kept in the config.*kodokeep login",
    ),
    "nested folders": (
        "[bucket:p]\nfolder = y\n[bucket:q]\nfolder = y/z\n",
        r"(?s)config\.ini: \[bucket:p\].*\[bucket:q\]",
    ),
}


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize(("text", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_explained(world: World, text: str, words: str, command: str) -> None:
    world.config.write_text(text)
    result = world.tell(command)
    assert result.exit == 2
    assert re.search(words, result.stderr), result.stderr
    assert "S3CRET" not in result.stderr
    assert result.requests == []
    assert {path.name for path in world.root.iterdir()} - {"state-home"} == {"config.ini"}


def test_a_missing_config_is_named(world: World) -> None:
    world.config.unlink()
    result = world.tell("run")
    assert result.exit == 2
    assert str(world.config) in result.stderr


def test_missing_keys_are_named(world: World) -> None:
    result = world.tell("run", env={"QINIU_ACCESS_KEY": "x"})
    assert result.exit == 2
    assert "QINIU_SECRET_KEY" in result.stderr


def test_an_unknown_pair_is_told_with_those_there_are(world: World) -> None:
    result = world.tell("run", "fotos")
    assert result.exit == 2
    assert "photos" in result.stderr


def test_of_two_pairs_the_good_one_is_done_and_the_bad_one_is_told(world: World) -> None:
    world.put("a", b"1")
    with world.config.open("a") as file:
        file.write(f"[bucket:zebra]\nbucket = no-such-bucket\nfolder = {world.root / 'zebra'}\n")
        file.write(f"[bucket:apple]\nbucket = no-such-bucket\nfolder = {world.root / 'apple'}\n")
    result = world.run()
    assert result.exit == 2
    assert {name: summary["exit"] for name, summary in result.summaries.items()} == {
        "photos": 0,
        "zebra": 2,
        "apple": 2,
    }
    assert world.tree() == {"a": b"1"}
    assert "zebra" in result.stderr
    assert world.run("photos").exit == 0
