"""Uploads by form and in parts, and what their tokens permit (protocol §2.4, §5)."""

import hashlib
import json
import time
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.contract.cloud import Cloud
from tests.contract.conftest import Ask
from tests.emulator.vectors import MIB, content
from tests.emulator_process import b64url

HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


def spelled(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d-%H}"


def upload_part(cloud: Cloud, path: str, token: str, number: int, data: bytes) -> dict[str, Any]:
    answer = cloud.up("PUT", f"{path}/{number}", token, data)
    assert answer.status == 200, answer
    assert answer.json()["md5"] == hashlib.md5(data).hexdigest()
    return {"partNumber": number, "etag": answer.json()["etag"]}


def begin(cloud: Cloud, name: str, token: str) -> str:
    """Begin a resumable upload and give its path."""
    base = cloud.uploads(name)
    answer = cloud.up("POST", base, token)
    assert answer.status == 200, answer
    return f"{base}/{answer.json()['uploadId']}"


def test_a_scope_without_a_key_accepts_only_equal_content(cloud: Cloud, name: str) -> None:
    fields = {"token": cloud.token(), "key": cloud.key(name)}
    assert cloud.post_form(fields, b"hello").status == 200
    assert cloud.post_form(fields, b"hello").status == 200
    answer = cloud.post_form(fields, b"other")
    assert (answer.status, answer.error()) == (614, "file exists")
    assert cloud.stat(name)["hash"] == HELLO


def test_equal_content(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name, b"hello")
    before = cloud.stat(name)["putTime"]
    assert cloud.post_form({"token": cloud.token(), "key": cloud.key(name)}, b"hello").status == 200
    ask("equal-content", "moves", "stays" if cloud.stat(name)["putTime"] == before else "moves")


def test_a_scope_with_a_key_overwrites_unless_insert_only(cloud: Cloud, name: str) -> None:
    cloud.put(name, b"first")
    before = cloud.stat(name)["putTime"]
    cloud.put(name, b"hello")
    assert cloud.stat(name)["hash"] == HELLO
    assert cloud.stat(name)["putTime"] > before
    fields = {"token": cloud.overwriting(name, insertOnly=1), "key": cloud.key(name)}
    assert cloud.post_form(fields, b"other").status == 614


def test_a_token_for_another_key(cloud: Cloud, name: str) -> None:
    answer = cloud.post_form({"token": cloud.overwriting(name + "a"), "key": cloud.key(name + "b")}, b"x")
    assert answer.status == 403
    assert "key doesn't match" in answer.error()


def test_tokens_that_do_not_hold(cloud: Cloud, name: str) -> None:
    assert cloud.post_form({"key": cloud.key(name)}, b"x").status == 401
    token = cloud.token()
    assert cloud.post_form({"token": "x" + token, "key": cloud.key(name)}, b"x").status == 401
    assert cloud.post_form({"token": cloud.token(deadline=1), "key": cloud.key(name)}, b"x").status == 401


def test_limits_of_size_and_type(cloud: Cloud, name: str, ask: Ask) -> None:
    def refused(**policy: Any) -> Any:
        return cloud.post_form(
            {"token": cloud.overwriting(name, **policy), "key": cloud.key(name)}, b"hello", mime="text/plain"
        )

    assert refused(fsizeLimit=4).status == 413
    small = refused(fsizeMin=6)
    assert small.status == 403
    ask("fsize-min-text", "file is smaller than fsizeMin", small.error())
    wrong = refused(mimeLimit="image/*")
    assert wrong.status == 403
    assert wrong.error() == "limited mimeType: this file type (text/plain) is forbidden to upload"
    assert refused(mimeLimit="text/*").status == 200


def test_types_of_contents(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name + "said.png", b"hello", file_name="said.png")
    ask("octet-stream-detection", "application/octet-stream", cloud.stat(name + "said.png")["mimeType"])
    cloud.put(name + "seen", b"plain text\n", policy={"detectMime": 1})
    ask("content-detection", "application/octet-stream", cloud.stat(name + "seen")["mimeType"])
    token = cloud.overwriting(name + "judged", mimeLimit="text/*")
    fields = {"token": token, "key": cloud.key(name + "judged")}
    judged = cloud.post_form(fields, PNG, mime="text/plain", file_name="judged.txt")
    ask("mime-limit-judged", 403, judged.status)


def test_names_that_the_policy_makes(cloud: Cloud, name: str, ask: Ask) -> None:
    begun = datetime.now(UTC)
    time_key = cloud.key(name) + "$(year)-$(mon)-$(day)-$(hour)"
    answer = cloud.post_form({"token": cloud.token(saveKey=time_key)}, b"x")
    assert answer.status == 200, answer
    made = answer.json()["key"].removeprefix(cloud.key(name))
    china = {spelled(moment + timedelta(hours=8)) for moment in (begun, datetime.now(UTC))}
    ask("save-key-time", "that of China, padded", "that of China, padded" if made in china else made)
    token = cloud.token(saveKey=cloud.key(name) + "of$(ext)")
    answer = cloud.post_form({"token": token}, PNG, file_name="picture.txt")
    ask("ext-variable", cloud.key(name) + "of.txt", answer.json()["key"])


def test_keys_that_the_policy_lists(cloud: Cloud, name: str, ask: Ask) -> None:
    token = cloud.token(keylimit=[cloud.key(name + "a")])
    assert cloud.post_form({"token": token, "key": cloud.key(name + "a")}, b"x").status == 200
    other = cloud.post_form({"token": token, "key": cloud.key(name + "b")}, b"x")
    assert other.status == 403
    ask("keylimit-text", "key is not in keylimit", other.error())


def test_where_the_answer_goes(cloud: Cloud, name: str, ask: Ask) -> None:
    """The URLs are below `.invalid`: nobody is there."""
    token = cloud.overwriting(name, returnUrl="http://app.invalid/?a=1", returnBody="{}")
    answer = cloud.post_form({"token": token, "key": cloud.key(name)}, b"x")
    assert answer.status == 303
    ask("return-url-with-query", "http://app.invalid/?a=1&upload_ret=e30=", answer.headers["location"])
    token = cloud.overwriting(name, callbackUrl="http://app.invalid/")
    ask("callback-without-body", 579, cloud.post_form({"token": token, "key": cloud.key(name)}, b"x").status)


def test_stored_headers(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name, b"x", fields={"cacheControl": "max-age=7"})
    assert cloud.get(name, origin=True).headers["cache-control"] == "max-age=7"
    fields = {"token": cloud.overwriting(name), "key": cloud.key(name), "cacheControl": "x" * 1025}
    ask("stored-header-limit", 400, cloud.post_form(fields, b"x").status)


def test_a_raw_body_of_unknown_length(cloud: Cloud, name: str, ask: Ask) -> None:
    answer = cloud.up("POST", f"/put/-1/key/{b64url(cloud.key(name).encode())}", cloud.overwriting(name), b"hello")
    ask("raw-upload-unknown-size", 200, answer.status)


def test_blocks(cloud: Cloud, name: str, ask: Ask) -> None:
    token, key = cloud.overwriting(name), b64url(cloud.key(name).encode())
    begun = cloud.up("POST", "/mkblk/5", token, b"he").json()
    assert (begun["offset"], begun["crc32"]) == (2, zlib.crc32(b"he"))
    ask("upload-life", 7, round((begun["expired_at"] - time.time()) / 86400))
    ask("bput-offset", 701, cloud.up("POST", f"/bput/{begun['ctx']}/1", token, b"llo").status)
    short = cloud.up("POST", f"/mkfile/2/key/{key}", token, begun["ctx"].encode())
    ask("mkfile-sizes", 400, short.status)
    done = cloud.up("POST", f"/bput/{begun['ctx']}/2", token, b"llo").json()
    answer = cloud.up("POST", f"/mkfile/5/key/{key}", token, done["ctx"].encode())
    assert (answer.status, answer.json()["hash"]) == (200, HELLO)


def test_checksums(cloud: Cloud, name: str, ask: Ask) -> None:
    def crc32(value: str) -> Any:
        return cloud.post_form({"token": cloud.overwriting(name), "key": cloud.key(name), "crc32": value}, b"hello")

    assert crc32(str(zlib.crc32(b"hello"))).status == 200
    wrong = crc32("1")
    assert wrong.status == 406
    ask("crc32-mismatch-text", "crc32 mismatch", wrong.error())
    assert crc32("x").status == 400


def test_a_form_without_a_file(cloud: Cloud, name: str, ask: Ask) -> None:
    answer = cloud.post_form({"token": cloud.overwriting(name), "key": cloud.key(name)}, None)
    ask("form-without-file", 400, answer.status)


def test_return_body(cloud: Cloud, name: str) -> None:
    template = '{"k": $(key), "size": $(fsize), "hash": "$(etag)", "mine": $(x:mine), "none": "$(nonsense)"}'
    token = cloud.overwriting(name, returnBody=template)
    answer = cloud.post_form({"token": token, "key": cloud.key(name), "x:mine": 'a"b'}, b"hello")
    assert answer.json() == {"k": cloud.key(name), "size": 5, "hash": HELLO, "mine": 'a"b', "none": ""}


def test_parts_of_four_mebibytes_hash_as_one(cloud: Cloud, name: str) -> None:
    data = content(9 * MIB)
    token = cloud.overwriting(name)
    path = begin(cloud, name, token)
    pieces = {number: data[(number - 1) * 4 * MIB : number * 4 * MIB] for number in (3, 1, 2)}
    parts = [upload_part(cloud, path, token, number, piece) for number, piece in pieces.items()]
    parts.sort(key=lambda part: part["partNumber"])
    body = json.dumps({"parts": parts, "mimeType": "text/plain", "metadata": {"x-qn-meta-a": "1"}}).encode()
    answer = cloud.up("POST", path, token, body, Content_Type="application/json")
    assert (answer.status, answer.json()["hash"]) == (200, "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H")
    stat = cloud.stat(name)
    assert (stat["fsize"], stat["mimeType"], stat["x-qn-meta"]) == (9 * MIB, "text/plain", {"a": "1"})
    assert cloud.up("GET", path, token).status == 612


def test_other_parts_hash_otherwise_and_stat_tells_them(cloud: Cloud, name: str, ask: Ask) -> None:
    data = content(9 * MIB)
    token = cloud.overwriting(name)
    path = begin(cloud, name, token)
    parts = [upload_part(cloud, path, token, 1, data[: 5 * MIB]), upload_part(cloud, path, token, 2, data[5 * MIB :])]
    listed = cloud.up("GET", path, token).json()
    assert [(part["partNumber"], part["size"]) for part in listed["parts"]] == [(1, 5 * MIB), (2, 4 * MIB)]
    body = json.dumps({"parts": parts}).encode()
    answer = cloud.up("POST", path, token, body, Content_Type="application/json")
    assert (answer.status, answer.json()["hash"]) == (200, "npJEZlffMh0ezFDUPgmeNeRSnwer")
    assert cloud.stat(name, parts=True)["parts"] == [5 * MIB, 4 * MIB]
    again = cloud.up("POST", path, token, body, Content_Type="application/json")
    ask("complete-repeated", 200, again.status)


def test_part_checksums_and_unknown_uploads(cloud: Cloud, name: str, ask: Ask) -> None:
    token = cloud.overwriting(name)
    path = begin(cloud, name, token)
    wrong = cloud.up("PUT", f"{path}/1", token, b"hello", Content_MD5="0" * 32)
    ask("part-md5-mismatch", 400, wrong.status)
    assert cloud.up("DELETE", path, token).status == 200
    gone = cloud.up("PUT", f"{path}/1", token, b"hello")
    assert gone.status == 612
    assert "no such uploadId" in gone.error()
    other = cloud.up("POST", path.replace(f"/buckets/{cloud.bucket}/", "/buckets/another-bucket-kodokeep/"), token)
    ask("wrong-bucket-in-token", 403, other.status)
