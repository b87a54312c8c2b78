"""Names where changes go both ways: whatever a file or an object is called, both machines mean the same by it."""

from collections.abc import Callable

import pytest

from tests.e2e.kit import World

ODD = [
    "caf\u00e9", "cafe\u0301", "\U0001f4f7/\U0001f600.jpg", "new\nline", "back\\slash", " lead", "trail ", "a%41",
    "100%.txt", "x" * 255, "/".join(["e" * 249, "e" * 250, "e" * 249]), "...", "a#b?c=d&e",
]  # fmt: skip
"""Names that a person can give to a file here, and that are keys as they are."""

HOSTILE = [
    *ODD,
    "//",
    "dir/",
    "dir//",
    ".kodokeep/x",
    "a/.kodokeep/x",
    ".kodokeep",
    "kodoke~1",
    "%%",
    "..",
    "a/../b",
    "k" * 750,
    "nul\0",
]
"""Names that an object can have, and files only with an escape."""


@pytest.fixture
def machines(make_world: Callable[..., World]) -> tuple[World, World]:
    """Two of them on one bucket."""
    one = make_world()
    other = make_world(beside=one)
    for each in (one, other):
        each.configure(mode="sync", deletions="propagate", guard_objects=1000)
    return one, other


def agree(*machines: World) -> dict[str, bytes]:
    """Let all of them run, and nothing be left to do; what they agree on."""
    for world in (*machines, *machines):
        assert world.run("--accept-changes").exit == 0
    for world in machines:
        assert world.tree() == machines[0].remote()
        assert set(world.run().counts()) <= {"unchanged"}
    return machines[0].remote()


def test_odd_files_reach_the_bucket_and_the_other_machine_under_their_own_names(machines: tuple[World, World]) -> None:
    one, other = machines
    for name in ODD:
        one.write(name, name.encode())
    assert agree(one, other) == {name: name.encode() for name in ODD}
    assert one.paths() == sorted(ODD)
    assert set(ODD) - set(other.paths()) == {"new\nline"}, "what nobody wants in a name is escaped"


def test_hostile_keys_are_edited_renamed_and_deleted_here_like_others(machines: tuple[World, World]) -> None:
    one, other = machines
    one.put_many({key: key.encode() for key in HOSTILE})
    agree(one, other)
    for path in one.paths():
        (one.folder / path).write_bytes((one.folder / path).read_bytes() + b" edited")
    assert agree(one, other) == {key: key.encode() + b" edited" for key in HOSTILE}
    for key in HOSTILE:
        one.emulator.move(one.bucket, key, f"R{key}"[:750])
    assert other.run().counts() == {"moved": len(HOSTILE)}
    assert agree(one, other) == {f"R{key}"[:750]: key.encode() + b" edited" for key in HOSTILE}
    for path in one.paths():
        (one.folder / path).unlink()
    one.write("the last", b"one")
    assert agree(one, other) == {"the last": b"one"}


def test_names_that_cannot_be_keys_are_told_and_left_alone(machines: tuple[World, World]) -> None:
    one, _ = machines
    long = "/".join(["f" * 250] * 3)
    one.write(long, b"751 bytes")
    one.write("not-utf8-\udcff", b"no text")
    one.write("kept/x", b"x")
    result = one.run()
    assert (result.exit, result.counts(), result.notices) == (0, {"uploaded": 1}, {"not-a-key"})
    assert f"{long}: cannot be an object, left alone (too long for a key)" in result.stderr
    assert "not-utf8-\\udcff: cannot be an object, left alone" in result.stderr
    assert one.run().counts() == {"unchanged": 1}


def test_an_object_and_a_directory_of_one_name_whoever_comes_first(machines: tuple[World, World]) -> None:
    one, other = machines
    one.put_many({"a/b": b"below", "c": b"object"})
    agree(one, other)
    one.put("a", b"beside")
    (one.folder / "c").unlink()
    one.write("c/d", b"in its place")
    expected = {"a": b"beside", "a/b": b"below", "c/d": b"in its place"}
    assert agree(one, other) == expected
    (other.folder / "a%%").write_bytes(b"edited")
    other.put("c", b"back again")
    expected |= {"a": b"edited", "c": b"back again"}
    assert agree(one, other) == expected
    (one.folder / "a" / "b").rename(one.folder / "b")
    (one.folder / "a").rmdir()
    (one.folder / "a%%").rename(one.folder / "a")
    expected["b"] = expected.pop("a/b")
    assert agree(one, other) == expected


def test_a_name_that_changes_its_case_only_moves(machines: tuple[World, World]) -> None:
    one, other = machines
    one.put_many({"A.txt": b"aaa", "Dir/x": b"xx", "b.txt": b"bbb", "e/z": b"zzz"})
    agree(one, other)
    (one.folder / "A.txt").rename(one.folder / "a.txt")
    (one.folder / "Dir").rename(one.folder / "DIR")
    one.emulator.move(one.bucket, "b.txt", "B.txt")
    one.emulator.move(one.bucket, "e/z", "E/z")
    for world in (one, other):
        assert world.run().counts() == {"moved": 4}
    assert agree(one, other) == {"a.txt": b"aaa", "DIR/x": b"xx", "B.txt": b"bbb", "E/z": b"zzz"}


def test_portable_names_that_are_wanted_later_rename_nothing_and_hold_for_what_comes(
    machines: tuple[World, World],
) -> None:
    one, other = machines
    one.put_many({"10:30": b"time", "README": b"upper", "con": b"device", "gone:": b"gone"})
    agree(one, other)
    before = one.paths()
    one.configure(mode="sync", deletions="restore", portable_names="yes")
    assert (one.run().counts(), one.paths()) == ({"unchanged": 4}, before)
    one.put_many({"10:30": b"edited there", "readme": b"lower", "11:00": b"new"})
    (one.folder / "con").write_bytes(b"edited here")
    (one.folder / "gone:").unlink()
    agree(one, other)
    assert one.paths() == sorted(["10:30", "11%%3A00", "README", "con", "gone%%3A", "readme%%"])
    assert one.remote()["con"] == b"edited here"
