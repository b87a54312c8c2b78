"""Laws of conflict names: whatever the key, the other content gets a place of its own beside it (rule 24)."""

from hypothesis import example, given
from hypothesis import strategies as st

from kodokeep.model.key import KEY_MAX_BYTES, NAME_MAX_BYTES, check_key, decode, encode
from kodokeep.planning.conflicts import conflict_key

RUN = "20261122T030000Z"
SHORTEST_NAME_MAX = 143  # on eCryptfs

texts = st.text(st.characters(blacklist_categories=["Cs"]))
segments = st.one_of(
    texts,
    st.builds(lambda char, times: char * times, st.characters(blacklist_categories=["Cs"]), st.integers(0, 750)),
    st.just(f"x (conflict h {RUN}).txt"),
    st.sampled_from(["", ".", "..", ".bashrc", "a.tar.gz", "a.b/", "a" * 240 + ".jpeg", "ü" * 130 + ".md"]),
)
keys = (
    st.lists(segments, max_size=4).map("/".join).map(lambda text: text.encode()[:KEY_MAX_BYTES].decode(errors="ignore"))
)
hosts = st.one_of(texts, st.sampled_from(["laptop", "büro-pc.local", "x" * 80]))
numbers = st.integers(1, 10**6)


@given(keys, hosts, numbers, st.sampled_from([SHORTEST_NAME_MAX, NAME_MAX_BYTES]))
@example("d/" * 374 + "x", "laptop", 1, NAME_MAX_BYTES)
@example("", "", 1, NAME_MAX_BYTES)
def test_it_is_a_legal_key_and_another_one(key: str, host: str, number: int, name_max: int) -> None:
    name = conflict_key(key, host, RUN, number, name_max)
    check_key(name)
    assert name != key
    assert decode(encode(name)) == name


@given(keys, hosts, st.lists(numbers, min_size=2, max_size=2, unique=True))
def test_distinct_numbers_give_distinct_keys(key: str, host: str, pair: list[int]) -> None:
    assert conflict_key(key, host, RUN, pair[0]) != conflict_key(key, host, RUN, pair[1])


@given(keys, hosts, numbers)
def test_a_cut_name_that_meets_itself_still_gives_another_one(key: str, host: str, number: int) -> None:
    once = conflict_key(key, host, RUN, number)
    assert conflict_key(once, host, RUN, number) != once


@given(keys, hosts, numbers, st.sampled_from([SHORTEST_NAME_MAX, NAME_MAX_BYTES]))
def test_it_lies_in_the_same_directory_where_there_is_room(key: str, host: str, number: int, name_max: int) -> None:
    directory = key[: key.rfind("/") + 1]
    name = conflict_key(key, host, RUN, number, name_max)
    if len(directory.encode()) <= KEY_MAX_BYTES - SHORTEST_NAME_MAX:
        assert name.startswith(directory)
        assert "/" not in name[len(directory) :]


@given(keys, hosts, numbers, st.sampled_from([SHORTEST_NAME_MAX, NAME_MAX_BYTES]))
def test_no_name_gets_longer_than_the_disk_takes(key: str, host: str, number: int, name_max: int) -> None:
    """But for segments that were too long before, which are spelled in parts anyway."""
    before, after = key.split("/"), conflict_key(key, host, RUN, number, name_max).split("/")
    for old, new in zip(before, after, strict=False):
        assert len(new.encode()) <= name_max or len(old.encode()) > name_max
