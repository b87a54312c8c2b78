"""First runs over folders that hold something already (rules 5, 22): adopted by content, never swept away."""

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.kit import World, snapshot

CONTENTS = {"a.txt": b"one", "b/c.txt": b"two", "b/d.bin": bytes(range(256)) * 40}


def test_a_folder_that_holds_the_files_is_adopted_and_no_byte_travels(world: World) -> None:
    world.put_many(CONTENTS)
    for path, data in CONTENTS.items():
        world.write(path, data)
    before = snapshot(*(world.folder / path for path in CONTENTS))
    result = world.run()
    assert (result.exit, result.counts(), result.downloads()) == (0, {"adopted": 3}, [])
    assert snapshot(*(world.folder / path for path in CONTENTS)) == before
    world.run()  # files as young as their records are hashed once more
    assert world.run().counts() == {"unchanged": 3}


def test_equal_size_alone_adopts_nothing(world: World) -> None:
    """Rule 22: what was never synced is held, and the agreed-to replacement goes to history."""
    world.put_many(CONTENTS)
    world.write("a.txt", b"ONE")
    held = world.run()
    assert (held.exit, held.counts(), held.guards) == (4, {"downloaded": 2, "held": 1}, {"never-synced"})
    assert world.tree() == CONTENTS | {"a.txt": b"ONE"}
    assert "--accept-changes" in held.stderr
    accepted = world.run("--accept-changes")
    assert (accepted.exit, accepted.counts()) == (0, {"unchanged": 2, "downloaded": 1, "archived": 1})
    assert list(world.history().values()) == [b"ONE"]
    world.check_settled()


def test_a_held_file_stays_held_until_someone_agrees(world: World) -> None:
    world.put("a.txt", b"the bucket's")
    world.write("a.txt", b"mine")
    assert [world.run().exit for _ in range(3)] == [4, 4, 4]
    assert world.tree() == {"a.txt": b"mine"}


def test_a_lost_state_is_made_anew_without_a_transfer_or_a_deletion(world: World) -> None:
    world.put_many(CONTENTS)
    world.write("mine", b"local")
    world.run()
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        (world.private / name).unlink(missing_ok=True)
    result = world.run()
    assert (result.exit, result.counts(), result.downloads()) == (0, {"adopted": 3, "local_only": 1}, [])
    assert world.tree() == CONTENTS | {"mine": b"local"}


def test_a_moved_folder_is_held_until_it_is_adopted(world: World) -> None:
    """Rule 5: downloads are held, too."""
    world.put_many(CONTENTS)
    world.run()
    world.folder = Path(shutil.move(world.folder, world.root / "elsewhere"))
    world.configure()
    world.put("new", b"new")
    before = world.everything()
    held = world.run()
    assert (held.exit, held.guards, held.downloads()) == (4, {"identity"}, [])
    assert "--adopt" in held.stderr
    assert world.everything() == before
    adopted = world.run("--adopt")
    assert (adopted.exit, adopted.counts()) == (0, {"unchanged": 3, "downloaded": 1})
    assert world.run().exit == 0
    world.check_settled()


def test_an_unmounted_folder_is_noticed_and_nothing_is_written_into_it(world: World) -> None:
    """Rule 5: an empty mount point looks like a folder whose files were all lost."""
    world.put_many(CONTENTS)
    world.run()
    away = world.root / "disk"
    world.folder.rename(away)
    world.folder.mkdir()
    held = world.run()
    assert (held.exit, held.guards, held.downloads()) == (4, {"identity"}, [])
    assert not any(world.folder.iterdir())
    assert "mounted" in held.stderr
    world.folder.rmdir()
    away.rename(world.folder)
    assert world.run().counts() == {"unchanged": 3}


def test_a_folder_of_another_bucket_is_held(world: World) -> None:
    world.put("a", b"1")
    world.run()
    name = world.bucket
    world.bucket = next(other for other in world.emulator.facts["buckets"] if other != name)
    world.configure()
    world.objects.clear()
    held = world.run()
    assert (held.exit, held.guards) == (4, {"identity"})
    assert name in held.stderr
    assert world.tree() == {"a": b"1"}


def list_opaque_hashes(world: World) -> None:
    """The listing as it is now, with hashes of a kind that nobody knows."""
    world.emulator.clear_faults()
    page = world.emulator.page(world.bucket)
    page["items"] = [item | {"hash": f"opaque-{item['hash']}", "md5": None} for item in page["items"]]
    world.emulator.faults([{"host": "rsf", "status": 200, "body": json.dumps(page)}])


@pytest.fixture
def compared(world: World) -> World:
    """A world after its first run, which had to fetch objects to compare them with files of the same size."""
    world.put_many({"differs": b"the bucket's", "same": b"equal"})
    world.write("differs", b"never synced")
    world.write("same", b"equal")
    list_opaque_hashes(world)
    first = world.run()
    assert (first.exit, first.counts(), len(first.downloads())) == (4, {"adopted": 1, "held": 1}, 2)
    return world


def test_what_was_fetched_to_compare_and_differs_stays_held_without_another_fetch(compared: World) -> None:
    for command in ("plan", "run", "run"):
        again = compared.tell(command, "--json")
        assert (again.exit, again.downloads()) == (4, [])
    assert again.guards == {"never-synced"}
    assert compared.tree()["differs"] == b"never synced"
    accepted = compared.run("--accept-changes")
    assert (accepted.exit, accepted.summary["archived"]) == (0, 1)
    assert list(compared.history().values()) == [b"never synced"]
    compared.check_settled()


def test_a_file_that_came_to_hold_what_was_fetched_is_adopted(compared: World) -> None:
    compared.write("differs", b"the bucket's")
    result = compared.run()
    assert (result.exit, result.summary["adopted"], result.downloads()) == (0, 1, [])
    compared.check_settled()


def test_another_content_of_the_object_is_fetched_and_compared_afresh(compared: World) -> None:
    compared.put("differs", b"never synced")
    list_opaque_hashes(compared)
    result = compared.run()
    assert (result.exit, result.summary["adopted"], len(result.downloads())) == (0, 1, 1)
    compared.check_settled()


def test_a_multipart_object_is_adopted_by_its_own_kind_of_hash(world: World) -> None:
    """Rule 16."""
    world.put("v2.bin", b"x" * (6 << 20), parts=[5 << 20, 1 << 20])
    world.write("v2.bin", b"x" * (6 << 20))
    before = snapshot(world.folder / "v2.bin")
    result = world.run()
    assert (result.exit, result.counts(), result.downloads()) == (0, {"adopted": 1}, [])
    assert snapshot(world.folder / "v2.bin") == before
