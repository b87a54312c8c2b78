"""Content hashes: the published vectors, through real uploads where that says more."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo_emulator.protocol.etag import Etag, etag_of_parts
from tests.emulator.conftest import PUBLIC
from tests.emulator.vectors import CONTENTS, MIB, PARTS, TEXTS, content
from tests.emulator_process import Emulator


@pytest.mark.parametrize(("size", "etag", "md5", "crc32"), CONTENTS)
def test_a_form_upload_has_the_published_hashes(emulator: Emulator, size: int, etag: str, md5: str, crc32: int) -> None:
    data = content(size)
    assert zlib.crc32(data) == crc32
    assert emulator.put(PUBLIC, "k", data)["hash"] == etag
    stat = emulator.stat(PUBLIC, "k")
    assert (stat["hash"], stat["md5"], stat["fsize"]) == (etag, md5, size)


@pytest.mark.parametrize(("sizes_mib", "etag"), PARTS)
def test_a_multipart_upload_has_the_published_hash(emulator: Emulator, sizes_mib: list[int], etag: str) -> None:
    sizes = [size * MIB for size in sizes_mib]
    assert emulator.put(PUBLIC, "k", content(sum(sizes)), parts=sizes)["hash"] == etag
    stat = emulator.stat(PUBLIC, "k", parts=True)
    assert (stat["hash"], stat["parts"], "md5" in stat) == (etag, sizes, False)


@pytest.mark.parametrize(("data", "etag"), TEXTS)
def test_v1_of_other_contents(data: bytes, etag: str) -> None:
    hasher = Etag()
    hasher.update(data)
    assert hasher.text() == etag


def test_v2_of_two_small_parts() -> None:
    etags = []
    for part in (b"hello", b"world"):
        hasher = Etag()
        hasher.update(part)
        etags.append(hasher.text())
    assert etag_of_parts([5, 5], etags) == "ns56DcSIfBFUENXjdhsJTIvl3Rcu"


@given(pieces=st.lists(st.binary(max_size=9), max_size=5))
def test_pieces_do_not_matter(pieces: list[bytes]) -> None:
    whole, in_pieces = Etag(), Etag()
    whole.update(b"".join(pieces))
    for piece in pieces:
        in_pieces.update(piece)
    assert in_pieces.text() == whole.text()
