"""More of everything than one page of the plan or one request holds: nothing is done twice, nothing is left out."""

from tests.e2e.kit import World

COUNT = 1101
CONTENTS = {f"d/{number:04}": b"content %d" % number for number in range(COUNT)}
SYNC = {"mode": "sync", "deletions": "propagate"}


def test_more_than_a_thousand_of_each_kind(world: World) -> None:
    world.configure(**SYNC, guard_objects=10 * COUNT)
    for key, data in CONTENTS.items():
        world.write(key, data)
    world.write("stays", b"stays")
    assert world.run().counts() == {"uploaded": COUNT + 1}
    (world.folder / "d").rename(world.folder / "renamed")
    moved = world.run()
    assert moved.counts() == {"moved": COUNT, "unchanged": 1}
    assert len([line for line in moved.requests if line["target"].startswith("/batch")]) == 2
    assert (moved.downloads(), moved.uploads()) == ([], [])
    for key in CONTENTS:
        world.write(f"renamed/{key[2:]}", b"edited " + key.encode())
    assert world.run().counts() == {"uploaded": COUNT, "archived": COUNT, "unchanged": 1}
    for path in (world.folder / "renamed").iterdir():
        path.unlink()
    world.configure(**SYNC)
    held = world.run()
    assert (held.exit, held.counts()) == (4, {"held": COUNT, "unchanged": 1})
    assert world.tell("approve", "photos").exit == 0
    assert world.run().counts() == {"deleted": COUNT, "archived": COUNT, "unchanged": 1}
    assert world.remote() == world.tree() == {"stays": b"stays"}
    kept = sorted(world.history().values())
    assert kept == sorted([*CONTENTS.values(), *(b"edited " + key.encode() for key in CONTENTS)])
    world.check_nothing_pending()
