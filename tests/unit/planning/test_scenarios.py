"""The scenarios that the manuals of rclone bisync and Unison tell, each with what our rules make of it.

Path1 of bisync is the bucket here, Path2 the folder. A scenario is told by contents: what both sides had when they last
agreed, what the bucket has now, what the folder has now.
"""

from collections import Counter
from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from kodokeep.model.action import Action, Decision, Group, GroupTotal, Row
from kodokeep.model.entry import LocalContent
from kodokeep.model.event import GuardKind
from kodokeep.model.options import Conflicts, Deletions, GuardOptions, Mode, Policy
from kodokeep.planning.classify import needs_content
from kodokeep.planning.decide import decide
from kodokeep.planning.guard import Circumstances, Verdict, guard
from tests.unit.planning.rows import T0_NS, content, local, remote, row, synced

MINUTE_NS = 60_000_000_000
SYNC = Policy(Mode.SYNC, Deletions.PROPAGATE, now_ns=T0_NS + 60 * MINUTE_NS)
RESTORE = Policy(Mode.SYNC, Deletions.RESTORE, now_ns=T0_NS + 60 * MINUTE_NS)

Told = tuple[str | None, str | None, str | None]
"""Agreed, bucket, folder."""


def seen(told: Told, *, moved: int = MINUTE_NS) -> tuple[Row, LocalContent | None]:
    """The row, and the file's content where a run would read it; whatever differs was written `moved` later."""
    agreed, in_bucket, in_folder = told
    after = moved if in_folder != agreed else 0
    put_ns = T0_NS + (moved if in_bucket != agreed else 0)
    r = row(
        remote(in_bucket, put_time_ns=put_ns) if in_bucket is not None else None,
        local(in_folder, moved=after) if in_folder is not None else None,
        synced(agreed) if agreed is not None else None,
    )
    return r, content(in_folder, moved=after) if in_folder is not None and needs_content(r) else None


def outcome(told: Told, policy: Policy = SYNC, *, moved: int = MINUTE_NS) -> str:
    return decide(*seen(told, moved=moved), policy).kind


BISYNC: dict[str, tuple[Told, str]] = {
    "new on Path2: copied to Path1": ((None, None, "new"), "upload"),
    "new on Path1: copied to Path2": ((None, "new", None), "download"),
    "changed on Path2, unchanged on Path1: copied over, the old one to history": (("old", "old", "new!"), "overwrite"),
    "changed on Path1, unchanged on Path2: the same the other way": (("old", "new!", "old"), "replace"),
    "deleted on Path2, unchanged on Path1: deleted there": (("old", "old", None), "delete-object"),
    "deleted on Path1, unchanged on Path2: deleted here": (("old", None, "old"), "delete"),
    "changed on Path1, deleted on Path2: the change survives": (("old", "new!", None), "download"),
    "deleted on Path1, changed on Path2: the change survives": (("old", None, "new!"), "upload"),
    "changed on both, identical now: nothing travels": (("old", "new!", "new!"), "adopt"),
    "changed on both, different: both are kept": (("old", "theirs", "mine"), "conflict"),
    "new on both, identical: nothing travels": ((None, "same", "same"), "adopt"),
    "new on both, different: both are kept": ((None, "theirs", "mine"), "conflict"),
    "deleted on both: forgotten": (("old", None, None), "forget"),
}


@pytest.mark.parametrize("scenario", BISYNC)
def test_the_table_of_bisync(scenario: str) -> None:
    told, expected = BISYNC[scenario]
    assert outcome(told) == expected


def test_an_older_mtime_is_a_change_too() -> None:
    """bisync: changed is changed, whichever way the clock went."""
    assert outcome(("old", "old", "past"), moved=-MINUTE_NS) == "overwrite"
    assert outcome(("old", "past", "old"), moved=-MINUTE_NS) == "replace"


def test_by_default_what_is_missing_comes_back() -> None:
    """Where bisync and Unison delete, a person has to ask us for it."""
    assert outcome(("old", "old", None), RESTORE) == "download"
    assert outcome(("old", None, "old"), RESTORE) == "upload"


@pytest.mark.parametrize(
    ("conflicts", "in_bucket_s", "in_folder_s", "expected"),
    [
        (Conflicts.KEEP_BOTH, 0, 60, "conflict"),
        (Conflicts.LOCAL, 60, 0, "overwrite"),
        (Conflicts.REMOTE, 0, 60, "replace"),
        (Conflicts.NEWER, 0, 60, "overwrite"),
        (Conflicts.NEWER, 60, 0, "replace"),
        (Conflicts.NEWER, 30, 30, "conflict"),
    ],
)
def test_conflict_resolve_of_bisync_and_prefer_of_unison(
    conflicts: Conflicts, in_bucket_s: int, in_folder_s: int, expected: str
) -> None:
    """Without a winner both are kept: nothing is ever renamed twice, deleted or skipped."""
    second_ns = 1_000_000_000
    theirs = remote("theirs", put_time_ns=T0_NS + in_bucket_s * second_ns)
    mine = local("mine", moved=in_folder_s * second_ns)
    policy = Policy(Mode.SYNC, conflicts=conflicts, now_ns=T0_NS + 60 * MINUTE_NS)
    assert decide(row(theirs, mine, synced()), content("mine", moved=in_folder_s * second_ns), policy).kind == expected


def test_without_records_nothing_is_deleted() -> None:
    """Unison without archives, bisync's --resync: one-sided contents are copied, unequal ones kept both."""
    first = [((None, a, b)) for a in (None, "one", "two") for b in (None, "one", "two") if a or b]
    outcomes = Counter(outcome(told) for told in first)
    assert outcomes == {"upload": 2, "download": 2, "adopt": 2, "conflict": 2}


def test_a_touch_is_no_update() -> None:
    """Unison: only contents count."""
    touched = row(remote(), local(moved=MINUTE_NS), synced())
    assert decide(touched, content("one", moved=MINUTE_NS), SYNC).kind == "touch"
    assert decide(row(remote(put_time_ns=T0_NS + 9), local(), synced()), None, SYNC).kind == "touch"


def test_same_size_and_mtime_hide_nothing() -> None:
    """Where Unison's fastcheck and rclone's default comparison see no change, the ctime or a racy record tell."""
    file = local("two")
    hidden = replace(file, stamp=file.stamp._replace(ctime_ns=T0_NS + 1))
    for sneaky, record in ((hidden, synced("one")), (file, synced("one", racy=True))):
        edited = row(remote("one"), sneaky, record)
        assert needs_content(edited)
        assert decide(edited, content("two"), SYNC).kind == "overwrite"


def test_an_interrupted_run_is_noticed_as_equal_contents() -> None:
    """Unison: what was carried over before the interruption is changed on both sides, equally. The same goes for an
    upload whose record was lost, and for one whose record says nothing of its putTime.
    """
    assert outcome(("old", "new!", "new!")) == "adopt"
    assert outcome((None, "new!", "new!")) == "adopt"
    own = row(remote("new!", put_time_ns=T0_NS + 5), local("new!"), synced("new!", put_time_ns=None))
    assert decide(own, None, SYNC).kind == "unchanged"


def test_one_sided_bans() -> None:
    """Unison's nodeletion, noupdate and nocreation of a root are the modes that never touch a side."""
    changes: list[Told] = [("old", "old", "new!"), ("old", "old", None), (None, None, "new"), ("old", "theirs", "mine")]
    backup, publish = Policy(Mode.BACKUP), Policy(Mode.PUBLISH, Deletions.KEEP)
    assert [outcome(told, backup) for told in changes] == ["replace", "download", "local_only", "replace"]
    assert [outcome(told, publish) for told in changes] == ["overwrite", "keep", "upload", "overwrite"]


def judged(told: Iterable[Told], **circumstances: str) -> Verdict:
    """What the guard says of a whole plan."""
    rows = list(told)
    decisions: list[Decision] = [decide(*seen(item), SYNC) for item in rows]
    counts = Counter(decision.group for decision in decisions if isinstance(decision, Action))
    totals = {group: GroupTotal(number, 0, number) for group, number in counts.items()}
    agreed, in_bucket, in_folder = (sum(item[side] is not None for item in rows) for side in range(3))
    return guard(totals, Circumstances(in_bucket, in_folder, agreed, **circumstances), GuardOptions())


def kinds(verdict: Verdict) -> set[tuple[GuardKind, str]]:
    return {(trip.kind, trip.side) for trip in verdict.tripped}


def names(groups: Iterable[Group]) -> set[str]:
    return {group.kind for group in groups}


def test_max_delete_is_judged_before_anything_and_on_either_side() -> None:
    """bisync stops as a whole; here the other side's changes and all that is new go on."""
    deleted_here: list[Told] = [("old", "old", None)] * 60
    rest: list[Told] = [("old", "old", "old")] * 40
    new: list[Told] = [(None, "new", None), (None, None, "new"), ("old", None, "old")]
    verdict = judged(deleted_here + rest + new)
    assert kinds(verdict) == {(GuardKind.SHARE, "bucket")}
    assert names(verdict.held) == {"delete-object"}


def test_an_emptied_root_empties_nothing() -> None:
    """Unison's confirmbigdel, bisync's "cannot sync to an empty directory". Unison deleted the other side of a root
    that was not mounted all the same; here it waits, however few files there were.
    """
    assert kinds(judged([("old", "old", None)] * 2)) == {(GuardKind.FOLDER_EMPTY, "bucket")}
    assert kinds(judged([("old", None, "old")] * 2)) == {(GuardKind.BUCKET_EMPTY, "folder")}


def test_all_files_changed() -> None:
    """bisync: a changed time zone or encryption looks so. New files are not counted."""
    changed: list[Told] = [("old", "old", "new!")] * 6
    assert kinds(judged([*changed, (None, None, "new")])) == {(GuardKind.EVERYTHING_CHANGED, "bucket")}


def test_changed_filters_ask_for_no_resync() -> None:
    """bisync refuses to run until a --resync; here what would remove contents waits, and the rest goes on."""
    verdict = judged(
        [("old", "old", None), ("old", "old", "old"), (None, "new", None)], settings="exclude: '' is now '*.raw'"
    )
    assert kinds(verdict) == {(GuardKind.SETTINGS_CHANGED, "bucket")}
    assert names(verdict.held) == {"delete-object"}


def test_conflicts_kept_both_are_no_losses() -> None:
    """bisync: a conflict's rename is not a deletion."""
    assert judged([("old", "theirs", "mine")] * 100).held == frozenset()
