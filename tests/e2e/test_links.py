"""Symlinks that are followed: their content goes to the bucket, and nothing is changed through them (rule 3)."""

import pytest

from tests.e2e.kit import Result, World

CONTENTS = {"real/x": b"content x", "f": b"content f"}


@pytest.fixture
def linked(world: World) -> World:
    """A file and a directory behind symlinks, both in the bucket."""
    world.configure(mode="sync", deletions="propagate", symlinks="follow")
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    (world.folder / "link").symlink_to("f")
    (world.folder / "dir").symlink_to("real")
    assert world.run().counts() == {"unchanged": 2, "copied": 2}
    assert world.remote() == CONTENTS | {"link": b"content f", "dir/x": b"content x"}
    check_at_rest(world)
    return world


def check_at_rest(world: World) -> None:
    again = world.run()
    assert (again.exit, set(again.counts())) == (0, {"unchanged"})
    assert (again.downloads(), again.uploads()) == ([], [])


def refused(result: Result, key: str) -> bool:
    """True if this key was left alone because of what a link may not do."""
    line = f"failed: {key}: what a symlink leads to is read, and never changed or removed through it"
    return result.exit == 3 and line in result.stderr


def test_an_edit_behind_a_link_is_uploaded_under_both_names(linked: World) -> None:
    linked.write("f", b"edited")
    assert linked.run().counts() == {"unchanged": 2, "uploaded": 2, "archived": 2}
    assert linked.remote()["link"] == linked.remote()["f"] == b"edited"
    check_at_rest(linked)


@pytest.mark.parametrize("change", ["edit", "deletion", "rename", "conflict"])
def test_a_change_in_the_bucket_of_a_key_behind_a_link_changes_nothing_here(linked: World, change: str) -> None:
    match change:
        case "edit":
            linked.put("link", b"edited there")
        case "deletion":
            linked.emulator.delete(linked.bucket, "link")
        case "rename":
            linked.emulator.move(linked.bucket, "link", "renamed")
        case "conflict":
            linked.put("link", b"edited there")
            (linked.folder / "link").unlink()
            (linked.folder / "link").symlink_to("real/x")
    for _ in range(2):
        assert refused(linked.run(), "link")
    assert (linked.folder / "link").is_symlink()
    assert {key: linked.tree()[key] for key in CONTENTS} == CONTENTS
    assert linked.history() == {}


def test_a_link_that_became_a_file_and_a_link_again(linked: World) -> None:
    link = linked.folder / "link"
    link.unlink()
    link.write_bytes(b"content f")
    assert linked.run().counts() == {"unchanged": 3, "touched": 1}
    linked.put("link", b"edited there")
    assert linked.run().counts() == {"unchanged": 3, "downloaded": 1, "archived": 1}
    link.unlink()
    link.symlink_to("f")
    assert linked.run().counts() == {"unchanged": 3, "uploaded": 1, "archived": 1}
    assert linked.remote()["link"] == b"content f"
    check_at_rest(linked)


def test_renamed_links_are_moves(linked: World) -> None:
    (linked.folder / "link").rename(linked.folder / "link 2")
    (linked.folder / "dir").rename(linked.folder / "dir 2")
    assert linked.run().counts() == {"unchanged": 2, "moved": 2}
    assert linked.remote() == CONTENTS | {"link 2": b"content f", "dir 2/x": b"content x"}
    check_at_rest(linked)


@pytest.mark.parametrize("target", ["nothing", "../config.ini", "link"])
def test_a_link_that_leads_nowhere_now_leaves_its_object(linked: World, target: str) -> None:
    """Dangling, out of the folder, or to itself: not deleted, but unknown."""
    (linked.folder / "link").unlink()
    (linked.folder / "link").symlink_to(target)
    result = linked.run()
    assert (result.exit, result.summary["failed"], result.summary["deleted"]) == (3, 1, 0)
    assert linked.remote()["link"] == b"content f"
    (linked.folder / "link").unlink()
    assert linked.run().counts() == {"unchanged": 3, "deleted": 1, "archived": 1}


def test_what_is_new_below_a_followed_directory_is_not_written_through_it(linked: World) -> None:
    linked.put("dir/new", b"new")
    assert linked.run().counts() == {"unchanged": 4, "downloaded": 1}
    assert (linked.folder / "dir%%" / "new").read_bytes() == b"new"
    assert sorted(path.name for path in (linked.folder / "real").iterdir()) == ["x"]
    check_at_rest(linked)
