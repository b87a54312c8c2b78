"""The laws of the codec: random hostile texts, and all short ones (design §4)."""

from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.model.key import (
    KEY_MAX_BYTES,
    NotAKey,
    Spelling,
    decode,
    decode_directory,
    decode_name,
    encode,
    spellings,
)

HOSTILE = "%+25/.a\n"
PIECES = st.sampled_from(
    [
        "%%",
        "%%+",
        "%%41",
        "%%2F",
        "/",
        ".",
        "..",
        "a",
        "A",
        "é",
        "e\u0301",
        "\n",
        "\0",
        " ",
        "~1",
        ".kodokeep",
        "图",
        "😀",
    ]
)
TEXTS = st.one_of(
    st.text(HOSTILE, max_size=30),
    st.lists(PIECES, max_size=20).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
)
KEYS = TEXTS.filter(lambda text: len(text.encode()) <= KEY_MAX_BYTES)
SEGMENTS = KEYS.map(lambda key: key.replace("/", ""))
NAME_MAX = st.sampled_from([32, 33, 143, 255])


@given(KEYS, NAME_MAX)
def test_every_key_is_read_back_from_its_path(key: str, name_max: int) -> None:
    path = encode(key, Spelling(name_max))
    assert decode(path) == key
    for name in path.split("/"):
        assert name not in ("", ".", "..")
        assert "\0" not in name
        assert len(name.encode()) <= name_max


@given(SEGMENTS, NAME_MAX)
def test_every_spelling_of_a_segment_is_the_segment(segment: str, name_max: int) -> None:
    found = list(islice(spellings(segment, Spelling(name_max)), 40))
    assert len(set(found)) == len(found)
    for spelling in found:
        assert decode(spelling) == segment
        assert decode(f"{spelling}/x") == f"{segment}/x"
        assert all(len(name.encode()) <= name_max for name in spelling.split("/"))


WINDOWS_PIECES = st.sampled_from(
    [
        "con",
        "CON",
        "nul",
        "Com1",
        "lpt9",
        "com\u00b2",
        "conout$",
        ".",
        " ",
        "..",
        ":",
        "?",
        "\\",
        '"',
        "a",
        "%",
        "%%",
        "\n",
        "é",
    ]
)
FOR_WINDOWS = st.one_of(KEYS, st.lists(st.one_of(WINDOWS_PIECES, st.just("/")), max_size=40).map("".join))
ESCAPED = st.frozensets(st.sampled_from("abcABC é.:%"), max_size=5)


@given(FOR_WINDOWS.filter(lambda key: len(key.encode()) <= KEY_MAX_BYTES), NAME_MAX, ESCAPED)
def test_no_portable_name_is_one_that_windows_refuses(key: str, name_max: int, escaped: frozenset[str]) -> None:
    path = encode(key, Spelling(name_max, portable=True, escaped=escaped))
    assert decode(path) == key
    for name in path.split("/"):
        assert 0 < len(name.encode()) <= name_max
        assert not _refused_by_windows(name), name


@given(SEGMENTS, NAME_MAX, st.booleans(), ESCAPED)
def test_every_spelling_in_any_style_is_the_segment(
    segment: str, name_max: int, portable: bool, escaped: frozenset[str]
) -> None:
    found = list(islice(spellings(segment, Spelling(name_max, portable, escaped)), 30))
    assert len(set(found)) == len(found)
    for spelled in found:
        assert decode(spelled) == segment
        assert decode(f"{spelled}/x") == f"{segment}/x"
        assert not portable or not any(map(_refused_by_windows, spelled.split("/")))


def _refused_by_windows(name: str) -> bool:
    """A second reading of the rules, as `os.path.isreserved` of Python 3.13 has them."""
    if name[-1:] in (".", " ") or set(name) & set('"*:<>?|/\\') or any(ord(char) < 32 for char in name):
        return True
    devices = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    devices |= {f"{port}{number}" for port in ("COM", "LPT") for number in "123456789\u00b9\u00b2\u00b3"}
    return name.partition(".")[0].rstrip(" ").upper() in devices


@given(st.binary(max_size=80))
def test_reading_a_name_gives_text_without_slashes_or_a_reason(raw: bytes) -> None:
    name = raw.decode(errors="surrogateescape")
    try:
        as_file, as_directory = decode_name(name), decode_directory(name)
    except NotAKey:
        return
    assert "/" not in as_file
    assert "/" not in as_directory[:-1]
    assert (as_file + as_directory).encode()  # no surrogates


@given(TEXTS)
def test_reading_any_path_gives_a_key_or_a_reason(path: str) -> None:
    try:
        key = decode(path)
    except NotAKey:
        return
    assert decode(encode(key)) == key


@pytest.mark.parametrize("name_max", [32, 255])
def test_all_short_hostile_keys_have_paths_of_their_own(name_max: int) -> None:
    seen: set[str] = set()
    for length in range(6):
        for letters in product(HOSTILE, repeat=length):
            key = "".join(letters)
            path = encode(key, Spelling(name_max))
            assert decode(path) == key
            assert path not in seen
            assert not {"", ".", ".."} & set(path.split("/"))
            seen.add(path)


def test_all_short_hostile_paths_are_read_the_same_as_by_the_definition() -> None:
    """A second reading of design §4, character by character."""
    for length in range(1, 6):
        for letters in product("%+254", repeat=length):
            name = "".join(letters)
            assert decode_name(name) == _by_definition(name, is_directory=False)
            assert decode_directory(name) == _by_definition(name, is_directory=True)


def _by_definition(name: str, *, is_directory: bool) -> str:
    text, rest = "", name
    while rest:
        if rest[:2] == "%%" and len(rest) >= 4 and set(rest[2:4]) <= set("0123456789abcdefABCDEF"):
            text, rest = text + chr(int(rest[2:4], 16)), rest[4:]
        elif is_directory and rest == "%%+":
            return text
        elif rest == "%%":
            break
        else:
            text, rest = text + rest[0], rest[1:]
    return f"{text}/" if is_directory else text
