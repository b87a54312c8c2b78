"""The codec of keys and paths, case by case (design §4, rules 4, 8, 14). Its laws are in tests/property."""

from itertools import islice

import pytest

from kodokeep.model.key import NotAKey, Spelling, decode, decode_directory, decode_name, encode, is_reserved, spellings

SPELLED = [
    ("a/b.png", "a/b.png"),
    ("图片/二零二四.jpg", "图片/二零二四.jpg"),
    ("My%20File.pdf", "My%20File.pdf"),
    ("100%", "100%"),
    (".profile", ".profile"),
    ("a b /c.", "a b /c."),
    ("", "%%"),
    ("/", "%%/%%"),
    ("dir/", "dir/%%"),
    ("a//b", "a/%%/b"),
    (".", ".%%"),
    ("..", "..%%"),
    ("../../etc/passwd", "..%%/..%%/etc/passwd"),
    ("a\nb", "a%%0Ab"),
    ("\0", "%%00"),
    ("\x7f\x1b", "%%7F%%1B"),
    ("\x9b", "%%C2%%9B"),
    ("%%", "%%25%"),
    ("%%%", "%%25%%25%"),
    ("a%%0Ab", "a%%25%0Ab"),
    ("%%+/a", "%%25%+/a"),
    ("%\n", "%%%0A"),
    (".kodokeep", ".kodokeep%%"),
    ("a/.kodokeep/b", "a/.kodokeep%%/b"),
    ("kodoke~1", "kodoke~1%%"),
]


@pytest.mark.parametrize(("key", "path"), SPELLED)
def test_a_key_has_its_plainest_path(key: str, path: str) -> None:
    assert encode(key) == path
    assert decode(path) == key


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("a%%", "a"),
        ("%%61", "a"),
        ("%%c3%%A9", "é"),
        ("%%+/a", "a"),
        ("a%%+/%%+/b", "ab"),
        ("a%%/b", "a/b"),
        ("a%%+/b%%/c", "ab/c"),
        ("a%%%%", "a%%"),
        ("a%%%+/b", "a%b"),
        ("a%%b", "a%%b"),
        ("a%%+", "a%%+"),
        ("a\nb", "a\nb"),
    ],
)
def test_other_spellings_are_read_as_well(path: str, key: str) -> None:
    assert decode(path) == key


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a%%2Fb", "slash"),
        ("%%2F%%+/b", "slash"),
        ("caf\udce9", "UTF-8"),
        ("%%E9", "UTF-8"),
        ("%%ED%%A0%%80", "UTF-8"),
        ("a/.kodokeep", "too much like"),
        (".Kodokeep. /x", "too much like"),
        ("x" * 751, "751 bytes"),
        ("图" * 251, "753 bytes"),
        ("../x", "no file"),
        ("a//b", "no file"),
        ("/a", "no file"),
        ("", "no file"),
        ("a\0", "no file"),
    ],
)
def test_a_path_that_no_key_has_is_told_with_its_reason(path: str, reason: str) -> None:
    with pytest.raises(NotAKey, match=reason):
        decode(path)


@pytest.mark.parametrize("text", ["x" * 751, "é" * 376, "a\ud800"])
def test_a_text_that_kodo_would_not_take_is_no_key(text: str) -> None:
    with pytest.raises(NotAKey):
        encode(text)


def test_the_longest_key_is_a_key() -> None:
    key = "图" * 250
    assert decode(encode(key)) == key


@pytest.mark.parametrize(
    "name",
    [
        ".kodokeep",
        ".KODOKEEP",
        ".kodokeep. .",
        ".kodo\u200bkeep",
        "\ufeff.kodokeep",
        ".\uff4b\uff4f\uff44\uff4fkeep",  # full-width letters
        "\u2024kodokeep",  # one dot leader
        ".\u212aodo\u212aeep",  # Kelvin signs
        ".kodokeep\u00a0",
        "kodoke~1",
        "KODOKE~12",
    ],
)
def test_what_a_disk_may_take_for_the_own_directory_is_never_given_to_a_key(name: str) -> None:
    assert is_reserved(name)
    spelled = encode(f"a/{name}/b")
    assert not any(is_reserved(part) for part in spelled.split("/"))
    assert decode(spelled) == f"a/{name}/b"


@pytest.mark.parametrize("name", ["kodokeep", ".kodokeep2", ".kodokeep%%", "kodoke~", "kodoke~1a", ".k"])
def test_other_names_are_free(name: str) -> None:
    assert not is_reserved(name)


def test_a_directory_name_is_what_keys_below_it_begin_with() -> None:
    assert decode_directory("a") == "a/"
    assert decode_directory("%%") == "/"
    assert decode_directory("ab%%+") == "ab"
    assert decode_directory("%%+") == ""
    assert decode_name("ab%%+") == "ab%%+"


@pytest.mark.parametrize("name_max", [32, 143, 255])
@pytest.mark.parametrize("key", ["\n" * 750, "x" * 750, "é" * 375, "😀" * 187, "%" * 750, "a" * 300 + "/" + "b" * 300])
def test_long_segments_are_split_into_names_that_fit(key: str, name_max: int) -> None:
    path = encode(key, Spelling(name_max))
    names = path.split("/")
    assert all(len(name.encode()) <= name_max for name in names)
    assert decode(path) == key
    assert all(decode_directory(name) for name in names[:-1])  # each is text by itself: no character was cut


@pytest.mark.parametrize("tail", [".kodokeep", "kodoke~1"])
def test_the_rest_of_a_split_segment_is_no_reserved_name(tail: str) -> None:
    path = encode("x" * 252 + tail)
    assert path == "x" * 252 + f"%%+/{tail}%%"
    assert decode(path) == "x" * 252 + tail


def test_a_name_that_fits_only_without_its_terminator_is_split() -> None:
    key = ".kodokeep" + " " * 246
    path = encode(key)
    assert all(len(name.encode()) <= 255 for name in path.split("/"))
    assert decode(path) == key


def test_spellings_go_from_plain_to_exotic_without_end() -> None:
    assert list(islice(spellings("ab"), 8)) == [
        "ab", "ab%%", "%%61b", "a%%62", "%%+/ab", "%%+/ab%%", "%%+/%%61b", "%%+/a%%62",
    ]  # fmt: skip
    assert list(islice(spellings(""), 3)) == ["%%", "%%+/%%", "%%+/%%+/%%"]
    assert list(islice(spellings("."), 3)) == [".%%", "%%2E", "%%+/.%%"]
