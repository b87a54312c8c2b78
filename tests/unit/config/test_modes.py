"""Options that depend on each other: modes with their deletions and conflicts, filters, guards of prefixes, prices."""

from pathlib import Path

import pytest

from kodokeep.config import Config
from kodokeep.config.load import from_text
from kodokeep.errors import ConfigError
from kodokeep.model.options import (
    DELETIONS,
    Conflicts,
    Deletions,
    FilterOptions,
    Mode,
    PairOptions,
    Prices,
    Symlinks,
)
from kodokeep.planning.filters import pair_settings

FILE = Path("/etc/kodokeep/config.ini")


def read(text: str) -> Config:
    return from_text(text, FILE)


def pair(*lines: str) -> PairOptions:
    (only,) = read("\n".join(["[bucket:photos]", "folder = /a", *lines])).pairs
    return only


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return caught.value.message.replace(f"{FILE}: ", "")


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("deletions", Deletions)
def test_a_mode_takes_its_own_deletions_only(mode: Mode, deletions: Deletions) -> None:
    text = f"[bucket:photos]\nfolder = /a\nmode = {mode}\ndeletions = {deletions}\n"
    if deletions in DELETIONS[mode]:
        assert read(text).pairs[0].deletions is deletions
    else:
        first, second = DELETIONS[mode]
        expected = f'[bucket:photos] deletions = "{deletions}": expected {first} or {second} (mode = {mode})'
        assert complaint(text) == expected


@pytest.mark.parametrize(
    ("mode", "default"),
    [(Mode.BACKUP, Deletions.PROPAGATE), (Mode.SYNC, Deletions.RESTORE), (Mode.PUBLISH, Deletions.KEEP)],
)
def test_each_mode_has_its_own_default(mode: Mode, default: Deletions) -> None:
    assert pair(f"mode = {mode}").deletions is default


def test_shared_deletions_must_suit_every_pair_that_does_not_say_otherwise() -> None:
    text = "[defaults]\ndeletions = restore\n[bucket:a]\nfolder = /a\nmode = sync\n[bucket:b]\nfolder = /b\n"
    assert complaint(text) == (
        '[defaults] deletions = "restore": expected for [bucket:b] propagate or keep (mode = backup)'
    )
    first, second = read(text + "deletions = keep\n").pairs
    assert (first.deletions, second.deletions) == (Deletions.RESTORE, Deletions.KEEP)


def test_a_mode_can_be_shared() -> None:
    text = "[defaults]\nmode = sync\n[bucket:a]\nfolder = /a\n[bucket:b]\nfolder = /b\nmode = publish\n"
    assert [(pair.mode, pair.deletions) for pair in read(text).pairs] == [
        (Mode.SYNC, Deletions.RESTORE),
        (Mode.PUBLISH, Deletions.KEEP),
    ]


@pytest.mark.parametrize("word", Conflicts)
def test_conflicts_are_for_sync_only(word: Conflicts) -> None:
    assert pair("mode = sync", f"conflicts = {word}").conflicts is word
    for mode in (Mode.BACKUP, Mode.PUBLISH):
        text = f"[bucket:photos]\nfolder = /a\nmode = {mode}\nconflicts = {word}\n"
        assert complaint(text) == (
            f"[bucket:photos] conflicts: only mode = sync has conflicts; this pair's mode is {mode}"
        )


def test_shared_conflicts_are_meant_for_the_pairs_that_sync() -> None:
    text = "[defaults]\nconflicts = newer\n[bucket:a]\nfolder = /a\nmode = sync\n[bucket:b]\nfolder = /b\n"
    assert [pair.conflicts for pair in read(text).pairs] == [Conflicts.NEWER, Conflicts.KEEP_BOTH]
    assert "no pair's mode is sync" in complaint(text.replace("mode = sync\n", ""))


def test_patterns_stand_one_a_line_with_comments_between() -> None:
    options = pair(
        "exclude = *.tmp",
        "    # what the build makes",
        "    /build/",
        "",
        "    a name, with a comma",
        "    !keep.tmp",
        "include =",
        "    *.jpg",
        "transfers = 3",
    )
    assert options.filters.exclude == ("*.tmp", "/build/", "a name, with a comma", "!keep.tmp")
    assert options.filters.include == ("*.jpg",)
    assert options.transport.transfers == 3


def test_a_wrong_pattern_of_several_is_named() -> None:
    message = complaint("[bucket:a]\nfolder = /a\nexclude =\n  *.tmp\n  [abc\n")
    assert message.startswith("[bucket:a] exclude = ")
    assert message.endswith(', not "[abc"')


def test_limits_of_size_and_age() -> None:
    options = pair("min_size = 1K", "max_size = 2G", "min_age = 12h", "max_age = 2w")
    assert options.filters == FilterOptions((), (), False, 1024, 2 * 2**30, 12 * 3600, 14 * 86_400)
    assert [pair(f"min_age = 3{unit}").filters.min_age_s for unit in "smhd"] == [3, 180, 10_800, 259_200]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("min_size = 2G", "max_size = 1G"), "min_size: is more than max_size, so nothing would take part"),
        (("min_age = 2d", "max_age = 1d"), "min_age: is more than max_age, so nothing would take part"),
        (("include = !a",), "include: has only patterns that take back (!), so nothing would take part"),
        (
            ("prefix = img/", "guard_prefixes =", "  img/2024/", "  docs/"),
            'guard_prefixes: "docs/" does not begin with the pair\'s prefix "img/"',
        ),
    ],
)
def test_filters_that_leave_nothing_are_refused(lines: tuple[str, ...], problem: str) -> None:
    text = "\n".join(["[bucket:photos]", "folder = /a", *lines])
    assert complaint(text) == f"[bucket:photos] {problem}"


def test_a_backup_skips_nothing_by_itself() -> None:
    assert [pair(f"mode = {mode}").filters.default_excludes for mode in Mode] == [False, True, True]
    assert not pair("mode = sync", "default_excludes = no").filters.default_excludes
    assert pair("default_excludes = yes").filters.default_excludes


def test_guarded_prefixes_names_and_links() -> None:
    options = pair("guard_prefixes =", "  2024/", "  2025/", "portable_names = yes", "symlinks = follow")
    assert options.guard.prefixes == ("2024/", "2025/")
    assert (options.portable_names, options.symlinks) == (True, Symlinks.FOLLOW)
    assert (pair().portable_names, pair().symlinks, pair().guard.prefixes) == (False, Symlinks.SKIP, ())
    assert complaint("[defaults]\nguard_prefixes = a\n").startswith("[defaults] guard_prefixes: cannot be shared")


def test_a_pair_that_wants_no_shared_patterns_says_so() -> None:
    text = "[defaults]\nexclude = *.tmp\n[bucket:a]\nfolder = /a\n[bucket:b]\nfolder = /b\nexclude =\n"
    assert [pair.filters.exclude for pair in read(text).pairs] == [("*.tmp",), ()]


@pytest.mark.parametrize(
    "line",
    [
        "prefix = x", "mode = publish", "include = *.jpg", "exclude = *.tmp", "default_excludes = yes",
        "min_size = 1", "max_size = 1", "min_age = 1d", "max_age = 1d",
    ],
)  # fmt: skip
def test_whatever_decides_which_keys_take_part_is_a_setting(line: str) -> None:
    before, after = pair_settings(pair()), pair_settings(pair(line))
    name = line.split(" ", maxsplit=1)[0]
    assert before[name] != after[name]
    assert {k: v for k, v in before.items() if k not in (name, "default_excludes")} == {
        k: v for k, v in after.items() if k not in (name, "default_excludes")
    }


def test_prices_have_defaults_and_may_be_replaced() -> None:
    text = "[bucket:a]\nfolder = /a\n"
    assert read(text).prices == Prices()
    assert read(text + "[prices]\norigin_traffic = 0.5\n").prices == Prices(origin_traffic=0.5)
    other = "[prices]\ncurrency = usd\nget_requests = 0\nput_requests = 1\norigin_traffic = 2\ncdn_traffic = 3.5\n"
    assert read(text + other).prices == Prices("USD", 0, 1, 2, 3.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "currency = USD\nget_requests = 1",
            "[prices] currency = USD: expected all prices in it, too; there is no put_requests, origin_traffic, cdn_",
        ),
        ("origin_traffic = -1", '[prices] origin_traffic = "-1": expected a price such as 0.26'),
        ("currency = yuan", '[prices] currency = "yuan": expected a currency such as CNY or USD'),
        ("cdn = 1", "[prices] cdn: unknown option; expected one of currency, get_requests"),
    ],
)
def test_wrong_prices(text: str, message: str) -> None:
    assert complaint(f"[bucket:a]\nfolder = /a\n[prices]\n{text}\n").startswith(message)


@pytest.mark.parametrize(
    ("options", "prices", "message"),
    [
        ("monthly_traffic = 20 USD", "", "[bucket:a] monthly_traffic = 20 USD: expected bytes, or an amount in CNY"),
        (
            "monthly_traffic = 20 CNY\narchived = thaw", "archive_thaw = 1",
            "[bucket:a] monthly_traffic = 20 CNY: expected archive_thaw and deep_archive_thaw in [prices], too",
        ),
        ("thaw_days = 8", "", '[bucket:a] thaw_days = "8": expected '),
        ("archived = melt", "", '[bucket:a] archived = "melt": expected hold or thaw'),
        ("", "archive_thaw = cheap", '[prices] archive_thaw = "cheap": expected a price such as 0.26'),
    ],
)  # fmt: skip
def test_wrong_budgets_and_thaws(options: str, prices: str, message: str) -> None:
    assert complaint(f"[bucket:a]\nfolder = /a\n{options}\n[prices]\n{prices}\n").startswith(message)


def test_what_thawing_costs_is_known_only_if_it_is_written() -> None:
    text = "[bucket:a]\nfolder = /a\narchived = thaw\n"
    assert read(text).pairs[0].prices == Prices()
    priced = text + "monthly_traffic = 20 CNY\n[prices]\narchive_thaw = 1\ndeep_archive_thaw = 2\n"
    assert read(priced).pairs[0].prices == Prices(archive_thaw=1, deep_archive_thaw=2)
