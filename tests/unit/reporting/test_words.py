import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.model.action import ActionKind, Row
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import Notice, NoticeKind, Planned, RunStarted
from kodokeep.model.options import Mode
from kodokeep.model.summary import Summary, Tally
from kodokeep.reporting import words
from kodokeep.reporting.units import count, duration, printable, size

REMOTE = RemoteEntry("a\x1b[31m.jpg", 3 * 2**20, "Fhash", 0)
ROW = Row(REMOTE.key, REMOTE, None, None)


def summary(**fields: object) -> Summary:
    return Summary("photos", "20261122T030000Z", "backup", **({"exit": 0} | fields))  # type: ignore[arg-type]


def test_the_result_line_reconciles_both_sides() -> None:
    line = words.result(
        summary(
            listed_tally=Tally(12_345, {"unchanged": 12_300, "downloaded": 45, "failed": 0}),
            walked_tally=Tally(12_301, {"unchanged": 12_300, "local_only": 1}),
            bytes_downloaded=3 * 2**30,
            seconds=120.0,
        )
    )
    assert line == (
        "photos: 12,345 listed = 12,300 unchanged + 45 downloaded; 12,301 local = 12,300 unchanged + 1 local only;"
        " 3.0 GiB in 2 min 00 s (25.6 MiB/s)"
    )


def test_an_empty_bucket_and_folder() -> None:
    assert words.result(summary(seconds=0.2)) == "photos: nothing to do; 0 listed; 0.2 s"


def test_an_account_that_does_not_add_up_is_not_hidden() -> None:
    line = words.result(summary(listed_tally=Tally(3, {"unchanged": 2})))
    assert "3 listed ≠ 2 unchanged (does not add up, please report this)" in line


def test_a_run_that_never_began_has_nothing_to_reconcile() -> None:
    assert words.result(summary(exit=5, error="busy")) == "photos: not run: another run is working on the folder"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, ""),
        ({"exit": 3, "failed": 2}, "2 objects failed; the next run tries them first"),
        ({"exit": 3}, "what is not any more as the plan file saw it was left alone; make a new plan"),
        ({"exit": 4, "held": 1}, "1 change held"),
        ({"exit": 130}, "interrupted; what was finished is kept, the next run goes on from there"),
        ({"exit": 6, "error": "no answer\x07"}, "error: no answer\\x07"),
        ({"exit": 5}, "not run: another run is working on the folder"),
    ],
)
def test_the_verdict_tells_what_an_exit_code_means(fields: dict[str, object], line: str) -> None:
    assert words.verdict(summary(**fields)) == line


def test_what_an_interrupted_run_did_not_reach_is_not_called_failed() -> None:
    tally = Tally(305, {"downloaded": 120, "failed": 185})
    line = words.result(summary(exit=130, listed_tally=tally, walked_tally=tally))
    assert line == (
        "photos: 305 listed = 120 downloaded + 185 not done; 305 local = 120 downloaded + 185 not done; 0.0 s"
    )
    assert "185 failed" in words.result(summary(exit=3, listed_tally=tally))


def test_only_a_run_without_work_had_nothing_to_do() -> None:
    idle = Tally(8, {"unchanged": 4, "unavailable": 1, "local_only": 1, "remote_only": 1, "filtered": 1})
    assert words.result(summary(listed_tally=idle, walked_tally=idle)).startswith("photos: nothing to do; 8 listed")
    for part in ("downloaded", "uploaded", "moved", "conflicts", "adopted", "touched", "stale", "deleted"):
        busy = Tally(5, {"unchanged": 4, part: 1})
        assert "nothing to do" not in words.result(summary(listed_tally=idle, walked_tally=busy))
    assert "nothing to do" not in words.result(summary(exit=6, listed_tally=idle, error="no answer"))


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_has_words(kind: NoticeKind) -> None:
    line = words.notice(Notice(kind, "a\nb", "the fact"))
    assert line.startswith("a\\nb: ")
    assert line.endswith(" (the fact)")


@pytest.mark.parametrize("mode", Mode)
def test_what_goes_where(mode: Mode) -> None:
    line = words.started(RunStarted("p", "r", mode, "photos", "/f"))
    assert (
        line
        == {
            Mode.BACKUP: "backup of bucket photos to /f, run r",
            Mode.SYNC: "sync of bucket photos with /f, run r",
            Mode.PUBLISH: "publish of /f to bucket photos, run r",
        }[mode]
    )


def test_what_travelled_down_and_up() -> None:
    def end(**fields: object) -> str:
        return words.result(summary(seconds=2.0, **fields)).rpartition("; ")[2]

    assert end(bytes_uploaded=4096) == "4.0 KiB up in 2.0 s (2.0 KiB/s)"
    assert end(bytes_downloaded=2048, bytes_uploaded=4096) == "2.0 KiB down, 4.0 KiB up in 2.0 s (3.0 KiB/s)"
    assert end(bytes_downloaded=2048) == "2.0 KiB in 2.0 s (1.0 KiB/s)"


@pytest.mark.parametrize("kind", ActionKind)
def test_a_plan_names_every_kind_that_it_has(kind: ActionKind) -> None:
    assert words.planned(Planned({kind: 2}, 1024, ())) == f"2 {words.PLANNED[kind]}, 1.0 KiB to fetch"
    assert words.planned(Planned({kind: 0}, 0, ())) == ""
    assert words.planned(Planned({kind: 1}, 0, (), 2048)) == f"1 {words.PLANNED[kind]}, 2.0 KiB to send"


def test_a_plan_tells_its_parts_in_one_order() -> None:
    counts = {ActionKind.DELETE_OBJECT: 3, ActionKind.DELETE: 2, ActionKind.DOWNLOAD: 1}
    assert words.planned(Planned(counts, 0, ())) == "1 to download, 2 to delete, 3 to delete in the bucket"


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (2**20 - 1, "1.0 MiB"),
        (10 * 2**30, "10.0 GiB"), (2**60, "1,024.0 PiB"),
    ],
)  # fmt: skip
def test_sizes_are_binary(size_bytes: int, text: str) -> None:
    assert size(size_bytes) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (3599.7, "1 h 00 min"),
        (7_830, "2 h 10 min"), (260_000, "3 days"),
    ],
)  # fmt: skip
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_counts() -> None:
    assert [count(1, "object"), count(0, "object"), count(1_234, "object"), count(5_000)] == [
        "1 object", "0 objects", "1,234 objects", "5,000",
    ]  # fmt: skip
    assert [count(2, "day"), count(2, "directory")] == ["2 days", "2 directories"]


@given(st.text(st.characters(exclude_categories=[])))
def test_no_text_reaches_a_terminal_with_anything_but_visible_letters(text: str) -> None:
    assert printable(text).isprintable()
    if text.isprintable():
        assert printable(text) == text
