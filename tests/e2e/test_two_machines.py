"""Two machines that sync one bucket: what one does comes to the other, and where both did something nothing is lost."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from tests.e2e.fixtures import Meanwhile
from tests.e2e.kit import World
from tests.e2e.process import Program

BEGIN = {"docs/a.txt": b"the letter", "docs/b.txt": b"the other letter", "photos/1.jpg": b"one", "photos/2.jpg": b"two"}


class Machines(NamedTuple):
    """They begin with the same files."""

    desk: World
    laptop: World

    def take_turns(self) -> None:
        """Desk, laptop, desk: then both and the bucket agree, and nobody has anything to do."""
        for world in (self.desk, self.laptop, self.desk):
            assert world.run().exit == 0
        assert self.desk.tree() == self.laptop.tree() == self.desk.remote()
        for world in self:
            assert set(world.run().counts()) <= {"unchanged", "touched"}
            again = world.run()
            assert set(again.counts()) == {"unchanged"}
            assert (again.downloads(), again.uploads()) == ([], [])
            world.check_nothing_pending()

    def everywhere(self) -> dict[str, bytes]:
        """What all three agree on."""
        self.take_turns()
        return self.desk.tree()


def begin(make_world: Callable[..., World], **options: object) -> Machines:
    desk = make_world()
    machines = Machines(desk, make_world(beside=desk))
    for world in machines:
        world.configure(**{"mode": "sync", "deletions": "propagate", "guard_objects": 1000} | options)
    desk.put_many(BEGIN)
    machines.take_turns()
    return machines


@pytest.fixture
def machines(make_world: Callable[..., World]) -> Machines:
    return begin(make_world)


def conflict_name(contents: dict[str, bytes], data: bytes) -> str:
    """The only key with this content; it must be a conflict name."""
    (name,) = [key for key, content in contents.items() if content == data]
    assert " (conflict " in name
    return name


def test_what_one_does_the_other_gets(machines: Machines) -> None:
    desk, laptop = machines
    desk.write("docs/c.txt", b"new")
    desk.write("docs/a.txt", b"edited")
    (desk.folder / "photos/1.jpg").unlink()
    assert desk.run().counts() == {"uploaded": 2, "deleted": 1, "archived": 2, "unchanged": 2}
    assert laptop.run().counts() == {"downloaded": 2, "deleted": 1, "archived": 2, "unchanged": 2}
    expected = {
        "docs/a.txt": b"edited",
        "docs/b.txt": b"the other letter",
        "docs/c.txt": b"new",
        "photos/2.jpg": b"two",
    }
    assert machines.everywhere() == expected


def test_turn_by_turn_edits_of_one_file_are_no_conflict(machines: Machines) -> None:
    for number in range(3):
        for world in machines:
            content = b"%d from %s" % (number, str(world.root).encode())
            world.write("docs/a.txt", content)
            for each in (world, *(other for other in machines if other is not world)):
                result = each.run()
                assert (result.exit, result.summary["conflicts"]) == (0, 0)
            assert {each.tree()["docs/a.txt"] for each in machines} == {content}
    assert machines.everywhere().keys() == BEGIN.keys()


def test_both_edit_the_same_file(machines: Machines) -> None:
    """Who came first keeps the name, the other content stands beside it, on both machines."""
    desk, laptop = machines
    desk.write("docs/a.txt", b"from the desk")
    laptop.write("docs/a.txt", b"from the laptop")
    after = machines.everywhere()
    assert after["docs/a.txt"] == b"from the desk"
    assert conflict_name(after, b"from the laptop").startswith("docs/a (conflict ")
    assert len(after) == len(BEGIN) + 1


def test_both_edit_the_same_file_again_and_again(machines: Machines) -> None:
    """A conflict is never lost to the next one, and none comes back."""
    written = set()
    for number in range(3):
        for world in machines:
            content = b"%d from %s" % (number, str(world.root).encode())
            written.add(content)
            world.write("docs/a.txt", content)
        after = machines.everywhere()
    kept = set(after.values()) | {data for world in machines for data in world.history().values()}
    assert written <= kept
    assert len([key for key in after if " (conflict " in key]) == 3


def test_both_write_the_same_new_content(machines: Machines) -> None:
    for world in machines:
        world.write("docs/new.txt", b"agreed by mail")
    machines.desk.run()
    second = machines.laptop.run()
    assert second.counts() == {"adopted": 1, "unchanged": 4}
    assert (second.downloads(), second.uploads()) == ([], [])
    assert machines.everywhere() == BEGIN | {"docs/new.txt": b"agreed by mail"}


@pytest.mark.parametrize("first", ["who renames", "who edits"])
def test_one_renames_while_the_other_edits(machines: Machines, first: str) -> None:
    """The edit keeps the old name, the old content has the new one; nobody's work is gone."""
    renamer, editor = machines if first == "who renames" else reversed(machines)
    (renamer.folder / "docs/a.txt").rename(renamer.folder / "docs/renamed.txt")
    editor.write("docs/a.txt", b"edited meanwhile")
    assert machines.everywhere() == BEGIN | {"docs/a.txt": b"edited meanwhile", "docs/renamed.txt": b"the letter"}


@pytest.mark.parametrize("deletions", ["propagate", "restore"])
def test_one_deletes_a_folder_while_the_other_adds_to_it(make_world: Callable[..., World], deletions: str) -> None:
    machines = begin(make_world, deletions=deletions)
    for path in ("docs/a.txt", "docs/b.txt"):
        (machines.desk.folder / path).unlink()
    (machines.desk.folder / "docs").rmdir()
    machines.laptop.write("docs/new.txt", b"added meanwhile")
    left = {key: data for key, data in BEGIN.items() if deletions == "restore" or not key.startswith("docs/")}
    assert machines.everywhere() == left | {"docs/new.txt": b"added meanwhile"}


def test_one_renames_a_folder_while_the_other_adds_to_it(machines: Machines) -> None:
    (machines.desk.folder / "docs").rename(machines.desk.folder / "letters")
    machines.laptop.write("docs/new.txt", b"added meanwhile")
    photos = {key: data for key, data in BEGIN.items() if key.startswith("photos/")}
    letters = {"letters/a.txt": b"the letter", "letters/b.txt": b"the other letter"}
    assert machines.everywhere() == photos | letters | {"docs/new.txt": b"added meanwhile"}


@pytest.mark.parametrize("deleter", [0, 1])
def test_one_deletes_what_the_other_edits(machines: Machines, deleter: int) -> None:
    """An edit beats a deletion, whoever runs first."""
    (machines[deleter].folder / "docs/a.txt").unlink()
    machines[1 - deleter].write("docs/a.txt", b"edited meanwhile")
    assert machines.everywhere() == BEGIN | {"docs/a.txt": b"edited meanwhile"}


def test_both_rename_one_file_differently(machines: Machines) -> None:
    """Nobody can tell which name is meant, so the content has both, and no third."""
    for world, name in zip(machines, ("here", "there"), strict=True):
        (world.folder / "docs/a.txt").rename(world.folder / name)
    rest = {key: data for key, data in BEGIN.items() if key != "docs/a.txt"}
    assert machines.everywhere() == rest | {"here": b"the letter", "there": b"the letter"}


def test_renames_reach_the_other_machine_without_a_byte(machines: Machines) -> None:
    """A folder, two files that changed names, and a chain."""
    desk = machines.desk
    (desk.folder / "photos").rename(desk.folder / "pictures")
    (desk.folder / "docs/a.txt").rename(desk.folder / "spare")
    (desk.folder / "docs/b.txt").rename(desk.folder / "docs/a.txt")
    (desk.folder / "spare").rename(desk.folder / "docs/b.txt")
    for world in machines:
        result = world.run()
        assert (result.exit, result.counts()) == (0, {"moved": 4})
        assert (result.downloads(), result.uploads()) == ([], [])
        assert world.history() == {}
    assert machines.everywhere() == {
        "docs/a.txt": b"the other letter",
        "docs/b.txt": b"the letter",
        "pictures/1.jpg": b"one",
        "pictures/2.jpg": b"two",
    }


def test_a_machine_that_was_away_for_long_brings_back_nothing_old(machines: Machines) -> None:
    """Its files are old, not new: what it did not touch follows, what it wrote is kept."""
    desk, laptop = machines
    for number in range(3):
        desk.write("docs/a.txt", b"edition %d" % number)
        desk.write(f"notes/{number}", b"note %d" % number)
        assert desk.run().exit == 0
    (desk.folder / "photos/1.jpg").unlink()
    assert desk.run().exit == 0
    laptop.write("travel.txt", b"written on the way")
    notes = {f"notes/{number}": b"note %d" % number for number in range(3)}
    rest = {"docs/b.txt": b"the other letter", "photos/2.jpg": b"two"}
    assert machines.everywhere() == rest | notes | {"docs/a.txt": b"edition 2", "travel.txt": b"written on the way"}


def run_whole(world: World) -> None:
    """A run in a process of its own, while another machine is in the middle of one."""
    with Program(world) as program:
        assert program.wait() == 0, program.stderr


@pytest.mark.parametrize(("key", "unchanged"), [("docs/new.txt", 4), ("docs/a.txt", 3)], ids=["new", "edited"])
def test_both_run_at_the_same_time_and_write_the_same_file(
    machines: Machines, meanwhile: Meanwhile, key: str, unchanged: int
) -> None:
    """The second upload finds the name taken, or another object than it is to replace (rule 26); it overwrites
    nothing.
    """
    desk, laptop = machines
    desk.write(key, b"from the desk")
    laptop.write(key, b"from the laptop")
    meanwhile("upload", lambda: run_whole(laptop))
    result = desk.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": unchanged, "stale": 1})
    after = machines.everywhere()
    assert after[key] == b"from the laptop"
    conflict_name(after, b"from the desk")


def test_both_run_at_the_same_time_and_one_deletes_what_the_other_edits(
    machines: Machines, meanwhile: Meanwhile
) -> None:
    desk, laptop = machines
    (desk.folder / "docs/a.txt").unlink()
    laptop.write("docs/a.txt", b"edited meanwhile")
    meanwhile("stat_many", lambda: run_whole(laptop))
    result = desk.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 3, "stale": 1})
    assert machines.everywhere() == BEGIN | {"docs/a.txt": b"edited meanwhile"}


def test_both_run_at_the_same_time_and_rename_the_same_file(machines: Machines, meanwhile: Meanwhile) -> None:
    desk, laptop = machines
    (desk.folder / "docs/a.txt").rename(desk.folder / "here")
    (laptop.folder / "docs/a.txt").rename(laptop.folder / "there")
    meanwhile("move_many", lambda: run_whole(laptop))
    result = desk.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 3, "stale": 1})
    rest = {key: data for key, data in BEGIN.items() if key != "docs/a.txt"}
    assert machines.everywhere() == rest | {"here": b"the letter", "there": b"the letter"}


@pytest.fixture
def interrupted(machines: Machines) -> Iterator[Machines]:
    """The laptop's line is cut while it brings its changes to the bucket."""
    yield machines
    machines.desk.emulator.clear_faults()


@pytest.mark.parametrize("fault", [{"status": 599}, {"reset_at": 0}], ids=["refused", "reply lost"])
@pytest.mark.parametrize("host", ["up", "rs"])
def test_one_machine_is_cut_off_and_the_other_goes_on(
    interrupted: Machines, host: str, fault: dict[str, object]
) -> None:
    desk, laptop = interrupted
    laptop.write("docs/new.txt", b"new")
    laptop.write("docs/a.txt", b"edited")
    (laptop.folder / "photos/1.jpg").rename(laptop.folder / "photos/uno.jpg")
    (laptop.folder / "photos/2.jpg").unlink()
    desk.emulator.faults([{"host": host} | fault])
    assert laptop.run(whole_listing=False).exit in (0, 3, 6)
    desk.emulator.clear_faults()
    assert desk.run().exit == 0
    after = interrupted.everywhere()
    assert after == {
        "docs/a.txt": b"edited",
        "docs/b.txt": b"the other letter",
        "docs/new.txt": b"new",
        "photos/uno.jpg": b"one",
    }
