"""Copies: what a side has under another key need not travel to it (rule 27)."""

import pytest

from tests.e2e.fixtures import Meanwhile
from tests.e2e.kit import World

LETTER = b"a letter of some length"


@pytest.fixture
def synced(world: World) -> World:
    """Both sides have one letter."""
    world.configure(mode="sync")
    world.put("letter.txt", LETTER)
    assert world.run().counts() == {"downloaded": 1}
    return world


def test_a_copy_that_was_made_in_the_folder_is_made_in_the_bucket(synced: World) -> None:
    synced.write("copy.txt", LETTER)
    result = synced.run()
    assert (result.counts(), result.uploads()) == ({"unchanged": 1, "copied": 1}, [])
    assert synced.remote() == {"letter.txt": LETTER, "copy.txt": LETTER}
    assert set(synced.run().counts()) == {"unchanged"}


def test_a_copy_that_was_made_in_the_bucket_is_made_in_the_folder(synced: World) -> None:
    synced.put("copy.txt", LETTER)
    result = synced.run()
    assert (result.counts(), result.downloads()) == ({"unchanged": 1, "copied": 1}, [])
    assert synced.tree() == {"letter.txt": LETTER, "copy.txt": LETTER}
    assert set(synced.run().counts()) == {"unchanged"}


def test_what_could_not_be_copied_in_the_bucket_is_told_as_sent(synced: World, meanwhile: Meanwhile) -> None:
    synced.write("copy.txt", LETTER)
    meanwhile("copy_many", lambda: synced.put("letter.txt", b"another letter"))
    result = synced.run()
    assert (result.counts(), result.summary["bytes_uploaded"]) == ({"unchanged": 1, "uploaded": 1}, len(LETTER))
    assert synced.remote() == {"letter.txt": b"another letter", "copy.txt": LETTER}


def test_what_could_not_be_copied_in_the_folder_is_told_as_fetched(synced: World, meanwhile: Meanwhile) -> None:
    synced.put("copy.txt", LETTER)
    meanwhile("download", lambda: synced.write("letter.txt", b"another letter"))
    result = synced.run()
    assert (result.counts(), result.summary["bytes_downloaded"]) == ({"unchanged": 1, "downloaded": 1}, len(LETTER))
    assert synced.tree() == {"letter.txt": b"another letter", "copy.txt": LETTER}
