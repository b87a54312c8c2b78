"""The qetag against the vectors of protocol §9.4, which come from Qiniu's own implementations."""

import hashlib

import pytest

from kodokeep.model.qetag import BLOCK_BYTES, HashKind, Qetag, hash_kind, v1

MIB = 1024 * 1024
PATTERN = bytes(range(251))

V1_VECTORS = [
    (0, "Fto5o-5ea0sNMlW_75VgGJCv2AcJ", "d41d8cd98f00b204e9800998ecf8427e"),
    (1, "FlupPJ2wz_k_UrUh10IOQ_btonhP", "93b885adfe0da089cdf634904fd59f71"),
    (1024, "FgrCgIT_dJM9BRI0ltr9N5FoTZtT", "9ee0a0e0c0bc0f1ff29d663d1fdf0743"),
    (1048576, "FsL8TLIPEwGmsN0hHBnmmhOSXb5A", "8f293a2f6c19b345152f7a49bb4c643c"),
    (4194303, "Fn9tkLHM2wFqBpgIZJ4NMMYVKZLl", "d14c5acea679625f1111e902d00b0ae0"),
    (4194304, "Fgd8eREZ4FXnoK5eUHCJo_kRSDb1", "aad8b8e4d120d0df7a7fda991d5dab03"),
    (4194305, "lgV4TNEnA2AXSRVyDqVW4bohMKad", "31244b258b16e75cdf5fd63f0c98f8c6"),
    (8388608, "lhZWuy7H6BDwRPEg8SCwWrzJuMmX", "727943cf3cd0ed31e7fbe1bab434d5eb"),
    (8388609, "lpRzEFZm74e2PCP5AZHpXD7HEH-Z", "551614bf9fa16f183f9d4e9bdcca0bf3"),
    (9437184, "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H", "0aa0ffd067f85965934ed63cc8660850"),
    (12595257, "ljOy1aZC5mgYDcRoCT-mpE2LKj-q", "d7948b7c162fa988ba5730373c9d7982"),
]

LITERAL_VECTORS = [
    (b"hello", "Fqr0xh3cxeii2r7eDztILNmuqUNN"),
    (b"hello retry!", "FlYu0iBR1WpvYi4whKXiBuQpyLLk"),
    (bytes(4 * MIB), "FivMvS848VwT631aif2dhfWV4jvD"),
    (bytes(4 * MIB + 1), "lhCFgki5yzon0rjN9uJusf6qtsF6"),
    (bytes(8 * MIB + 1), "ljw1EdDAXqxjBRbylrCwR_xmDXdU"),
]

V2_VECTORS = [
    ((1,), "FsL8TLIPEwGmsN0hHBnmmhOSXb5A"),
    ((4, 2), "ljhkMHgATQKtDg8szqfOsNnXgKX2"),
    ((2, 4), "nm_4IaxJVm2v98pGW7G6e7Mf3RSv"),
    ((5,), "noxL41IKosLubD1ndYWEnjA7Z2vx"),
    ((8,), "nue2l9IXTAp0uCn59iqq96QOh51v"),
    ((4, 4, 1), "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H"),
    ((5, 4), "npJEZlffMh0ezFDUPgmeNeRSnwer"),
    ((8, 1), "nvi9LROgqeORIdsj0UDfOCtd9b8T"),
    ((1,) * 10, "nk3_ZxDn9Ii-Z3qeScrkS0jmUe__"),
]


def content(size: int) -> bytes:
    return (PATTERN * (size // 251 + 1))[:size]


def streamed(data: bytes, step: int, parts: tuple[int, ...] = ()) -> Qetag:
    hasher = Qetag(parts, md5=True)
    for start in range(0, len(data), step):
        hasher.update(memoryview(data)[start : start + step])
    return hasher


@pytest.mark.parametrize(("size", "qetag", "md5"), V1_VECTORS)
@pytest.mark.parametrize("step", [65536, 1_000_003, 64 * MIB])
def test_v1_and_md5_vectors(size: int, qetag: str, md5: str, step: int) -> None:
    data = content(size)
    hasher = streamed(data, step)
    assert (hasher.v1(), hasher.md5(), hasher.size_bytes) == (qetag, md5, size)
    assert v1(data) == qetag


@pytest.mark.parametrize(("data", "qetag"), LITERAL_VECTORS, ids=lambda value: str(len(value)))
def test_literal_vectors(data: bytes, qetag: str) -> None:
    assert v1(data) == qetag


@pytest.mark.parametrize(("parts_mib", "qetag"), V2_VECTORS)
@pytest.mark.parametrize("step", [1_000_003, 64 * MIB])
def test_v2_vectors(parts_mib: tuple[int, ...], qetag: str, step: int) -> None:
    parts = tuple(part * MIB for part in parts_mib)
    data = content(sum(parts))
    hasher = streamed(data, step, parts)
    assert hasher.v2() == qetag
    assert hasher.v1() == v1(data)


def test_v2_vector_of_the_rust_sdk() -> None:
    assert streamed(b"helloworld", 3, (5, 5)).v2() == "ns56DcSIfBFUENXjdhsJTIvl3Rcu"


@pytest.mark.parametrize("parts", [(), (5, 4), (5, 6), (11,), (0, 10), (12, -2)])
def test_v2_needs_parts_that_add_up(parts: tuple[int, ...]) -> None:
    assert streamed(b"helloworld", 4, parts).v2() is None


def test_reading_a_hash_does_not_end_it() -> None:
    hasher = Qetag((5, 5))
    hasher.update(b"hello")
    assert hasher.v1() == v1(b"hello")
    assert hasher.v2() is None
    hasher.update(b"world")
    assert hasher.v1() == v1(b"helloworld")
    assert hasher.v2() == "ns56DcSIfBFUENXjdhsJTIvl3Rcu"


def test_md5_only_when_asked_for() -> None:
    assert Qetag().md5() is None


def test_a_whole_block_of_any_buffer_type() -> None:
    data = content(BLOCK_BYTES)
    assert v1(bytearray(data)) == v1(memoryview(data)) == v1(data)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *((qetag, HashKind.V1) for _, qetag, _ in V1_VECTORS),
        *((qetag, HashKind.V2 if qetag[0] == "n" else HashKind.V1) for _, qetag in V2_VECTORS),
        ("", HashKind.UNKNOWN),
        ("Fto5o-5ea0sNMlW_75VgGJCv2Ac", HashKind.UNKNOWN),
        ("Fto5o-5ea0sNMlW_75VgGJCv2AcJ=", HashKind.UNKNOWN),
        ("Fto5o+5ea0sNMlW/75VgGJCv2AcJ", HashKind.UNKNOWN),
        ("FAo5o-5ea0sNMlW_75VgGJCv2AcJ", HashKind.UNKNOWN),
        ("Xto5o-5ea0sNMlW_75VgGJCv2AcJ", HashKind.UNKNOWN),
        ("Fto5o-5ea0sNMlW_75VgGJCv2Ac\n", HashKind.UNKNOWN),
        (hashlib.md5(b"").hexdigest(), HashKind.UNKNOWN),
    ],
)
def test_hash_kind(value: str, kind: HashKind) -> None:
    assert hash_kind(value) is kind
