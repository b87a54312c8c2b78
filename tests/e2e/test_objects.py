"""Objects of every sort: hostile keys, private buckets, odd hashes, times, and those that the bucket does not give."""

from collections.abc import Callable

import pytest

from tests.e2e.kit import World

HOSTILE = (
    "a", "a/b", "a//b", "/lead", "//", "dir/", "dir//", "..", "../up", "x/../y", ".", "./here", "", "%2F", "a%2Fb",
    "100%", "%%", "a%%", "%%41", "q?x=1&y", "frag#ment", "back\\slash", "..\\up", ".kodokeep/x", ".kodokeep",
    "deep/.KODOKEEP/y", "kodoke~1", "nul\x00byte", "line\nfeed", "tab\t", "del\x7f", "caf\u00e9", "cafe\u0301", "Case",
    "case", "\U0001f600/\u4e2d\u6587", "con", "trailing.", "trailing ", "k" * 750, "\u4e2d" * 250,
    "/".join("d" * 375), "s/" + "n" * 300,
    "star*", 'quo"te', "a:b", "<>|", "\u202eright", "-rf", "~",
)  # fmt: skip


def test_every_hostile_key_lands_inside_the_folder_and_is_listed(world: World) -> None:
    contents = {key: f"{number} {key}"[:40].encode() for number, key in enumerate(HOSTILE)}
    outside = {path for path in world.root.rglob("*") if world.folder not in path.parents}
    world.put_many(contents)
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": len(contents)})
    assert world.tree() == contents
    assert len(world.paths()) == len(contents), "each key has a file of its own"
    assert {line["key"]: line["path"] for line in world.tell("ls", "--json").events}.keys() == contents.keys()
    world.check_settled()
    now = {path for path in world.root.rglob("*") if world.folder not in path.parents and path != world.folder}
    assert {path for path in now - outside if world.state_home not in path.parents} == {world.state_home}
    again = world.run()
    assert (again.counts(), again.downloads()) == ({"unchanged": len(contents)}, [])


def test_hostile_keys_are_adopted_deleted_and_restored_like_others(world: World) -> None:
    contents = {key: f"{number} {key}"[:40].encode() for number, key in enumerate(HOSTILE)}
    world.put_many(contents)
    world.run()
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        (world.private / name).unlink(missing_ok=True)
    assert world.run().counts() == {"adopted": len(contents)}
    world.delete(*HOSTILE[:-1])
    assert world.run("--accept-changes").counts() == {"unchanged": 1, "deleted": len(contents) - 1,
                                                      "archived": len(contents) - 1}  # fmt: skip
    assert world.tree() == {HOSTILE[-1]: contents[HOSTILE[-1]]}
    assert sorted(world.history().values()) == sorted(contents[key] for key in HOSTILE[:-1])
    world.put_many(contents)
    assert world.run().exit == 0
    world.check_settled()


def test_a_private_bucket_is_backed_up_by_signed_urls(make_world: Callable[..., World]) -> None:
    world = make_world(private=True)
    world.put_many({"a/b c?.txt": b"secret", "\u4e2d": b"two"})
    result = world.run()
    assert result.exit == 0
    assert {line["host"] for line in result.downloads()} == {"io"}
    assert all("token=" in line["target"] for line in result.downloads())
    world.check_settled()


def test_a_public_bucket_needs_no_token(world: World) -> None:
    world.put("a", b"1")
    assert [line["target"] for line in world.run().downloads()] == ["/a"]


def test_without_a_domain_downloads_go_through_the_origin(world: World) -> None:
    world.put("a", b"1")
    world.emulator.faults([{"path": "^/v3/domains", "status": 200, "body": "[]", "headers": {"X-Reqid": "x"}}])
    result = world.run()
    assert (result.exit, result.notices) == (0, {"no-domain"})
    assert [line["host"] for line in result.downloads()] == ["io_src"]
    world.check_settled()


def test_a_domain_that_is_given_is_used_and_none_is_asked_for(world: World) -> None:
    world.put("a", b"1")
    world.configure(domain=world.emulator.domain(world.bucket))
    result = world.run()
    assert (result.exit, [line["host"] for line in result.downloads()]) == (0, ["io"])
    assert not [line for line in result.requests if "domains" in line["target"]]


@pytest.mark.parametrize("parts", [(5 << 20, 1 << 20), (1 << 20, 3 << 20, 7)], ids=["whole-blocks", "odd-parts"])
def test_multipart_objects_are_verified_by_their_own_hash(world: World, parts: tuple[int, ...]) -> None:
    data = bytes(range(251)) * (sum(parts) // 251 + 1)
    world.put("video", data[: sum(parts)], parts=parts)
    assert world.emulator.stat(world.bucket, "video")["hash"].startswith("n")
    assert world.run().exit == 0
    world.check_settled()
    (step,) = [line for line in world.run_log() if line["event"] == "step"]
    assert step["detail"] == "", "nothing less than the hash vouched for it"
    world.put("video", data[: sum(parts)])
    again = world.run()
    assert (again.counts(), again.downloads()) == ({"touched": 1}, []), "the same bytes under another kind of hash"


@pytest.mark.parametrize("kind", [2, 3])
def test_frozen_objects_are_unavailable_and_never_deleted_locally(world: World, kind: int) -> None:
    world.put_many({"old": b"had before", "new": b"never had", "warm": b"warm"})
    world.emulator.chtype(world.bucket, "new", kind)
    first = world.run()
    assert (first.exit, first.counts()) == (0, {"downloaded": 2, "unavailable": 1})
    assert "archived" in first.stderr
    world.emulator.chtype(world.bucket, "old", kind)
    assert world.run().exit == 0
    assert world.tree() == {"old": b"had before", "warm": b"warm"}
    (world.folder / "old").unlink()
    assert world.run().counts() == {"unchanged": 1, "unavailable": 2}
    world.emulator.restore(world.bucket, "new")
    thawing = world.run()
    assert (thawing.exit, thawing.counts()) == (0, {"unchanged": 1, "unavailable": 1, "thawing": 1})


def test_disabled_objects_are_unavailable_and_never_deleted_locally(world: World) -> None:
    world.put_many({"old": b"had before", "new": b"never had"})
    world.emulator.status(world.bucket, "new", disabled=True)
    first = world.run()
    assert (first.exit, first.counts()) == (0, {"downloaded": 1, "unavailable": 1})
    assert "disabled" in first.stderr
    world.emulator.status(world.bucket, "old", disabled=True)
    world.run()
    assert world.tree() == {"old": b"had before"}
    world.emulator.status(world.bucket, "new", disabled=False)
    world.emulator.status(world.bucket, "old", disabled=False)
    world.run()
    world.check_settled()


def test_a_file_gets_the_time_of_its_object_or_the_one_it_brought_along(world: World) -> None:
    world.put("plain", b"1")
    world.put("own", b"2", metadata={"!Last-Modified": "Tue, 01 Mar 2016 10:00:00 GMT"})
    world.run()
    put_time = world.emulator.stat(world.bucket, "plain")["putTime"]
    assert (world.folder / "plain").stat().st_mtime_ns == put_time * 100
    assert (world.folder / "own").stat().st_mtime == 1456826400


def test_a_large_object_among_small_ones(world: World) -> None:
    world.put("large", bytes(1_000_003) * 9)
    world.put_many({f"small/{number}": b"s" * number for number in range(50)})
    assert world.run().exit == 0
    world.check_settled()
