import pytest

from kodokeep.model.entry import ObstacleKind
from kodokeep.model.options import FilterOptions
from kodokeep.planning.filters import JUNK, Filters, fixed_part, pattern_problem
from tests.unit.planning.rows import T0_NS, local, obstacle, remote, row

DAY_S = 86_400
NOW_NS = T0_NS + 10 * DAY_S * 10**9


def excluding(*patterns: str) -> Filters:
    return Filters.of(FilterOptions(exclude=patterns))


def including(*patterns: str) -> Filters:
    return Filters.of(FilterOptions(include=patterns))


def test_without_options_everything_takes_part() -> None:
    filters = Filters.of(FilterOptions())
    for key in ("a", "", ".DS_Store", "\n", "/"):
        assert not filters.excludes_key(key)
    assert not filters.filters_row(row(remote(), local()), NOW_NS)
    assert not filters.hides(obstacle())


@pytest.mark.parametrize(
    ("patterns", "out", "kept"),
    [
        (["*.tmp"], ["a.tmp", "d/e/a.tmp", "x.tmp/inside"], ["a.tmp2", "tmp"]),
        (["build/"], ["build/a", "src/build/a/b"], ["build", "rebuild/a", "build2/a"]),
        (["/build/"], ["build/a"], ["src/build/a"]),
        (["docs/*.pdf"], ["docs/a.pdf"], ["docs/old/a.pdf", "old/docs/a.pdf"]),
        (["docs/**/*.pdf"], ["docs/a.pdf", "docs/x/y/a.pdf"], ["a.pdf"]),
        (["**/cache"], ["cache", "a/cache/b", "a/b/cache"], ["a/caches"]),
        (["logs/**"], ["logs/a", "logs/a/b"], ["logs", "a/logs/b"]),
        (["*.log", "!keep.log"], ["a.log", "d/b.log"], ["keep.log", "d/keep.log"]),
        (["!keep.log", "*.log"], ["keep.log", "a.log"], []),
        (["img_?.jp*g"], ["img_1.jpg", "img_x.jpeg"], ["img_10.jpg", "img_/.jpg"]),
        (["[0-9]*.csv"], ["1.csv", "d/07.csv"], ["a1.csv"]),
        (["[!a]b"], ["cb"], ["ab"]),
        ([r"\!odd", r"\#odd"], ["!odd", "d/#odd"], ["odd"]),
        (["Photos/"], ["Photos/a"], ["photos/a"]),
        (["照片/*.jpg"], ["照片/é.jpg"], ["照片/é.png"]),
    ],
)
def test_patterns_mean_what_they_mean_to_git(patterns: list[str], out: list[str], kept: list[str]) -> None:
    excluded, included = excluding(*patterns), including(*patterns)
    assert [key for key in [*out, *kept] if excluded.excludes_key(key)] == out
    assert [key for key in [*out, *kept] if not included.excludes_key(key)] == out


def test_exclude_wins_over_include() -> None:
    filters = Filters.of(FilterOptions(include=("*.jpg",), exclude=("private/",)))
    assert [filters.excludes_key(key) for key in ("a.jpg", "a.png", "private/a.jpg")] == [False, True, True]


@pytest.mark.parametrize(
    ("pattern", "key", "matched"),
    [
        # an empty name lies in its directory, and only wildcards match it
        ("dir/", "dir/", True), ("dir", "dir/", True), ("dir/*", "dir/", True), ("*", "", True), ("?", "", False),
        ("dir/?", "dir/", False), ("a", "/a", True), ("/a", "/a", False), ("*/a", "/a", True), ("b", "a//b", True),
        ("a/b", "a//b", False), ("a/*/b", "a//b", True), ("a/**/b", "a//b", True), ("**", "//", True),
        ("x", "//", False),
        # dots, spaces and backslashes are plain
        ("a", "./a", True), ("/a", "./a", False), ("./a", "./a", True), ("..", "../a", True), ("/b", "a/../b", False),
        ("a", "a ", False), ("a[ ]", "a ", True), ("a", " a", False), (r"a\\b", r"a\b", True), ("b", r"a\b", False),
        ("a/b", r"a\b", False),
        # a newline is one character
        ("a", "a\n", False), ("a?", "a\n", True), ("a*b", "a\n\nb", True), ("b", "a\n/b", True), ("/b", "a\nb", False),
        ("*.txt", "a\n.txt", True), ("a", "\na", False), ("a/**/c", "a/x\ny/c", True), ("*.txt", "a.txt\n", False),
        ("a", "a\r", False), ("a", "a\x00", False), ("a", "a\u2028", False), ("a*", "a\u2028b", True),
    ],
)  # fmt: skip
def test_keys_that_no_file_of_git_would_have(pattern: str, key: str, matched: bool) -> None:
    assert excluding(pattern).excludes_key(key) is matched
    # the same among others, which takes another way
    assert excluding("**/none/**/such", pattern, "!*.none").excludes_key(key) is matched


def test_junk_is_left_out_when_that_is_asked_for_and_can_be_taken_back() -> None:
    junk = [
        ".DS_Store", "a/.DS_Store", "a/._photo.jpg", "Thumbs.db", "a/desktop.ini", "$RECYCLE.BIN/x", ".Trash-1000/x",
        ".notes.txt.swp", "notes.txt~", ".#notes.txt", "#notes.txt#", "~$report.docx", ".~lock.report.odt#",
        "film.mkv.part", "film.crdownload",
    ]  # fmt: skip
    plain = ["store", "photo.jpg", "a~b", "a/.gitignore", "notes.swp", "part", "report#1", "~a", ".hidden"]
    filters = Filters.of(FilterOptions(default_excludes=True))
    assert [key for key in [*junk, *plain] if filters.excludes_key(key)] == junk
    taken_back = Filters.of(FilterOptions(default_excludes=True, exclude=("!Thumbs.db",)))
    assert (taken_back.excludes_key("a/Thumbs.db"), taken_back.excludes_key("a/.DS_Store")) == (False, True)


def test_every_junk_pattern_has_a_text_that_most_keys_lack() -> None:
    assert all(pattern_problem(pattern) == "" for pattern in JUNK)
    assert all(fixed_part(pattern) for pattern in JUNK)


@pytest.mark.parametrize("pattern", ["", "  ", "#comment", "/", "[abc", "[z-a]", "a\\", "a//b", "[[:alpha:]]", "!"])
def test_a_pattern_that_cannot_be_meant_is_refused(pattern: str) -> None:
    assert pattern_problem(pattern).startswith("a pattern as in .gitignore")
    with pytest.raises(ValueError, match=r"\.gitignore"):
        excluding(pattern)


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        (FilterOptions(min_size_bytes=4), ["one"]),
        (FilterOptions(max_size_bytes=4), ["three"]),
        (FilterOptions(min_size_bytes=3, max_size_bytes=5), []),
    ],
)
def test_size_on_either_side_filters_the_row(options: FilterOptions, sizes: list[str]) -> None:
    filters = Filters.of(options)
    for content in ("one", "three"):
        filtered = content in sizes
        assert filters.filters_row(row(remote(content)), NOW_NS) is filtered
        assert filters.filters_row(row(None, local(content)), NOW_NS) is filtered
    both = [filters.filters_row(row(remote(r), local(loc)), NOW_NS) for r, loc in (("one", "three"), ("three", "one"))]
    assert both == [bool(sizes)] * 2


def test_a_row_that_neither_side_has_is_never_filtered() -> None:
    assert not Filters.of(FilterOptions(min_size_bytes=1, max_age_s=1)).filters_row(row(), NOW_NS)


@pytest.mark.parametrize(
    ("options", "days", "filtered"),
    [
        (FilterOptions(min_age_s=2 * DAY_S), [0, 1, 2, 3], [True, True, False, False]),
        (FilterOptions(max_age_s=2 * DAY_S), [0, 1, 2, 3], [False, False, False, True]),
        (FilterOptions(min_age_s=1), [-1], [True]),
        (FilterOptions(max_age_s=0), [-1], [False]),
    ],
)
def test_age_is_that_of_the_file_or_of_what_it_would_be(
    options: FilterOptions, days: list[int], filtered: list[bool]
) -> None:
    filters = Filters.of(options)
    for day, expected in zip(days, filtered, strict=True):
        then_ns = NOW_NS - day * DAY_S * 10**9
        assert filters.filters_row(row(remote(put_time_ns=then_ns)), NOW_NS) is expected
        assert filters.filters_row(row(None, local(moved=then_ns - T0_NS)), NOW_NS) is expected


def test_an_objects_own_time_counts_more_than_when_it_was_put() -> None:
    old = remote(put_time_ns=NOW_NS, metadata=(("!Last-Modified", "Wed, 01 Nov 2023 00:00:00 GMT"),))
    assert not Filters.of(FilterOptions(min_age_s=DAY_S)).filters_row(row(old), NOW_NS)


@pytest.mark.parametrize(
    ("filters", "hidden"),
    [
        (excluding("secret/"), True),
        (excluding("*"), True),
        (excluding("*", "!*.jpg"), False),  # something below may be taken back
        (excluding("secret/*.tmp"), False),
        (excluding("secret/[!.]*"), False),
        (including("*.jpg"), False),  # something below may be asked for
        (excluding("other/"), False),
    ],
)
def test_a_directory_that_cannot_be_read_is_hidden_only_if_all_of_it_is_left_out(
    filters: Filters, hidden: bool
) -> None:
    unreadable = obstacle("secret/", "secret", ObstacleKind.UNREADABLE, covers_prefix=True)
    assert filters.hides(unreadable) is hidden


def test_a_symlink_is_hidden_by_its_name() -> None:
    link = obstacle("d/link.tmp", "d/link.tmp")
    assert excluding("*.tmp").hides(link)
    assert not excluding("*.jpg").hides(link)
    assert including("*.jpg").hides(link)


def test_what_may_be_a_file_or_a_directory_is_told_as_one_of_them() -> None:
    link, echo = obstacle("d/link", "d/link"), obstacle("d/link/", "d/link", covers_prefix=True, echo=True)
    for filters, told in [(excluding("*.tmp"), link), (including("/d/link/*.jpg"), echo), (excluding("link"), None)]:
        assert [one for one in (link, echo) if not filters.hides(one)] == ([told] if told else [])
