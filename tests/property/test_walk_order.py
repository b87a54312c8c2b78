"""Whatever the keys are and in whatever order they come: allocated, created, walked, they are all there in order."""

import os
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kodokeep.local.allocator import Allocator
from kodokeep.local.dirs import Directories, split
from kodokeep.local.names import NameRules, Names
from kodokeep.local.walk import Walk
from kodokeep.model.entry import LocalEntry
from kodokeep.model.key import decode
from kodokeep.model.windows import is_refused

PIECES = st.sampled_from(
    ["a", "b", "/", "/", "%", "%%", "%%+", ".", "..", "\n", "é", "图", "😀", ".kodokeep", "x" * 30]
)
KEYS = st.lists(PIECES, max_size=7).map("".join)
NAME_MAX = st.sampled_from([32, 255])


def fill(
    directories: Directories, keys: Sequence[str], name_max: int, batch: int, *, portable: bool = False
) -> dict[str, str]:
    """Give each key a file, forgetting claims after every so many keys, as a run does."""
    allocator = Allocator(
        directories, Names(directories, NameRules(name_max, exact=True, portable=portable), ".kodokeep/scratch")
    )
    paths = {}
    for start in range(0, len(keys), batch):
        for key in keys[start : start + batch]:
            paths[key] = allocator.allocate(key, None)
        for key in keys[start : start + batch]:
            parent, name = split(paths[key])
            with directories.open_dir(parent) as fd:
                os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, dir_fd=fd))
        allocator.forget_claims()
    return paths


@settings(deadline=None)
@given(st.lists(KEYS, unique=True, max_size=25), NAME_MAX, st.integers(1, 6))
def test_the_walk_gives_back_what_was_allocated(keys: list[str], name_max: int, batch: int) -> None:
    with tempfile.TemporaryDirectory() as root, Directories(root, capacity=4) as directories:
        paths = fill(directories, keys, name_max, batch)
        items = list(Walk(directories, name_max=name_max))
    assert all(isinstance(item, LocalEntry) for item in items)
    assert [item.key for item in items] == sorted(keys, key=str.encode)
    assert {item.key: item.path for item in items} == paths
    assert all(decode(path) == key for key, path in paths.items())


WINDOWS_PIECES = st.sampled_from(
    ["a", "A", "/", "/", ":", "con", "CON", ".", " ", "e\u0301", "é", "É", "ß", "ss", "%%"]
)
WINDOWS_KEYS = st.lists(WINDOWS_PIECES, max_size=5).map("".join)


@settings(deadline=None)
@given(st.lists(WINDOWS_KEYS, unique=True, max_size=25), NAME_MAX, st.integers(1, 6))
def test_with_portable_names_no_two_files_could_be_one_anywhere(keys: list[str], name_max: int, batch: int) -> None:
    with tempfile.TemporaryDirectory() as root, Directories(root) as directories:
        paths = fill(directories, keys, name_max, batch, portable=True)
        items = list(Walk(directories, name_max=name_max))
    assert {item.key: item.path for item in items} == paths
    places = {place for path in paths.values() for place in above(path)}
    assert len({unicodedata.normalize("NFD", place).casefold() for place in places}) == len(places)
    assert not any(is_refused(name) for path in paths.values() for name in path.split("/"))


@settings(deadline=None)
@given(st.lists(KEYS, unique=True, max_size=25), KEYS)
def test_a_prefix_restricts_the_walk_to_its_keys(keys: list[str], prefix: str) -> None:
    with tempfile.TemporaryDirectory() as root, Directories(root) as directories:
        fill(directories, keys, 255, 5)
        items = list(Walk(directories, prefix=prefix))
    assert [item.key for item in items] == sorted(key for key in keys if key.startswith(prefix))


NAMES = st.sampled_from(
    ["a", "a%%", "%%61", "%%+", "a%%+", "%%", ".kodokeep", "b", "%%2F", "caf\udce9", "%%FF", "a\n", "%%%", "!"]
)
PLACES = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
KINDS = st.sampled_from(["file", "symlink", "fifo"])


@settings(deadline=None)
@given(st.lists(st.tuples(PLACES, KINDS), max_size=15))
def test_any_tree_is_told_in_key_order_with_nothing_left_out(places: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as root, Directories(root) as directories:
        planted = [path for path, kind in places if plant(Path(root, path), kind)]
        items = list(Walk(directories))
    assert [item.key for item in items] == sorted(item.key for item in items)
    assert all(decode(item.path) == item.key for item in items if isinstance(item, LocalEntry))
    told = {item.path for item in items}
    for path in planted:
        assert path.startswith(".kodokeep") or told & set(above(path)), f"nothing was said of {path!r}"


def above(path: str) -> list[str]:
    """A path and all above it, as the walk prints them."""
    names = path.encode(errors="backslashreplace").decode().split("/")
    return ["/".join(names[: count + 1]) for count in range(len(names))]


def plant(path: Path, kind: str) -> bool:
    """Put something at a place, if it is free and can be reached without a symlink; True if that was done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "symlink":
            path.symlink_to("nowhere")
        elif kind == "fifo":
            os.mkfifo(path)
        else:
            path.touch(exist_ok=False)
    except (FileExistsError, NotADirectoryError, FileNotFoundError):
        return False
    return True
