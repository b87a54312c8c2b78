"""Filters are quick because they skip what cannot match; that must never change an answer."""

from hypothesis import example, given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from kodokeep.model.options import FilterOptions
from kodokeep.planning.filters import JUNK, Filters, fixed_part, pattern_problem

names = st.text(st.sampled_from("ab.~#$_-[]!\\ é\n"), max_size=4)
keys = st.lists(names, min_size=1, max_size=4).map("/".join)
pieces = st.sampled_from(
    ["a", "b", ".", "*", "?", "**", "/", "!", "~", "#", "$", "[a-b]", "[!a]", "\\#", "\\ ", "é", " "]
)
patterns = st.lists(pieces, min_size=1, max_size=6).map("".join).filter(lambda text: pattern_problem(text) == "")
ordinary = st.lists(st.text(st.sampled_from("ab.~é"), min_size=1, max_size=4), min_size=1, max_size=4).map("/".join)


@given(st.lists(patterns, max_size=5), keys)
@example(["/a"], "a/")
@example(["*.b"], "\n")
def test_no_key_is_too_odd(exclude: list[str], key: str) -> None:
    filters = Filters.of(FilterOptions(exclude=tuple(exclude), default_excludes=True))
    assert filters.excludes_key(key) in (True, False)


@given(st.lists(patterns, min_size=1, max_size=6), ordinary.filter(lambda key: not key.startswith("./")))
def test_what_is_skipped_could_not_have_matched(exclude: list[str], key: str) -> None:
    plainly = GitIgnoreSpec.from_lines([*JUNK, *exclude], backend="simple").match_file(key)
    assert Filters.of(FilterOptions(exclude=tuple(exclude), default_excludes=True)).excludes_key(key) is plainly


@given(patterns, ordinary)
def test_a_match_holds_the_fixed_part(pattern: str, key: str) -> None:
    positive = pattern.removeprefix("!")
    if pattern_problem(positive) == "" and Filters.of(FilterOptions(exclude=(positive,))).excludes_key(key):
        assert fixed_part(pattern) in key


@given(st.lists(patterns, min_size=1, max_size=4), keys)
def test_including_and_excluding_are_opposites(listed: list[str], key: str) -> None:
    include, exclude = (
        Filters.of(FilterOptions(include=tuple(listed))),
        Filters.of(FilterOptions(exclude=tuple(listed))),
    )
    assert include.excludes_key(key) is not exclude.excludes_key(key)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    if pattern_problem(text) == "":
        assert Filters.of(FilterOptions(exclude=(text,))).excludes_key("a/b") in (True, False)
