"""The streaming hasher against a plain reading of protocol §9.1 and §9.2, over any cut of the stream."""

import base64
import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from kodokeep.model import qetag

MIB = 1024 * 1024
BLOCK = 4 * MIB
BASE = bytes(range(251)) * (20 * MIB // 251 + 1)

near_blocks = st.builds(
    lambda blocks, off: max(0, blocks * BLOCK + off), st.integers(0, 3), st.integers(-3, 3) | st.integers(-MIB, MIB)
)


def sha1(data: bytes) -> bytes:
    return hashlib.sha1(data).digest()


def encode(first: int, digest: bytes) -> str:
    return base64.urlsafe_b64encode(bytes([first]) + digest).decode()


def blocks_digest(data: bytes) -> bytes:
    if len(data) <= BLOCK:
        return sha1(data)
    return sha1(b"".join(sha1(data[i : i + BLOCK]) for i in range(0, len(data), BLOCK)))


def plain_v1(data: bytes) -> str:
    return encode(0x16 if len(data) <= BLOCK else 0x96, blocks_digest(data))


def plain_v2(data: bytes, parts: tuple[int, ...]) -> str:
    if all(part == BLOCK for part in parts[:-1]) and parts[-1] <= BLOCK:
        return plain_v1(data)
    digests, start = [], 0
    for part in parts:
        digests.append(blocks_digest(data[start : start + part]))
        start += part
    return encode(0x9E, sha1(b"".join(digests)))


def streamed(data: bytes, steps: list[int], parts: tuple[int, ...] = ()) -> qetag.Qetag:
    hasher = qetag.Qetag(parts)
    start = 0
    for step in steps:
        hasher.update(data[start : start + step])
        start += step
    hasher.update(data[start:])
    return hasher


@settings(deadline=None, max_examples=50)
@given(size=near_blocks, steps=st.lists(near_blocks, max_size=4))
def test_v1_of_any_cut(size: int, steps: list[int]) -> None:
    data = BASE[:size]
    assert streamed(data, steps).v1() == plain_v1(data) == qetag.v1(data)


@settings(deadline=None, max_examples=50)
@given(parts=st.lists(near_blocks.filter(bool), min_size=1, max_size=4), steps=st.lists(near_blocks, max_size=3))
def test_v2_of_any_parts_and_cut(parts: list[int], steps: list[int]) -> None:
    data = BASE[: min(sum(parts), len(BASE))]
    sizes = tuple(parts)
    hasher = streamed(data, steps, sizes)
    assert hasher.v2() == (plain_v2(data, sizes) if sum(sizes) == len(data) else None)
    assert hasher.v1() == plain_v1(data)
