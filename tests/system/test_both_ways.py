"""Two machines on one bucket, one of them with a disk that takes some names for one, or shows them changed (rule 7)."""

from pathlib import Path
from typing import NamedTuple

import pytest

from kodokeep.model.key import decode
from tests.emulator_process import Emulator
from tests.system.mounts import Mounts
from tests.system.pair import Pair
from tests.system.test_file_systems import DISKS, FOR_WINDOWS, TWINS

pytestmark = pytest.mark.system

OBJECTS = TWINS | FOR_WINDOWS | {"photos/one.jpg": b"one", "photos/two.jpg": b"two", "plain": b"plain"}


class Machines(NamedTuple):
    """`odd` has the odd disk."""

    odd: Pair
    plain: Pair

    def agree(self) -> dict[str, bytes]:
        """Let both run, and nothing be left to do; what all three have then."""
        for pair in (self.plain, self.odd, self.plain):
            result = pair.run("--accept-changes")
            assert (result.exit, result.summary["conflicts"]) == (0, 0), result
        keys = self.odd.contents()
        assert keys == self.plain.contents() == self.odd.remote()
        for pair in self:
            assert set(pair.run().counts()) <= {"unchanged"}
        return keys


@pytest.fixture(params=["exfat", "ntfs", "ntfs in lower case"])
def machines(
    request: pytest.FixtureRequest, pair: Pair, emulator: Emulator, mounts: Mounts, tmp_path: Path
) -> Machines:
    DISKS[request.param](mounts, pair)
    (tmp_path / "plain").mkdir()
    machines = Machines(pair, Pair(emulator, pair.bucket, tmp_path / "plain"))
    for each in machines:
        each.configure(mode="sync", deletions="propagate")
    pair.put(OBJECTS)
    return machines


def path_of(pair: Pair, key: str) -> Path:
    """Where the file of a key is."""
    (path,) = [path for path in pair.tree() if decode(path) == key]
    return pair.folder / path


def test_twins_are_edited_and_renamed_on_either_machine(machines: Machines) -> None:
    assert machines.agree() == OBJECTS
    odd, plain = machines

    (plain.folder / "A.txt").write_bytes(b"upper, edited")
    path_of(odd, "a.txt").write_bytes(b"lower, edited")
    path_of(odd, "what? 10:30 <now>.txt").write_bytes(b"edited, too")
    (plain.folder / "PHOTOS").mkdir()
    (plain.folder / "PHOTOS" / "one.jpg").write_bytes(b"a twin of a whole path")
    expected = OBJECTS | {
        "A.txt": b"upper, edited",
        "a.txt": b"lower, edited",
        "what? 10:30 <now>.txt": b"edited, too",
        "PHOTOS/one.jpg": b"a twin of a whole path",
    }
    assert machines.agree() == expected

    swap(plain.folder / "A.txt", plain.folder / "a.txt")
    (plain.folder / "Dir").rename(plain.folder / "DIR")
    (plain.folder / "photos" / "two.jpg").rename(plain.folder / "photos" / "TWO.jpg")
    assert plain.run().summary["moved"] == 4
    assert odd.run().summary["moved"] == 4
    expected |= {"A.txt": b"lower, edited", "a.txt": b"upper, edited", "DIR/x": expected.pop("Dir/x")}
    expected["photos/TWO.jpg"] = expected.pop("photos/two.jpg")
    assert machines.agree() == expected

    for name in ("state.db", "state.db-wal", "state.db-shm"):
        (odd.folder / ".kodokeep" / name).unlink(missing_ok=True)
    assert odd.run().counts() == {"adopted": len(expected)}


def test_a_change_of_case_on_the_odd_disk_is_a_rename_if_the_disk_shows_it(machines: Machines) -> None:
    machines.agree()
    odd, plain = machines
    (odd.folder / "plain").rename(odd.folder / "Plain")
    (odd.folder / "photos").rename(odd.folder / "Photos")
    shown = set(odd.contents()) - OBJECTS.keys()
    assert shown in ({"Plain", "Photos/one.jpg", "Photos/two.jpg"}, set())
    assert odd.run().summary["moved"] == len(shown)
    assert plain.run().summary["moved"] == len(shown)
    assert set(machines.agree()) - OBJECTS.keys() == shown


def swap(one: Path, other: Path) -> None:
    """As a person would."""
    waiting = one.with_name("waiting")
    one.rename(waiting)
    other.rename(one)
    waiting.rename(other)
