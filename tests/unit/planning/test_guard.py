"""Guards: what is held, and what still goes on."""

import pytest

from kodokeep.model.action import ActionKind, Group, GroupTotal, Reason
from kodokeep.model.event import GuardKind
from kodokeep.model.options import GuardOptions
from kodokeep.planning.guard import Circumstances, guard

NEW: Group = (ActionKind.DOWNLOAD, Reason.NEW)
GONE: Group = (ActionKind.DELETE, Reason.GONE)
CHANGED: Group = (ActionKind.REPLACE, Reason.CHANGED)
UNSYNCED: Group = (ActionKind.REPLACE, Reason.NEVER_SYNCED)


def total(actions: int, removed_bytes: int = 0) -> GroupTotal:
    return GroupTotal(actions, 0, removed_bytes)


def tripped(
    totals: dict[Group, GroupTotal], now: Circumstances, options: GuardOptions | None = None
) -> list[GuardKind]:
    return [trip.kind for trip in guard(totals, now, options or GuardOptions()).tripped]


@pytest.mark.parametrize(
    ("deleted", "synced", "held"),
    [(20, 40, False), (21, 84, False), (21, 83, True), (26, 100, True), (25, 100, False)],
)
def test_both_share_and_number_must_be_passed(deleted: int, synced: int, held: bool) -> None:
    now = Circumstances(listed=synced - deleted, walked=synced, synced=synced)
    assert (GuardKind.SHARE in tripped({GONE: total(deleted)}, now)) is held


def test_deletions_and_overwrites_count_together() -> None:
    verdict = guard({GONE: total(13), CHANGED: total(13)}, Circumstances(100, 100, 100), GuardOptions())
    assert verdict.held == {GONE, CHANGED}


def test_new_objects_go_on_while_the_rest_is_held() -> None:
    assert guard({GONE: total(50), NEW: total(9)}, Circumstances(50, 100, 100), GuardOptions()).held == {GONE}


def test_empty_bucket_is_held_however_few_objects_there_were() -> None:
    assert tripped({GONE: total(1)}, Circumstances(0, 1, 1)) == [GuardKind.BUCKET_EMPTY]


@pytest.mark.parametrize(("objects", "held"), [(1, False), (4, False), (5, True), (19, True)])
def test_everything_changed(objects: int, held: bool) -> None:
    assert bool(tripped({CHANGED: total(objects)}, Circumstances(objects, objects, objects))) is held


def test_byte_limit() -> None:
    now, options = Circumstances(1000, 1000, 1000), GuardOptions(bytes_limit=100)
    assert tripped({CHANGED: total(1, 100)}, now, options) == []
    assert tripped({CHANGED: total(1, 101)}, now, options) == [GuardKind.BYTES]


def test_changed_settings_hold_what_removes_and_nothing_else() -> None:
    now = Circumstances(1000, 1000, 1000, settings="prefix")
    assert tripped({NEW: total(1)}, now) == []
    assert tripped({GONE: total(1)}, now) == [GuardKind.SETTINGS_CHANGED]


def test_wrong_folder_holds_downloads_too() -> None:
    verdict = guard({NEW: total(3), GONE: total(1)}, Circumstances(3, 1, 1, identity="other"), GuardOptions())
    assert verdict.held == {NEW, GONE}
    assert [trip.kind for trip in verdict.tripped] == [GuardKind.IDENTITY]


@pytest.mark.parametrize("totals", [{}, {NEW: total(3)}, {NEW: total(3), GONE: total(1)}], ids=len)
def test_settings_that_make_another_identity_are_told_beside_it(totals: dict[Group, GroupTotal]) -> None:
    now = Circumstances(3, 1, 1, identity="prefix was '', is 'a/'", settings="prefix: '' is now 'a/'")
    assert guard(totals, now, GuardOptions()).held == set(totals)
    assert tripped(totals, now) == [GuardKind.IDENTITY, GuardKind.SETTINGS_CHANGED]


def test_content_never_synced_is_held_alone() -> None:
    verdict = guard({UNSYNCED: total(1), CHANGED: total(1)}, Circumstances(100, 100, 100), GuardOptions())
    assert verdict.held == {UNSYNCED}
