"""Resumable uploads of version 1: blocks, chunks, ctxs (protocol §5.2)."""

import base64
import hashlib
import json
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.vectors import CONTENTS, MIB, content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError, b64url

BLOCK = 4 * MIB
DAY_S = 86_400


class Blocks:
    """One upload, call by call."""

    def __init__(self, emulator: Emulator, scope: str | None = None, bucket: str = PUBLIC, **policy: Any) -> None:
        self.emulator = emulator
        self.headers = {"Authorization": f"UpToken {emulator.upload_token(bucket, scope, **policy)}"}

    def call(self, path: str, body: bytes = b"") -> Any:
        status, _, answer = self.emulator.request("POST", path, body, self.headers)
        if status != 200:
            raise EmulatorError(status, answer)
        return json.loads(answer)

    def block(self, size: int, chunk: bytes) -> dict[str, Any]:
        done: dict[str, Any] = self.call(f"/mkblk/{size}", chunk)
        return done

    def chunk(self, after: dict[str, Any], data: bytes) -> dict[str, Any]:
        done: dict[str, Any] = self.call(f"/bput/{after['ctx']}/{after['offset']}", data)
        return done

    def file(self, size: int, *blocks: dict[str, Any], more: str = "") -> Any:
        return self.call(f"/mkfile/{size}{more}", ",".join(block["ctx"] for block in blocks).encode())

    def whole(self, data: bytes, more: str = "") -> Any:
        """A file of blocks that come in one chunk each."""
        pieces = [data[start : start + BLOCK] for start in range(0, len(data), BLOCK)]
        return self.file(len(data), *(self.block(len(piece), piece) for piece in pieces), more=more)


def segment(name: str, value: str) -> str:
    return f"/{name}/{b64url(value.encode())}"


@pytest.mark.parametrize(("size", "etag"), [(size, etag) for size, etag, _, _ in CONTENTS])
def test_files_of_any_size_have_the_published_hash(emulator: Emulator, size: int, etag: str) -> None:
    done = Blocks(emulator).whole(content(size), segment("key", "k"))
    assert done == {"hash": etag, "key": "k"}
    assert emulator.stat(PUBLIC, "k")["fsize"] == size
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == content(size)


def test_a_block_in_chunks(emulator: Emulator) -> None:
    upload = Blocks(emulator)
    data = content(BLOCK + 10)
    sizes = [MIB, 1, MIB - 1, 2 * MIB]
    after = upload.block(BLOCK, data[: sizes[0]])
    for position, size in enumerate(sizes):
        end = sum(sizes[: position + 1])
        if position:
            after = upload.chunk(after, data[end - size : end])
        so_far = data[:end]
        assert after["offset"] == end
        assert after["crc32"] == zlib.crc32(data[end - size : end])
        assert base64.urlsafe_b64decode(after["checksum"]) == hashlib.sha1(so_far).digest()
        assert after["host"] == emulator.uc
    last = upload.block(10, data[BLOCK:])
    expected = Blocks(emulator).whole(data, segment("key", "whole"))["hash"]
    assert upload.file(len(data), after, last, more=segment("key", "chunked"))["hash"] == expected
    assert fetch(f"{emulator.domain(PUBLIC)}/chunked").body == data


def test_a_ctx_is_for_the_next_chunk_only(emulator: Emulator) -> None:
    upload = Blocks(emulator)
    first = upload.block(9, b"abc")
    second = upload.chunk(first, b"def")
    assert upload.chunk(first, b"def") == second, "a chunk may come again, as its answer may have been lost"
    with pytest.raises(EmulatorError, match=r"701 .*invalid context"):
        upload.chunk(first, b"xyz")
    with pytest.raises(EmulatorError, match=r"701 .*block 0: invalid context"):
        upload.file(3, first)
    third = upload.chunk(second, b"ghi")
    with pytest.raises(EmulatorError, match="400"):
        upload.chunk(third, b"j")
    upload.file(9, third, more=segment("key", "k"))
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"abcdefghi"


def test_wrong_contexts(emulator: Emulator) -> None:
    upload = Blocks(emulator)
    block = upload.block(6, b"abc")
    forged = ("x", "", block["ctx"][:-4], "A" + block["ctx"][1:], b64url(b"x" * 60), "ж", "AAAA")
    for ctx in forged:
        with pytest.raises(EmulatorError, match=r"701"):
            upload.call(f"/bput/{b64url(ctx.encode())}/3", b"def")
        with pytest.raises(EmulatorError, match=r"701 .*block 1: invalid context"):
            upload.call("/mkfile/6", f"{block['ctx']},{b64url(ctx.encode())}".encode())
    with pytest.raises(EmulatorError, match="701"):
        upload.call(f"/bput/{block['ctx']}/2", b"def")
    other = Blocks(emulator, bucket=PRIVATE)
    with pytest.raises(EmulatorError, match="701"):
        other.chunk(block, b"def")
    with pytest.raises(EmulatorError, match="701"):
        other.file(3, block)


def test_sizes_have_to_be_right(emulator: Emulator) -> None:
    upload = Blocks(emulator)
    small, whole = upload.block(3, b"abc"), upload.block(BLOCK, bytes(BLOCK))
    begun = upload.block(6, b"abc")
    for size, blocks in ((4, [small]), (3, [begun]), (BLOCK + 3, [small, whole]), (0, [small]), (1, [])):
        with pytest.raises(EmulatorError, match=r"400 .*unexpected file size"):
            upload.file(size, *blocks)
    for size in ("0", str(BLOCK + 1), "x", "-1", ""):
        with pytest.raises(EmulatorError, match="400"):
            upload.call(f"/mkblk/{size}", b"abc")
    for size, chunk in ((3, b"abcd"), (3, b"")):
        with pytest.raises(EmulatorError, match="400"):
            upload.block(size, chunk)
    assert upload.file(BLOCK + 3, whole, small)["hash"].startswith("l")


def test_segments_come_in_any_order(emulator: Emulator) -> None:
    more = (
        segment("mimeType", "text/x-own")
        + segment("x:a", "ж")
        + segment("fname", "f.txt")
        + segment("x-qn-meta-!Age", "7")
        + segment("key", "k/ж")
        + segment("x-qn-meta-b", "c")
    )
    upload = Blocks(emulator, returnBody='[$(key), $(fname), $(x:a), $(mimeType), "$(ext)"]')
    assert upload.whole(b"hello", more) == ["k/ж", "f.txt", "ж", "text/x-own", ".txt"]
    stat = emulator.stat(PUBLIC, "k/ж")
    assert (stat["mimeType"], stat["x-qn-meta"]) == ("text/x-own", {"!Age": "7", "b": "c"})
    assert fetch(f"{emulator.domain(PUBLIC)}/k%2F%D0%B6").headers["age"] == "7"


def test_names_of_files(emulator: Emulator) -> None:
    assert Blocks(emulator).whole(b"hello")["key"] == "Fqr0xh3cxeii2r7eDztILNmuqUNN"
    assert Blocks(emulator).whole(b"", "/key/")["key"] == ""
    assert Blocks(emulator, saveKey="s-$(fname)").whole(b"x", segment("fname", "f"))["key"] == "s-f"
    for more in ("/key", "/key/!", "/crc32/1", "/surprise/AAAA", segment("key", "x" * 751), "/fname/gA=="):
        with pytest.raises(EmulatorError, match="400"):
            Blocks(emulator).whole(b"", more)


@pytest.mark.parametrize(
    ("scope", "policy", "status"),
    [
        (None, {}, 200),
        (None, {"insertOnly": 1}, 614),
        ("k", {}, 200),
        ("k", {"insertOnly": 1}, 614),
        ("k", {"isPrefixalScope": 1}, 614),
    ],
)
def test_version_1_overwrites_where_others_do_not(
    emulator: Emulator, scope: str | None, policy: dict[str, int], status: int
) -> None:
    emulator.put(PUBLIC, "k", b"first")
    upload = Blocks(emulator, scope, **policy)
    ctx = upload.block(6, b"second")["ctx"].encode()
    answered, _, _ = emulator.request("POST", f"/mkfile/6{segment('key', 'k')}", ctx, upload.headers)
    assert answered == status
    expected = b"second" if status == 200 else b"first"
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == expected


def test_a_refused_file_can_be_made_again_from_its_blocks(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"first")
    upload = Blocks(emulator, insertOnly=1)
    block = upload.block(6, b"second")
    with pytest.raises(EmulatorError, match="614"):
        upload.file(6, block, more=segment("key", "k"))
    assert upload.file(6, block, more=segment("key", "other"))["key"] == "other"


def test_a_repeated_mkfile_gets_the_same_answer(emulator: Emulator) -> None:
    upload = Blocks(emulator)
    blocks = [upload.block(BLOCK, bytes([number]) * BLOCK) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        paths = [f"{emulator.uc}/mkfile/{4 * BLOCK}{segment('key', 'k')}"] * 4
        body = ",".join(block["ctx"] for block in blocks).encode()
        made = [
            pool.submit(lambda path: fetch(path, method="POST", headers=upload.headers, body=body), path)
            for path in paths
        ]
        answers = {(answer.result().status, answer.result().body) for answer in made}
    assert len(answers) == 1
    assert next(iter(answers))[0] == 200
    with pytest.raises(EmulatorError, match="701"):
        upload.file(4 * BLOCK, *blocks, more=segment("key", "another"))


def test_an_empty_file_is_made_as_often_as_it_is_asked_for(emulator: Emulator, bucket: str) -> None:
    for name in (PUBLIC, PUBLIC, bucket):
        Blocks(emulator, bucket=name).file(0, more=segment("key", "empty"))
        assert emulator.stat(name, "empty")["fsize"] == 0
        emulator.delete(name, "empty")


def test_the_answer_to_a_mkfile_is_for_those_who_may_ask(emulator: Emulator) -> None:
    upload = Blocks(emulator)
    block, key = upload.block(1, b"x"), segment("key", "k")
    done = upload.file(1, block, more=key)
    assert Blocks(emulator, "k", endUser="another token").file(1, block, more=key) == done
    with pytest.raises(EmulatorError, match=r"403 .*scope"):
        Blocks(emulator, "other").file(1, block, more=key)
    with pytest.raises(EmulatorError, match="701"):
        Blocks(emulator, bucket=PRIVATE).file(1, block, more=key)


def test_the_same_block_may_stand_twice(emulator: Emulator) -> None:
    upload = Blocks(emulator)
    block = upload.block(BLOCK, bytes(BLOCK))
    expected = Blocks(emulator).whole(bytes(2 * BLOCK), segment("key", "a"))["hash"]
    assert upload.file(2 * BLOCK, block, block, more=segment("key", "b"))["hash"] == expected


def test_tokens(emulator: Emulator) -> None:
    upload = Blocks(emulator, "k")
    block = upload.block(1, b"x")
    with pytest.raises(EmulatorError, match=r"403 .*scope"):
        upload.file(1, block)
    upload.headers = {}
    for path in ("/mkblk/1", f"/bput/{block['ctx']}/1", "/mkfile/1"):
        with pytest.raises(EmulatorError, match=r"401 .*token not specified"):
            upload.call(path, b"x")
    with pytest.raises(EmulatorError, match="631"):
        Blocks(emulator, bucket="nowhere").block(1, b"x")


def test_blocks_survive_a_restart_and_leave_nothing_when_they_are_abandoned(tmp_path: Path) -> None:
    def files() -> int:
        return sum(path.is_file() for path in (tmp_path / "contents").rglob("*"))

    first, second = b"a" * 5000, b"b" * 5000  # Small contents are kept in the database: these are files.

    with Emulator(PUBLIC, data=tmp_path) as emulator:
        kept = Blocks(emulator).block(10_000, first)
        assert kept["expired_at"] > 0
    with Emulator(PUBLIC, data=tmp_path) as emulator:
        upload = Blocks(emulator)
        done = upload.file(10_000, upload.chunk(kept, second), more=segment("key", "k"))
        assert fetch(f"{emulator.domain(PUBLIC)}/k").body == first + second
        assert done["key"] == "k"
        assert files() == 1, "the chunks are gone, the object is left"
        with pytest.raises(EmulatorError, match="400"):
            upload.block(2, b"too much")
        old = upload.block(5000, first)
        base = f"/buckets/{PUBLIC}/objects/~/uploads"
        parts = f"{base}/{emulator.call('POST', base, b'', upload.headers)['uploadId']}"
        emulator.call("PUT", f"{parts}/1", second, upload.headers)
        assert files() == 3
        emulator.clock(elapsed_s=7 * DAY_S + 60)
        with pytest.raises(EmulatorError, match="701"):
            upload.file(5000, old)
        upload.block(5000, second)
        emulator.call("POST", base, b"", upload.headers)
        assert files() == 2, "the new block and the object are left"


def test_uploads_of_one_version_are_not_uploads_of_the_other(emulator: Emulator) -> None:
    upload = Blocks(emulator)
    found = re.search(rb"k[0-9a-f]{24}", base64.urlsafe_b64decode(upload.block(1, b"x")["ctx"]))
    assert found, "the ctx of this emulator holds the id of the block"
    path = f"/buckets/{PUBLIC}/objects/~/uploads/{found[0].decode()}/1"
    status, _, _ = emulator.request("PUT", path, b"y", upload.headers)
    assert status == 612
