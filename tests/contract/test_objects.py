"""What can be done to an object by its name (protocol §4)."""

from tests.contract.cloud import Cloud
from tests.contract.conftest import Ask
from tests.emulator_process import b64url

HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"


def test_stat_tells_what_was_uploaded(cloud: Cloud, name: str) -> None:
    uploaded = cloud.put(name + "a", b"hello", mime="text/plain", fields={"x-qn-meta-color": "blue"})
    assert uploaded.hash == HELLO
    stat = cloud.stat(name + "a")
    assert (stat["fsize"], stat["hash"], stat["mimeType"], stat["type"]) == (5, HELLO, "text/plain", 0)
    assert stat["x-qn-meta"] == {"color": "blue"}
    assert stat["md5"] == "5d41402abc4b2a76b9719d911017c592"


def test_missing_objects(cloud: Cloud, name: str) -> None:
    for operation in ("stat", "delete"):
        answer = cloud.operate(operation, name + "missing")
        assert (answer.status, answer.error()) == (612, "no such file or directory")
    assert cloud.operate("copy", name + "missing", cloud.entry(name + "b")).status == 612
    assert cloud.operate("move", name + "missing", cloud.entry(name + "b")).status == 612


def test_delete_is_not_idempotent(cloud: Cloud, name: str) -> None:
    cloud.put(name, b"x")
    assert cloud.operate("delete", name).status == 200
    assert cloud.operate("delete", name).status == 612


def test_copy_and_move_do_not_overwrite_unless_forced(cloud: Cloud, name: str) -> None:
    cloud.put(name + "a", b"a")
    cloud.put(name + "b", b"b")
    for operation in ("copy", "move"):
        answer = cloud.operate(operation, name + "a", cloud.entry(name + "b"))
        assert (answer.status, answer.error()) == (614, "file exists")
    assert cloud.operate("copy", name + "a", cloud.entry(name + "b"), "force", "true").status == 200
    assert cloud.stat(name + "b")["hash"] == cloud.stat(name + "a")["hash"]


def test_onto_itself_with_force_keeps_the_object(cloud: Cloud, name: str) -> None:
    cloud.put(name, b"hello")
    for operation in ("copy", "move"):
        assert cloud.operate(operation, name, cloud.entry(name), "force", "true").status == 200
        assert cloud.stat(name)["hash"] == HELLO


def test_put_time_of_copies_and_moves(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name + "a", b"hello")
    before = cloud.stat(name + "a")["putTime"]
    assert cloud.operate("copy", name + "a", cloud.entry(name + "copy")).status == 200
    ask("copy-put-time", "new", "new" if cloud.stat(name + "copy")["putTime"] > before else "kept")
    assert cloud.operate("move", name + "a", cloud.entry(name + "moved")).status == 200
    ask("move-put-time", "kept", "new" if cloud.stat(name + "moved")["putTime"] != before else "kept")


def test_metadata_and_type_change_alone(cloud: Cloud, name: str) -> None:
    cloud.put(name, b"hello", fields={"x-qn-meta-a": "1", "x-qn-meta-b": "2"})
    assert cloud.operate("chgm", name, "mime", b64url(b"text/css"), "x-qn-meta-a", b64url(b"9")).status == 200
    stat = cloud.stat(name)
    assert (stat["mimeType"], stat["x-qn-meta"], stat["hash"]) == ("text/css", {"a": "9", "b": "2"}, HELLO)


def test_status(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name, b"hello")
    assert "already enabled" in cloud.operate("chstatus", name, "status", "0").error()
    wrong = cloud.operate("chstatus", name, "status", "1", "cond", b64url(b"hash=FqrXXX"))
    ask("cond-status", 412, wrong.status)
    assert cloud.operate("chstatus", name, "status", "1", "cond", b64url(f"hash={HELLO}".encode())).status == 200
    assert cloud.stat(name)["status"] == 1
    assert "already disabled" in cloud.operate("chstatus", name, "status", "1").error()
    assert cloud.operate("copy", name, cloud.entry(name + "copy")).status == 200
    ask("copy-status", 1, cloud.stat(name + "copy").get("status", 0))
    assert cloud.operate("chstatus", name, "status", "0").status == 200


def test_dates(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name + "a", b"hello")
    assert cloud.operate("deleteAfterDays", name + "a", "7").status == 200
    expires_s = cloud.stat(name + "a")["expiration"]
    assert cloud.operate("copy", name + "a", cloud.entry(name + "copy")).status == 200
    ask("copy-dates", 0, cloud.stat(name + "copy").get("expiration", 0))
    assert cloud.operate("move", name + "a", cloud.entry(name + "moved")).status == 200
    ask("move-dates", expires_s, cloud.stat(name + "moved").get("expiration", 0))
    assert cloud.operate("deleteAfterDays", name + "moved", "0").status == 200
    assert cloud.stat(name + "moved").get("expiration", 0) == 0


def test_types_and_restores(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name, b"hello")
    assert "already in normal stat" in cloud.operate("chtype", name, "type", "0").error()
    restore = cloud.operate("restoreAr", name, "freezeAfterDays", "1")
    assert restore.status == 403
    ask("restore-not-archived-text", "not an archived file", restore.error())


def test_archived_objects(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name, b"hello", policy={"fileType": 2})
    ask("kind-names", "already in archive stat", cloud.operate("chtype", name, "type", "2").error())
    ask("chtype-frozen", 403, cloud.operate("chtype", name, "type", "0").status)
    frozen = cloud.get(name, origin=True)
    assert frozen.status == 403
    ask("frozen-download-text", "file is archived: restore it first", frozen.error())


def test_prefetch_and_fetch(cloud: Cloud, name: str, ask: Ask) -> None:
    """What is fetched is an object of our own: no other server is asked for anything."""
    ask("prefetch-without-mirror", 478, cloud.manage(f"{cloud.hosts.io}/prefetch/{cloud.entry(name)}").status)
    cloud.put(name + "a", b"hello")
    cloud.put(name + "b", b"other")
    source = b64url(cloud.url(name + "a", origin=True).encode())
    fetched = cloud.manage(f"{cloud.hosts.io}/fetch/{source}/to/{cloud.entry(name + 'b')}")
    ask("fetch-replaces", (200, HELLO), (fetched.status, cloud.stat(name + "b")["hash"]))
    nobodys = b64url(b'{"zone":"z0","queue":"SISYPHUS-JOBS-V3","part_id":0,"offset":9007199254740991}')
    unknown = cloud.manage(f"{cloud.hosts.api}/sisyphus/fetch?id={nobodys}", method="GET")
    ask("async-fetch-unknown-id", 404, unknown.status)


def test_batch(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name + "a", b"hello")
    entry, missing = cloud.entry(name + "a"), cloud.entry(name + "missing")
    both = cloud.batch([f"/stat/{entry}", f"stat/{entry}"])
    assert (both.status, [result["data"]["hash"] for result in both.json()]) == (200, [HELLO, HELLO])
    mixed = cloud.batch([f"/stat/{missing}", f"/delete/{entry}", f"/delete/{entry}"])
    assert (mixed.status, [result["code"] for result in mixed.json()]) == (298, [612, 200, 612])
    assert mixed.json()[0]["data"]["error"] == "no such file or directory"
    ask("batch-too-long", 400, cloud.batch([f"/stat/{missing}"] * 1001).status)


def test_refusals(cloud: Cloud, ask: Ask) -> None:
    nowhere = b64url(b"no-such-bucket-kodokeep:k")
    assert cloud.manage(f"{cloud.hosts.rs}/stat/{nowhere}").status == 631
    answer = cloud.manage(f"{cloud.hosts.rs}/stat/{cloud.entry('k')}", content_type="application/json")
    assert answer.status == 612  # Any content type may be signed.
    assert "x-reqid" in answer.headers
    url = f"{cloud.hosts.rs}/stat/{cloud.entry('k')}"
    skewed = cloud.manage(url, date="19700101T000000Z")
    assert (skewed.status, skewed.error()) == (403, "request time too skewed")
    ask("date-header-malformed", 400, cloud.manage(url, date="yesterday").status)
    nameless = cloud.manage(f"{cloud.uc}/v2/bucketInfo?bucket=no-such-bucket-kodokeep")
    ask("bucket-info-missing", (612, "no such entry"), (nameless.status, nameless.error()))
