"""The allocator: whoever comes second takes the escape, and no path is given out twice (rule 7)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.local.allocator import Allocator
from kodokeep.local.dirs import Directories, split
from kodokeep.local.names import NameRules, Names, probe_names
from kodokeep.local.walk import Walk
from kodokeep.model.key import NotAKey, decode
from tests.unit.local.odd_disks import CaseBlind, fold

EXACT = NameRules(255, exact=True)
SCRATCH = ".kodokeep/tmp/scratch"


def allocating(directories: Directories, rules: NameRules) -> Allocator:
    return Allocator(directories, Names(directories, rules, SCRATCH))


@pytest.fixture
def directories(tmp_path: Path) -> Iterator[Directories]:
    with Directories(str(tmp_path)) as opened:
        yield opened


@pytest.fixture
def allocator(directories: Directories) -> Allocator:
    return allocating(directories, EXACT)


def create(directories: Directories, path: str) -> None:
    parent, name = split(path)
    with directories.open_dir(parent) as fd:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, dir_fd=fd))


def test_a_new_key_gets_its_plainest_path_and_its_directories(tmp_path: Path, allocator: Allocator) -> None:
    assert allocator.allocate("photos/2024/a.jpg", None) == "photos/2024/a.jpg"
    assert [entry.name for entry in (tmp_path / "photos").iterdir()] == ["2024"]
    assert list((tmp_path / "photos/2024").iterdir()) == []


def test_a_path_is_given_out_once_until_claims_are_forgotten(allocator: Allocator) -> None:
    assert [allocator.allocate("a", None) for _ in range(3)] == ["a", "a%%", "%%61"]
    allocator.forget_claims()
    assert allocator.allocate("a", None) == "a"


@pytest.mark.parametrize(
    ("keys", "paths"),
    [
        (["a", "a/b"], ["a", "a%%/b"]),
        (["a/b", "a"], ["a/b", "a%%"]),
        (["a", "a/", "a/b", "a//c"], ["a", "a%%/%%", "a%%/b", "a%%/%%+/%%/c"]),
        (["dir//x", "dir/"], ["dir/%%/x", "dir/%%+/%%"]),
        (["", "/"], ["%%", "%%+/%%/%%"]),
        ([".", "./x"], [".%%", "%%2E/x"]),
    ],
)
@pytest.mark.parametrize("are_on_disk", [True, False])
def test_whoever_comes_second_takes_the_escape(
    directories: Directories, allocator: Allocator, keys: list[str], paths: list[str], are_on_disk: bool
) -> None:
    found = []
    for key in keys:
        found.append(allocator.allocate(key, None))
        if are_on_disk:
            create(directories, found[-1])
            allocator.forget_claims()
    assert found == paths


def test_existing_things_of_any_kind_are_taken(tmp_path: Path, allocator: Allocator) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "directory").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    for name in ("directory", "link", "pipe"):
        assert allocator.allocate(name, None) == f"{name}%%"
    assert allocator.allocate("file/x", None) == "file%%/x"
    for name in ("link", "pipe"):
        assert allocator.allocate(f"{name}/x", None) == f"%%{ord(name[0]):02X}{name[1:]}/x"


def test_a_file_that_came_meanwhile_has_the_path_of_its_key_and_no_twin_gets_beside_it(
    tmp_path: Path, allocator: Allocator
) -> None:
    """A second file of the key would hide the one that a person made (rule 8); placing at its path replaces nothing."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d/came").touch()
    assert allocator.allocate("d/came", None) == "d/came"
    assert allocator.allocate("d/came", "d/moved") == "d/came"


def test_a_symlink_to_a_directory_is_never_written_through(tmp_path: Path, allocator: Allocator) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "d").symlink_to("outside")
    assert allocator.allocate("d/x/y", None) == "d%%/x/y"
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_directory_that_is_there_under_another_spelling_is_used(tmp_path: Path, allocator: Allocator) -> None:
    (tmp_path / "a%%/.%%").mkdir(parents=True)
    assert allocator.allocate("a/./x", None) == "a%%/.%%/x"


def test_long_segments_get_continuations_that_fit(tmp_path: Path, directories: Directories) -> None:
    allocator = allocating(directories, NameRules(143, exact=True))
    for key in ("\n" * 750, "x" * 300 + "/" + "y" * 300, "x" * 300 + "z"):
        path = allocator.allocate(key, None)
        create(directories, path)
        assert decode(path) == key
        assert max(len(name) for name in path.split("/")) <= 143


def test_a_continuation_whose_name_is_taken_is_avoided(tmp_path: Path, allocator: Allocator) -> None:
    (tmp_path / ("x" * 252 + "%%+")).touch()
    path = allocator.allocate("x" * 300, None)
    assert decode(path) == "x" * 300
    assert (tmp_path / path).parent.is_dir()


def test_a_segment_with_no_free_spelling_is_told(tmp_path: Path, allocator: Allocator) -> None:
    (tmp_path / "%%").mkdir()
    (tmp_path / "%%+").symlink_to("nowhere")
    with pytest.raises(FileExistsError, match="every spelling"):
        allocator.allocate("", None)


def test_what_is_no_key_gets_no_path(allocator: Allocator) -> None:
    with pytest.raises(NotAKey):
        allocator.allocate("x" * 751, None)
    with pytest.raises(NotAKey):
        allocator.allocate("a\ud800", None)


def test_a_removed_directory_is_made_again(tmp_path: Path, directories: Directories, allocator: Allocator) -> None:
    allocator.allocate("d/e/x", None)
    directories.remove_empty_parents("d/e/x")
    assert allocator.allocate("d/e/y", None) == "d/e/y"
    assert (tmp_path / "d/e").is_dir()


def test_a_directory_that_became_a_file_is_found_anew(tmp_path: Path, directories: Directories) -> None:
    allocator = allocating(directories, EXACT)
    allocator.allocate("d/x", None)
    (tmp_path / "d").rmdir()
    (tmp_path / "d").touch()
    directories.invalidate("d")
    assert allocator.allocate("d/y", None) == "d%%/y"


class TestRecordedPaths:
    def test_a_free_one_is_used_and_its_directories_made(self, tmp_path: Path, allocator: Allocator) -> None:
        assert allocator.allocate("d/a", "d%%/%%61") == "d%%/%%61"
        assert (tmp_path / "d%%").is_dir()

    def test_one_that_holds_the_keys_own_file_is_used(self, tmp_path: Path, allocator: Allocator) -> None:
        (tmp_path / "a%%").touch()
        assert allocator.allocate("a", "a%%") == "a%%"

    @pytest.mark.parametrize("recorded", ["b", "../a", "/a", "a%%2F", "", ".kodokeep/a", "a/b"])
    def test_one_of_another_key_is_not_used(self, allocator: Allocator, recorded: str) -> None:
        assert allocator.allocate("a", recorded) == "a"

    def test_one_that_is_given_out_is_not_used(self, allocator: Allocator) -> None:
        assert allocator.allocate("a", "a%%") == "a%%"
        assert allocator.allocate("a", "a%%") == "a"

    def test_one_below_a_path_that_is_given_out_is_not_used(self, tmp_path: Path, allocator: Allocator) -> None:
        assert allocator.allocate("a", None) == "a"
        assert allocator.allocate("a/b", "a/b") == "a%%/b"
        assert not (tmp_path / "a").exists()

    def test_one_that_something_else_stands_at_is_not_used(self, tmp_path: Path, allocator: Allocator) -> None:
        (tmp_path / "a%%").mkdir()
        (tmp_path / "b%%").symlink_to("nowhere")
        (tmp_path / "c%%").touch()
        assert allocator.allocate("a", "a%%") == "a"
        assert allocator.allocate("b", "b%%") == "b"
        assert allocator.allocate("c/x", "c%%/x") == "c/x"


class TestDisksThatTakeTwoNamesForOne:
    @pytest.fixture
    def directories(self, tmp_path: Path) -> Iterator[CaseBlind]:
        with CaseBlind(str(tmp_path)) as opened:
            yield opened

    @pytest.fixture
    def allocator(self, directories: CaseBlind) -> Allocator:
        return allocating(directories, probe_names(directories, SCRATCH))

    @pytest.mark.parametrize("are_on_disk", [True, False])
    def test_twins_get_paths_of_their_own(
        self, directories: CaseBlind, allocator: Allocator, are_on_disk: bool
    ) -> None:
        keys = ["README", "readme", "Readme", "rEADME", "Docs/x", "docs/x", "docs/y", "DOCS/docs/z", "é", "e\u0301"]
        keys += ["X" * 300, "x" * 300, "DOCS", "readme/x"]
        paths = {}
        for key in keys:
            paths[key] = allocator.allocate(key, None)
            if are_on_disk:
                assert directories.on_disk(paths[key]) == paths[key], "the place is another file's"
                create(directories, paths[key])
                allocator.forget_claims()
        assert len({fold(path) for path in paths.values()}) == len(keys)
        assert paths["README"] == "README"
        assert paths["readme"] == "readme%%"
        assert paths["docs/x"] == "docs%%/x"
        assert paths["docs/y"] == "docs%%/y"
        if are_on_disk:
            assert [entry.key for entry in Walk(directories)] == sorted(keys)

    def test_a_recorded_path_that_is_another_names_file_is_not_used(self, tmp_path: Path, allocator: Allocator) -> None:
        (tmp_path / "README").touch()
        (tmp_path / "Docs").mkdir()
        assert allocator.allocate("readme", "readme") == "readme%%"
        assert allocator.allocate("README", "README") == "README"
        assert allocator.allocate("docs/x", "docs/x") == "docs%%/x"
        assert allocator.allocate("Docs/x", "Docs/x") == "Docs/x"
