"""Which names a disk keeps, found out by trying (rules 7, 14)."""

import errno
import os
import unicodedata
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from kodokeep.local import twins
from kodokeep.local.allocator import Allocator
from kodokeep.local.dirs import Directories
from kodokeep.local.names import NameRules, Names, probe_names
from kodokeep.model.key import decode
from kodokeep.model.windows import is_refused
from tests.unit.local.odd_disks import CaseBlind, Decomposing, LowerCase

SCRATCH = ".kodokeep/tmp/scratch"


def refusing(monkeypatch: pytest.MonkeyPatch, refuses: Callable[[str], bool], number: int = errno.EINVAL) -> None:
    """A disk that refuses some names."""
    real = os.open

    def opened(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_CREAT and refuses(path):
            raise OSError(number, os.strerror(number), path)
        return real(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", opened)


@pytest.fixture
def directories(tmp_path: Path) -> Iterator[Directories]:
    with Directories(str(tmp_path)) as directories:
        yield directories


def test_the_probe_tells_what_the_disk_keeps(tmp_path: Path) -> None:
    with Directories(str(tmp_path)) as directories:
        rules = probe_names(directories, ".kodokeep/tmp")
    (tmp_path / "case").touch()
    assert rules.exact is not (tmp_path / "CASE").exists()
    (tmp_path / ("x" * rules.max_bytes)).touch()
    assert list((tmp_path / ".kodokeep/tmp").iterdir()) == []


def test_the_probe_notices_twins(tmp_path: Path) -> None:
    with CaseBlind(str(tmp_path)) as directories:
        assert not probe_names(directories, "scratch").exact
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(("probed", "used"), [(143, 143), (1530, 255), (14, 32), (OSError(), 255)])
def test_the_longest_name_is_asked_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probed: int | OSError, used: int
) -> None:
    def fpathconf(fd: int, name: str) -> int:
        assert name == "PC_NAME_MAX"
        if isinstance(probed, OSError):
            raise probed
        return probed

    monkeypatch.setattr(os, "fpathconf", fpathconf)
    with Directories(str(tmp_path)) as directories:
        assert probe_names(directories, "scratch").max_bytes == used


def test_the_probe_notices_that_names_are_shown_otherwise(tmp_path: Path) -> None:
    for disk in (LowerCase, Decomposing):
        with disk(str(tmp_path)) as directories:
            rules = probe_names(directories, "scratch")
        assert (rules.keeps, rules.exact) == (False, False)
    with Directories(str(tmp_path)) as directories:
        rules = probe_names(directories, "scratch")
    assert (rules.keeps, rules.exact, rules.portable) == (True, True, False)


def test_a_disk_that_refuses_names_as_windows_does_gets_portable_ones(
    directories: Directories, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, is_refused)
    assert probe_names(directories, "scratch").portable


def test_a_full_disk_is_not_taken_for_a_picky_one(directories: Directories, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, is_refused, errno.ENOSPC)
    with pytest.raises(OSError, match="No space"):
        probe_names(directories, "scratch")


@pytest.mark.parametrize(
    ("disk", "segment", "first"),
    [
        (LowerCase, "readme", "readme"),
        (LowerCase, "README", "%%52%%45%%41%%44%%4d%%45"),
        (LowerCase, "IMG_1.jpg", "%%49%%4d%%47_1.jpg"),
        (LowerCase, "\n", "%%0a"),
        (Decomposing, "caf\u00e9", "caf%%C3%%A9"),
        (Decomposing, "cafe\u0301", "cafe\u0301"),
    ],
)
def test_spellings_are_what_the_disk_shows(tmp_path: Path, disk: type[Directories], segment: str, first: str) -> None:
    with disk(str(tmp_path)) as directories:
        names = Names(directories, probe_names(directories, SCRATCH), SCRATCH)
        found = list(islice(names.spellings(segment), 5))
        assert found[0] == first
        assert len(set(found)) == 5
        assert all(decode(spelled) == segment and names.can_hold(spelled) for spelled in found)
        assert names.plainest(f"d/{segment}") == f"d/{first}"
    assert list((tmp_path / ".kodokeep/tmp").iterdir()) in ([], [tmp_path / SCRATCH])


KEYS = ["README", "readme", "Readme", "Docs/x", "docs/x", "docs/Y", "\u00e9", "e\u0301", "A" * 300, "a" * 300]


def create(directories: Directories, path: str) -> None:
    parent, _, name = path.rpartition("/")
    with directories.open_dir(parent) as fd:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, dir_fd=fd))


@pytest.mark.parametrize("disk", [LowerCase, Decomposing])
@pytest.mark.parametrize("are_on_disk", [True, False])
def test_a_disk_that_changes_names_gets_those_that_it_keeps(
    tmp_path: Path, disk: type[Directories], are_on_disk: bool
) -> None:
    with disk(str(tmp_path)) as directories:
        allocator = Allocator(directories, Names(directories, probe_names(directories, SCRATCH), SCRATCH))
        paths = {}
        for key in KEYS:
            paths[key] = allocator.allocate(key, None)
            if are_on_disk:
                create(directories, paths[key])
                allocator.forget_claims()
        shown = str.lower if disk is LowerCase else lambda path: unicodedata.normalize("NFD", path)
        assert all(shown(path) == path and decode(path) == key for key, path in paths.items())
        assert len(set(paths.values())) == len(KEYS)


def test_a_recorded_path_that_the_disk_would_change_is_not_used_again(tmp_path: Path) -> None:
    with LowerCase(str(tmp_path)) as directories:
        allocator = Allocator(directories, Names(directories, probe_names(directories, SCRATCH), SCRATCH))
        assert allocator.allocate("Aa", "Aa") == "%%41a"
        assert allocator.allocate("Ab", "%%41b") == "%%41b"


@pytest.fixture
def portable(directories: Directories) -> Allocator:
    return Allocator(directories, Names(directories, NameRules(255, exact=True, portable=True), SCRATCH))


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("a:b", "a%%3Ab"),
        ('x<>"|?*\\', "x%%3C%%3E%%22%%7C%%3F%%2A%%5C"),
        ("ends.", "ends.%%"),
        ("ends /x", "ends %%/x"),
        ("con", "%%63on"),
        ("COM1.tar.gz/x", "%%43OM1.tar.gz/x"),
        ("nul .txt", "%%6Eul .txt"),
        ("lpt\u00b9", "%%6Cpt\u00b9"),
        ("console", "console"),
        ("My%20File.pdf", "My%20File.pdf"),
        (".hidden", ".hidden"),
    ],
)
def test_portable_names(portable: Allocator, key: str, path: str) -> None:
    assert portable.allocate(key, None) == path
    assert decode(path) == key


@pytest.mark.parametrize("are_on_disk", [True, False])
def test_portable_twins_get_names_of_their_own_on_a_disk_that_needs_none(
    directories: Directories, portable: Allocator, are_on_disk: bool
) -> None:
    found = {}
    for key in ["README", "readme", "Docs/x", "docs/y", "docs/z", "DOCS", "\u00e9/1", "e\u0301/1"]:
        found[key] = portable.allocate(key, None)
        if are_on_disk:
            create(directories, found[key])
            portable.forget_claims()
    assert found == {
        "README": "README",
        "readme": "readme%%",
        "Docs/x": "Docs/x",
        "docs/y": "docs%%/y",
        "docs/z": "docs%%/z",
        "DOCS": "%%44OCS",
        "\u00e9/1": "\u00e9/1",
        "e\u0301/1": "e\u0301%%/1",
    }


def test_portable_names_mind_what_was_there_before(directories: Directories, portable: Allocator) -> None:
    create(directories, "Photo.JPG")
    assert portable.allocate("photo.jpg", None) == "photo.jpg%%"
    assert portable.allocate("other.jpg", None) == "other.jpg"


def test_a_name_that_was_given_out_in_vain_is_given_out_again(portable: Allocator) -> None:
    assert portable.allocate("a", None) == "a"
    portable.forget_claims()
    assert portable.allocate("a", None) == "a"


def test_a_recorded_path_that_is_not_portable_is_kept_only_where_it_stands(
    directories: Directories, portable: Allocator
) -> None:
    create(directories, "a:1")
    assert portable.allocate("a:1", "a:1") == "a:1"
    assert portable.allocate("a:2", "a:2") == "a%%3A2"


def test_many_names_in_one_directory_are_all_remembered(
    directories: Directories, portable: Allocator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twins, "_FRESH", 100)
    for number in range(950):
        create(directories, f"F{number}")
    assert portable.allocate("g1", None) == "g1"
    for number in range(0, 950, 7):
        assert portable.allocate(f"f{number}", None) == f"f{number}%%"
    assert portable.allocate("f950", None) == "f950"


def test_a_file_that_is_to_be_moved_is_not_in_the_way_of_its_own_new_name(tmp_path: Path) -> None:
    with CaseBlind(str(tmp_path)) as directories:
        allocator = Allocator(directories, Names(directories, probe_names(directories, SCRATCH), SCRATCH))
        create(directories, "readme")
        create(directories, "other")
        assert allocator.allocate("README", None, "other") == "README%%"
        allocator.forget_claims()
        assert allocator.allocate("README", None, "readme") == "README"


def test_nor_with_portable_names(directories: Directories, portable: Allocator) -> None:
    create(directories, "readme")
    assert portable.allocate("README", None) == "README%%"
    portable.forget_claims()
    assert portable.allocate("README", None, "readme") == "README"
