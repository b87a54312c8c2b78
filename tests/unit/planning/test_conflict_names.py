"""How the loser of a conflict is called."""

import pytest

from kodokeep.planning.conflicts import conflict_key

RUN = "20261122T030000Z"
MARK = f"(conflict laptop {RUN})"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("photo.jpg", f"photo {MARK}.jpg"),
        ("trip.2026/photo", f"trip.2026/photo {MARK}"),
        ("a.tar.gz", f"a.tar {MARK}.gz"),
        ("home/.bashrc", f"home/.bashrc {MARK}"),
        ("..", f".. {MARK}"),
        ("report v1.2 final", f"report v1.2 final {MARK}"),
        ("ends with.", f"ends with. {MARK}"),
        ("dir/", f"dir/{MARK}"),
        ("a//b.md", f"a//b {MARK}.md"),
        ("", MARK),
        ("书/封面.png", f"书/封面 {MARK}.png"),
    ],
)
def test_it_says_where_and_when_and_keeps_the_extension(key: str, name: str) -> None:
    assert conflict_key(key, "laptop", RUN) == name


def test_one_that_is_taken_gets_a_number() -> None:
    assert conflict_key("a.txt", "laptop", RUN, 2) == f"a (conflict laptop {RUN} 2).txt"


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("laptop", "laptop"),
        ("büro pc.local", "b-ro-pc-local"),
        ("../../etc", "etc"),
        ("", "host"),
        ("老王", "host"),
        ("x" * 40, "x" * 32),
        ("a)\n(b", "a-b"),
    ],
)
def test_any_host_name_is_made_safe(host: str, shown: str) -> None:
    assert conflict_key("a", host, RUN) == f"a (conflict {shown} {RUN})"


def test_the_stem_is_cut_between_characters_and_the_extension_stays() -> None:
    name = conflict_key("封" * 80 + ".png", "laptop", RUN)
    assert name.startswith("封" * 60)
    assert name.endswith(f"封 {MARK}.png")
    assert 252 < len(name.encode()) <= 255


def test_a_directory_that_leaves_no_room_is_cut() -> None:
    key = f"{'d' * 300}/{'e' * 440}/f.txt"
    assert conflict_key(key, "laptop", RUN).startswith(f"{'d' * 300}/{'e' * 400}")
    assert conflict_key(key, "laptop", RUN).endswith(f"e {MARK}.txt")
