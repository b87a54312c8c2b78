"""Guards: what is held, and what still goes on."""

import pytest

from kodokeep.model.action import Action, ActionKind, Group, GroupTotal, Reason, Row
from kodokeep.model.event import GuardKind
from kodokeep.model.options import GuardOptions
from kodokeep.planning.guard import Circumstances, UnderPrefix, guard

NEW = Group(ActionKind.DOWNLOAD, Reason.NEW)
GONE = Group(ActionKind.DELETE, Reason.GONE)
CHANGED = Group(ActionKind.REPLACE, Reason.CHANGED)
UNSYNCED = Group(ActionKind.REPLACE, Reason.NEVER_SYNCED)
UPLOADED = Group(ActionKind.UPLOAD, Reason.NEW)
GONE_LOCALLY = Group(ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY)
EDITED = Group(ActionKind.OVERWRITE, Reason.EDITED)
UNSYNCED_OBJECT = Group(ActionKind.OVERWRITE, Reason.NEVER_SYNCED)


def total(actions: int, removed_bytes: int = 0) -> GroupTotal:
    return GroupTotal(actions, 0, removed_bytes)


def tripped(
    totals: dict[Group, GroupTotal], now: Circumstances, options: GuardOptions | None = None
) -> list[GuardKind]:
    return [trip.kind for trip in guard(totals, now, options or GuardOptions()).tripped]


def approved(group: Group) -> Group:
    return group._replace(approved=True)


@pytest.mark.parametrize(
    ("deleted", "synced", "held"),
    [(20, 40, False), (21, 84, False), (21, 83, True), (26, 100, True), (25, 100, False)],
)
def test_both_share_and_number_must_be_passed(deleted: int, synced: int, held: bool) -> None:
    now = Circumstances(listed=synced - deleted, walked=synced, synced=synced)
    assert (GuardKind.SHARE in tripped({GONE: total(deleted)}, now)) is held
    now = Circumstances(listed=synced, walked=synced - deleted, synced=synced)
    assert (GuardKind.SHARE in tripped({GONE_LOCALLY: total(deleted)}, now)) is held


@pytest.mark.parametrize(("listed", "walked", "held"), [(84, 1, False), (1, 84, False), (83, 83, True)])
def test_without_records_a_share_is_of_the_larger_side(listed: int, walked: int, held: bool) -> None:
    """Rule 22: a first sync in which the folder is to win."""
    both_changed = Group(ActionKind.OVERWRITE, Reason.BOTH_CHANGED)
    now = Circumstances(listed, walked, synced=0)
    assert tripped({both_changed: total(21)}, now) == ([GuardKind.SHARE] if held else [])


def test_deletions_and_overwrites_count_together() -> None:
    verdict = guard({GONE: total(13), CHANGED: total(13)}, Circumstances(100, 100, 100), GuardOptions())
    assert verdict.held == {GONE, CHANGED}
    verdict = guard({GONE_LOCALLY: total(13), EDITED: total(13)}, Circumstances(100, 100, 100), GuardOptions())
    assert verdict.held == {GONE_LOCALLY, EDITED}


def test_each_side_is_judged_and_held_by_itself() -> None:
    now = Circumstances(100, 100, 100)
    assert tripped({GONE: total(13), GONE_LOCALLY: total(13)}, now) == []
    verdict = guard({GONE: total(13), GONE_LOCALLY: total(30, 7), EDITED: total(1, 2)}, now, GuardOptions())
    assert verdict.held == {GONE_LOCALLY, EDITED}
    [trip] = verdict.tripped
    assert (trip.kind, trip.side, trip.actions, trip.size_bytes) == (GuardKind.SHARE, "bucket", 31, 9)


@pytest.mark.parametrize("kind", [ActionKind.MOVE, ActionKind.MOVE_OBJECT, ActionKind.CONFLICT, ActionKind.UPLOAD])
def test_renames_copies_and_conflicts_kept_both_never_count(kind: ActionKind) -> None:
    harmless = {Group(kind, reason): total(100, 100) for reason in (Reason.RENAMED, Reason.BOTH_CHANGED, Reason.NEW)}
    assert tripped(harmless, Circumstances(100, 100, 100), GuardOptions(0, 0, 0)) == []


def test_new_contents_go_on_while_the_rest_is_held() -> None:
    plan = {GONE: total(50), NEW: total(9), UPLOADED: total(9)}
    assert guard(plan, Circumstances(50, 100, 100), GuardOptions()).held == {GONE}


def test_one_side_that_is_empty_is_held_however_few_there_were() -> None:
    assert tripped({GONE: total(1)}, Circumstances(0, 1, 1)) == [GuardKind.BUCKET_EMPTY]
    assert tripped({GONE_LOCALLY: total(1)}, Circumstances(1, 0, 1)) == [GuardKind.FOLDER_EMPTY]
    assert tripped({GONE: total(1)}, Circumstances(1, 0, 2)) == []
    assert tripped({NEW: total(3)}, Circumstances(3, 0, 3)) == [], "an empty folder is filled again"


@pytest.mark.parametrize(("objects", "held"), [(1, False), (4, False), (5, True), (19, True)])
@pytest.mark.parametrize("group", [CHANGED, EDITED])
def test_everything_changed(group: Group, objects: int, held: bool) -> None:
    assert bool(tripped({group: total(objects)}, Circumstances(objects, objects, objects))) is held


def test_byte_limit() -> None:
    now, options = Circumstances(1000, 1000, 1000), GuardOptions(bytes_limit=100)
    assert tripped({CHANGED: total(1, 100), EDITED: total(1, 100)}, now, options) == []
    assert tripped({CHANGED: total(1, 101)}, now, options) == [GuardKind.BYTES]


def test_changed_settings_hold_what_removes_and_nothing_else() -> None:
    now = Circumstances(1000, 1000, 1000, settings="prefix")
    assert tripped({NEW: total(1), UPLOADED: total(1)}, now) == []
    assert tripped({GONE: total(1)}, now) == [GuardKind.SETTINGS_CHANGED]
    assert guard({GONE: total(1), EDITED: total(1)}, now, GuardOptions()).held == {GONE, EDITED}


def test_wrong_folder_holds_downloads_too() -> None:
    plan = {NEW: total(3), GONE: total(1), approved(CHANGED): total(1), UPLOADED: total(1)}
    verdict = guard(plan, Circumstances(3, 1, 1, identity="other"), GuardOptions())
    assert verdict.held == set(plan), "approved or not"
    assert [trip.kind for trip in verdict.tripped] == [GuardKind.IDENTITY]


@pytest.mark.parametrize("totals", [{}, {NEW: total(3)}, {NEW: total(3), GONE: total(1)}], ids=len)
def test_settings_that_make_another_identity_are_told_beside_it(totals: dict[Group, GroupTotal]) -> None:
    now = Circumstances(3, 1, 1, identity="prefix was '', is 'a/'", settings="prefix: '' is now 'a/'")
    assert guard(totals, now, GuardOptions()).held == set(totals)
    assert tripped(totals, now) == [GuardKind.IDENTITY, GuardKind.SETTINGS_CHANGED]


def test_content_never_synced_is_held_alone() -> None:
    plan = {UNSYNCED: total(1), CHANGED: total(1), UNSYNCED_OBJECT: total(1), EDITED: total(1)}
    verdict = guard(plan, Circumstances(100, 100, 100), GuardOptions())
    assert verdict.held == {UNSYNCED, UNSYNCED_OBJECT}
    assert [(trip.kind, trip.side) for trip in verdict.tripped] == [
        (GuardKind.NEVER_SYNCED, "folder"),
        (GuardKind.NEVER_SYNCED, "bucket"),
    ]


def test_what_was_not_approved_with_the_rest_stays_held_even_if_it_is_little() -> None:
    now = Circumstances(100, 100, 100)
    plan = {approved(GONE): total(29), GONE: total(1)}
    verdict = guard(plan, now, GuardOptions())
    assert verdict.held == {GONE}
    assert [(trip.actions, trip.seen) for trip in verdict.tripped] == [(1, "30")]


def test_what_a_person_approved_is_not_held() -> None:
    """Rule 23: the rest is guarded afresh."""
    now = Circumstances(50, 100, 100, settings="exclude")
    plan = {approved(GONE): total(50), approved(UNSYNCED): total(3)}
    assert guard(plan, now, GuardOptions(bytes_limit=0)).held == frozenset()
    verdict = guard(plan | {GONE: total(2)}, now, GuardOptions())
    assert verdict.held == {GONE}
    assert verdict.tripped[0].actions == 2


def under(**prefixes: tuple[dict[Group, GroupTotal], int]) -> dict[str, UnderPrefix]:
    return {f"{name.replace('_', '/')}/": UnderPrefix(totals, synced) for name, (totals, synced) in prefixes.items()}


def action(group: Group, key: str) -> Action:
    return Action(group.kind, group.reason, Row(key, None, None, None), approved=group.approved)


def test_a_prefix_is_judged_and_held_by_itself() -> None:
    """Few of all, but nearly everything below one directory."""
    plan = {GONE: total(30), CHANGED: total(5), EDITED: total(9)}
    parts = under(camera=({GONE: total(25, 7), EDITED: total(1)}, 30), music=({GONE: total(5)}, 400))
    verdict = guard(plan, Circumstances(1000, 1000, 1000, prefixes=parts), GuardOptions())
    assert verdict.held == frozenset()
    assert verdict.held_in_part == {GONE}
    [trip] = verdict.tripped
    assert (trip.kind, trip.side, trip.prefix) == (GuardKind.SHARE, "folder", "camera/")
    assert (trip.actions, trip.size_bytes, trip.seen) == (25, 7, "83")
    assert verdict.holds(action(GONE, "camera/a"))
    for free in (action(GONE, "cameras"), action(GONE, "music/a"), action(EDITED, "camera/a"), action(NEW, "camera/n")):
        assert not verdict.holds(free)
    assert not verdict.holds(action(approved(GONE), "camera/a"))


@pytest.mark.parametrize(
    ("part", "synced", "options", "kind"),
    [
        ({CHANGED: total(6)}, 6, GuardOptions(), GuardKind.EVERYTHING_CHANGED),
        ({CHANGED: total(1, 11)}, 6, GuardOptions(bytes_limit=10), GuardKind.BYTES),
        ({EDITED: total(21), UPLOADED: total(2)}, 0, GuardOptions(), GuardKind.SHARE),
    ],
)
def test_the_same_limits_hold_under_a_prefix(
    part: dict[Group, GroupTotal], synced: int, options: GuardOptions, kind: GuardKind
) -> None:
    whole = {group: total(count.actions) for group, count in part.items()}
    now = Circumstances(1000, 1000, 1000, prefixes=under(p=(part, synced)))
    assert tripped(whole, now, options) == [kind]


def test_a_side_that_is_held_as_a_whole_is_not_told_again_by_prefix() -> None:
    parts = under(camera=({GONE: total(30), GONE_LOCALLY: total(30)}, 30))
    plan = {GONE: total(300), GONE_LOCALLY: total(30)}
    verdict = guard(plan, Circumstances(1000, 1000, 1000, prefixes=parts), GuardOptions())
    assert (verdict.held, verdict.held_in_part) == ({GONE}, {GONE_LOCALLY})
    told = [(trip.side, trip.prefix, trip.kind) for trip in verdict.tripped]
    assert told[0] == ("folder", "", GuardKind.SHARE)
    assert {(side, prefix) for side, prefix, _ in told[1:]} == {("bucket", "camera/")}


def test_what_is_under_two_prefixes_is_held_once() -> None:
    parts = under(
        a=({GONE: total(30)}, 40), a_b=({GONE: total(25), EDITED: total(25)}, 40), a_c=({EDITED: total(1)}, 9)
    )
    verdict = guard({GONE: total(30), EDITED: total(26)}, Circumstances(999, 999, 999, prefixes=parts), GuardOptions())
    assert {prefix: dict(part) for prefix, part in verdict.held_prefixes.items()} == {
        "a/": {GONE: total(30)},
        "a/b/": {EDITED: total(25)},
    }
    assert verdict.holds(action(GONE, "a/b/c"))
    assert verdict.holds(action(EDITED, "a/b/c"))
    assert not verdict.holds(action(EDITED, "a/c/d"))
