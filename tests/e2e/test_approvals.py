"""Approval: what a guard held is released action by action, and only as it was seen (rule 23)."""

import json

import pytest

from tests.e2e.kit import World

MANY = {f"k/{number:02}": b"content %d" % number for number in range(30)}
KEYS = sorted(MANY)
SYNC = {"mode": "sync", "deletions": "propagate", "guard_objects": 5}


@pytest.fixture
def synced(world: World) -> World:
    """Both sides agree; more than five losses are held."""
    world.configure(**SYNC)
    world.put_many(MANY)
    assert world.run().exit == 0
    return world


def approve(world: World, *prefixes: str) -> int:
    """How many actions were released."""
    return int(json.loads(world.tell("approve", "--json", "photos", *prefixes).stdout)["actions"])


def held_again(world: World, count: int) -> None:
    result = world.run()
    assert (result.exit, result.summary["held"]) == (4, count)


def test_what_is_approved_is_done_by_the_next_run(synced: World) -> None:
    for key in KEYS[:10]:
        (synced.folder / key).unlink()
    held_again(synced, 10)
    assert synced.remote() == MANY
    assert approve(synced) == 10
    result = synced.run()
    assert (result.exit, result.counts()) == (0, {"deleted": 10, "archived": 10, "unchanged": 20})
    assert sorted(synced.history().values()) == sorted(MANY[key] for key in KEYS[:10])
    assert synced.run().counts() == {"unchanged": 20}


def test_a_part_is_approved_and_the_rest_stays_held(synced: World) -> None:
    for key in KEYS[:20]:
        (synced.folder / key).unlink()
    held_again(synced, 20)
    assert approve(synced, "k/0") == 10
    result = synced.run()
    assert (result.exit, result.summary["deleted"], result.summary["held"]) == (4, 10, 10)
    assert synced.remote() == {key: MANY[key] for key in KEYS[10:]}


@pytest.mark.parametrize("moved", ["the object", "the file", "the deletion"])
def test_what_moved_on_after_it_was_approved_is_not_done(synced: World, moved: str) -> None:
    """A person said yes to the loss of one content, not to that of the next."""
    for key in KEYS[:10]:
        synced.write(key, b"edited " + key.encode())
    held_again(synced, 10)
    assert approve(synced) == 10
    first = KEYS[0]
    match moved:
        case "the object":
            synced.put(first, b"edited in the bucket, too")
        case "the file":
            synced.write(first, b"edited once more, and longer")
        case "the deletion":
            (synced.folder / first).unlink()
    result = synced.run()
    assert result.summary["uploaded"] >= 9
    kept = set(synced.remote().values()) | set(synced.history().values()) | set(synced.tree().values())
    assert kept >= {MANY[key] for key in KEYS[1:]}
    if moved == "the object":
        assert b"edited in the bucket, too" in kept
    else:
        assert (result.exit, result.summary["held"]) == (4, 1)
        assert synced.remote()[first] == MANY[first]


def test_an_approved_change_whose_content_is_in_the_folder_already_is_done(synced: World) -> None:
    """That it would be copied instead of fetched is no other change than the one that was approved."""
    synced.put_many(dict.fromkeys(KEYS[:10], MANY[KEYS[-1]]))
    held_again(synced, 10)
    assert approve(synced) == 10
    result = synced.run()
    assert (result.exit, result.summary["held"], result.downloads()) == (0, 0, [])
    assert synced.tree() == synced.objects


def test_an_approval_outlives_a_run_that_could_not_make_use_of_it(
    synced: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who said yes is not asked again because the line was cut."""
    for key in KEYS[:10]:
        (synced.folder / key).unlink()
    held_again(synced, 10)
    assert approve(synced) == 10
    synced.emulator.faults([{"host": "rs", "path": "^/batch", "status": 599}])
    assert synced.run(whole_listing=False).exit == 6
    assert synced.remote() == MANY
    synced.emulator.clear_faults()
    result = synced.run()
    assert (result.exit, result.summary["deleted"]) == (0, 10)
