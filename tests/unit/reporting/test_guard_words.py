import pytest

from kodokeep.model.event import GuardKind, GuardTripped
from kodokeep.reporting.guard_words import guards


@pytest.mark.parametrize("kind", GuardKind)
def test_every_guard_says_what_it_holds_why_and_what_to_do(kind: GuardKind) -> None:
    tripped = [GuardTripped(kind, 1_234, 5 * 2**30, "4096", "1024")]
    lines = guards("photos", tripped, "kodokeep")
    assert lines[0].startswith("held: ")
    assert "1,234" in lines[1]
    assert lines[2].endswith("kodokeep plan photos")
    if kind is GuardKind.IDENTITY:
        assert lines[3:] == [
            "      if the folder was moved or restored on purpose: kodokeep run photos --adopt",
        ]
    else:
        assert lines[3].endswith("kodokeep run photos --accept-changes")
        assert lines[4].endswith("kodokeep approve photos [PREFIX…]")
    if kind is GuardKind.BYTES:
        assert lines[0] == "held: 4.0 KiB of files would change, the limit is 1.0 KiB (guard_bytes)"
    assert guards("photos", tripped, "kodokeep", look=False) == [*lines[:2], *lines[3:]]


def test_several_guards_tell_the_way_on_once() -> None:
    tripped = [GuardTripped(kind, 9, 1, "9", "5") for kind in (GuardKind.BUCKET_EMPTY, GuardKind.SHARE)]
    lines = guards("photos", tripped, "kodokeep --config x.ini")
    assert [line.split(":")[0].strip() for line in lines] == [
        "held", "9 files (1 B) would be replaced or deleted; the rest goes on",
        "held", "9 files (1 B) would be replaced or deleted; the rest goes on",
        "to look", "to go on", "or to release what the last run held, or some of it",
    ]  # fmt: skip
    assert lines[-2].endswith(": kodokeep --config x.ini run photos --accept-changes")
    assert lines[-1].endswith(": kodokeep --config x.ini approve photos [PREFIX…]")
    assert guards("photos", [], "kodokeep") == []


def test_a_folder_that_is_not_known_has_one_extent_and_one_way_on() -> None:
    tripped = [
        GuardTripped(GuardKind.IDENTITY, 9, 1, "prefix was '', is 'a/'", ""),
        GuardTripped(GuardKind.SETTINGS_CHANGED, 0, 0, "prefix: '' is now 'a/'", ""),
    ]
    assert guards("photos", tripped, "kodokeep") == [
        "held: the folder was bound to other settings: prefix was '', is 'a/'",
        "      nothing is touched (9 changes held)",
        "held: settings differ from those of the last run: prefix: '' is now 'a/'",
        "      to look: kodokeep plan photos",
        "      if the settings were changed on purpose: kodokeep run photos --adopt",
    ]


def test_each_side_is_told_by_itself() -> None:
    lines = guards(
        "photos",
        [
            GuardTripped(GuardKind.SHARE, 30, 1024, "40", "25", "bucket"),
            GuardTripped(GuardKind.SHARE, 21, 2048, "90", "25", "folder", "2024/\n"),
            GuardTripped(GuardKind.NEVER_SYNCED, 1, 5, "", "", "bucket"),
        ],
        "kodokeep",
        look=False,
    )
    assert lines[:6] == [
        "held: 40 % of the objects would change, the limit is 25 % (guard_percent)",
        "      30 objects of the bucket (1.0 KiB) would be overwritten or deleted; the rest goes on",
        "held: under 2024/\\n: 90 % of the files would change, the limit is 25 % (guard_percent)",
        "      21 files (2.0 KiB) would be replaced or deleted; the rest goes on",
        "held: objects would be replaced that differ from the files of the same key, and never were in step with them",
        "      1 object of the bucket (5 B) would be overwritten or deleted; the rest goes on",
    ]
