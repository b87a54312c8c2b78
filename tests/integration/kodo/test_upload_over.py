"""Uploading over an object, and onto a key that is no longer as it was when that was planned (rules 17 and 26)."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import NotUploaded, OutcomeKind, Uploaded
from kodokeep.model.qetag import v1
from tests.integration.kodo.conftest import PUBLIC, World, content
from tests.integration.kodo.uploading import MIB, MTIME_TEXT, Files, done, exists, held, refused, up_calls

SIZES = [1000, 3 * MIB]


def listed(world: World, name: str = "object") -> RemoteEntry:
    (found,) = (entry for entry in world.entries() if entry.key == world.prefix + name)
    return found


@pytest.mark.parametrize("size", SIZES)
def test_type_mime_and_metadata_are_kept(world: World, size: int) -> None:
    metadata = {"Author": "Жанна", "!Cache-Control": "no-cache", "!Last-Modified": "Mon, 01 Jan 2001 00:00:00 GMT"}
    key = world.put("object", b"old", mime="text/x-own", metadata=metadata, policy={"fileType": 1})
    files = Files(world)
    result = done(files.one(files.bucket(), files.request("object", content(size), replaces=listed(world))))
    found = world.emulator.stat(PUBLIC, key)
    assert held(world, key) == content(size)
    assert (found["mimeType"], found["type"]) == ("text/x-own", 1)
    assert found["x-qn-meta"] == {**metadata, "!Last-Modified": MTIME_TEXT}
    assert (result.remote.mime, result.remote.storage_type) == ("text/x-own", 1)
    assert dict(result.remote.metadata) == found["x-qn-meta"]


@pytest.mark.parametrize("size", SIZES)
def test_metadata_that_leave_no_room_are_kept_without_the_mtime(world: World, size: int) -> None:
    metadata = {"Long": "x" * 1000}
    key = world.put("object", b"old", metadata=metadata)
    files = Files(world)
    done(files.one(files.bucket(), files.request("object", content(size), replaces=listed(world))))
    assert world.emulator.stat(PUBLIC, key)["x-qn-meta"] == metadata


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("days", [1, 30])
def test_the_expiry_is_kept(world: World, size: int, days: int) -> None:
    key = world.put("object", b"old", policy={"deleteAfterDays": days})
    before = world.emulator.stat(PUBLIC, key)["expiration"]
    files = Files(world)
    result = done(files.one(files.bucket(), files.request("object", content(size), replaces=listed(world))))
    assert world.emulator.stat(PUBLIC, key)["expiration"] == before == result.remote.expires_s


def overwrite(world: World, key: str) -> None:
    world.emulator.put(PUBLIC, key, b"somebody else's")


def delete(world: World, key: str) -> None:
    world.emulator.delete(PUBLIC, key)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("meanwhile", [overwrite, delete])
@pytest.mark.parametrize("at_offset", [-1, 0, MIB])
def test_an_object_that_is_not_what_was_seen_is_left(
    world: World, size: int, meanwhile: Callable[[World, str], None], at_offset: int
) -> None:
    """At offset 1 MiB the upload of a large file is under way."""
    key = world.put("object", b"old")
    replaces = listed(world)
    files = Files(world)
    if at_offset < 0:
        meanwhile(world, key)
    happens = iter([None])

    def before_read(offset: int) -> None:
        if offset == at_offset and next(happens, 1) is None:
            meanwhile(world, key)

    request = files.request("object", content(size), replaces=replaces, before_read=before_read)
    result = files.one(files.bucket(), request)
    if size < at_offset:
        done(result)
        return
    assert refused(result).kind is OutcomeKind.STALE
    assert exists(world, "object") is (meanwhile is overwrite)
    if meanwhile is overwrite:
        assert held(world, key) == b"somebody else's"
    assert not files.progress("object").exists()
    assert up_calls(world, "DELETE") == (1 if size > MIB and at_offset >= 0 else 0)  # what was begun is let go of


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("at_offset", [-1, 0])
def test_a_key_that_was_taken_is_left(world: World, size: int, at_offset: int) -> None:
    key = world.prefix + "object"
    files = Files(world)
    happens = iter([None])

    def before_read(offset: int) -> None:
        if offset >= at_offset and next(happens, 1) is None:
            overwrite(world, key)

    if at_offset < 0:
        before_read(0)
    result = refused(files.one(files.bucket(), files.request("object", content(size), before_read=before_read)))
    assert (result.kind, result.detail) == (OutcomeKind.STALE, "another object has this key meanwhile")
    assert held(world, key) == b"somebody else's"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("parts", [None, [2 * MIB, MIB]])
def test_a_key_that_has_just_this_content_is_uploaded(world: World, size: int, parts: list[int] | None) -> None:
    parts = parts if size > MIB else None
    world.put("object", content(size), mime="text/x-theirs", parts=parts)
    files = Files(world)
    result = done(files.one(files.bucket(), files.request("object", content(size))))
    assert held(world, world.prefix + "object") == content(size)
    assert result.content_hash == v1(content(size))
    assert result.remote.hash == listed(world).hash
    if size > MIB:
        assert (result.existed, result.sent_bytes, result.remote.mime) == (True, 0, "text/x-theirs")


@pytest.mark.parametrize("size", SIZES)
def test_an_object_that_is_just_this_content_meanwhile_is_uploaded(world: World, size: int) -> None:
    key = world.put("object", b"old")
    replaces = listed(world)
    world.emulator.put(PUBLIC, key, content(size))
    files = Files(world)
    result = done(files.one(files.bucket(), files.request("object", content(size), replaces=replaces)))
    assert result.existed
    assert result.sent_bytes == 0
    assert result.remote.hash == listed(world).hash


@pytest.mark.parametrize("size", SIZES)
def test_614_for_equal_content_is_judged_by_a_look(world: World, size: int) -> None:
    """Whether insertOnly accepts equal content is not known for sure."""
    files = Files(world)
    taken = {"status": 614, "body": '{"error":"file exists"}'}
    last_post = {"host": "up", "method": "POST", "nth": 1 if size < MIB else 2}

    def before_read(offset: int) -> None:
        if offset == 0 and not exists(world, "object"):
            world.put("object", content(size))
            world.emulator.faults([{**last_post, **taken}])

    result = done(files.one(files.bucket(), files.request("object", content(size), before_read=before_read)))
    assert result.existed


def lose_reply(world: World, size: int) -> dict[str, Any]:
    """The reply to the call that makes the object is lost, once."""
    return {"host": "up", "method": "POST", "nth": 1 if size <= MIB else 2, "reset_at": 0}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("over", [False, True])
def test_after_a_lost_reply_the_object_is_found(world: World, size: int, over: bool) -> None:
    files = Files(world)
    if over:
        world.put("object", b"old")
    replaces = listed(world) if over else None
    world.emulator.clear_log()
    world.emulator.faults([lose_reply(world, size)])
    result = done(files.one(files.bucket(), files.request("object", content(size), replaces=replaces)))
    assert not result.existed
    assert replace(result.remote, put_time_ns=0) == replace(
        files.bucket().stat(result.remote.key) or result.remote, put_time_ns=0
    )
    assert up_calls(world, "POST") == (1 if size < MIB else 2)
    assert held(world, world.prefix + "object") == content(size)


@pytest.mark.parametrize("size", SIZES)
def test_after_a_lost_reply_another_object_is_not_overwritten(world: World, size: int) -> None:
    """Our object was made, its reply was lost, and somebody put another one there before we looked."""
    key = world.put("object", b"old")
    replaces = listed(world)
    theirs = v1(b"theirs")
    files = Files(world)
    looks = 2 if size < MIB else 3
    world.emulator.faults(
        [
            {**lose_reply(world, size), "status": 502},
            {"host": "rs", "nth": looks, "status": 200, "body": f'{{"fsize":6,"hash":"{theirs}","putTime":1}}'},
        ]
    )
    result = files.one(files.bucket(), files.request("object", content(size), replaces=replaces))
    assert isinstance(result, NotUploaded)
    assert result.kind is OutcomeKind.STALE
    world.emulator.clear_faults()
    assert held(world, key) == b"old"


@pytest.mark.parametrize("size", SIZES)
def test_a_request_that_was_lost_is_sent_again(world: World, size: int) -> None:
    files = Files(world)
    world.emulator.faults([{**lose_reply(world, size), "status": 502}])
    result = files.one(files.bucket(), files.request("object", content(size)))
    assert isinstance(result, Uploaded)
    assert held(world, world.prefix + "object") == content(size)
