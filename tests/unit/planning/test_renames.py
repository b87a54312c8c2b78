"""What of an action left a key or arrived at one, and what a pair of actions becomes (rule 20)."""

import pytest
from msgspec.structs import replace

from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.options import Deletions, Mode, Policy
from kodokeep.model.qetag import v1
from kodokeep.planning.renames import Content, Side, fits, move, renaming_sides, stays, trace, vacated, with_source
from tests.unit.planning.rows import content, local, remote, row, synced

ONE, TWO = Content(v1(b"one"), 3), Content(v1(b"two"), 3)

GONE_LOCALLY = row(remote(), None, synced())
GONE_REMOTELY = row(None, local(), synced())
EDITED = Action(ActionKind.OVERWRITE, Reason.EDITED, row(remote(), local("two", moved=9), synced()), content("two"))
CHANGED = Action(ActionKind.REPLACE, Reason.CHANGED, row(remote("two"), local(), synced()))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (ActionKind.DOWNLOAD, Reason.LOST),
        (ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY),
        (ActionKind.KEEP, Reason.GONE_LOCALLY),
    ],
)
def test_a_deleted_file_left_whatever_is_to_be_done_about_it(kind: ActionKind, reason: Reason) -> None:
    found = trace(Action(kind, reason, GONE_LOCALLY))
    assert (found.side, found.left, found.arrives) == (Side.LOCAL, ONE, False)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(ActionKind.UPLOAD, Reason.LOST_OBJECT), (ActionKind.DELETE, Reason.GONE), (ActionKind.KEEP, Reason.GONE)],
)
def test_a_deleted_object_left_whatever_is_to_be_done_about_it(kind: ActionKind, reason: Reason) -> None:
    found = trace(Action(kind, reason, GONE_REMOTELY))
    assert (found.side, found.left, found.arrives) == (Side.REMOTE, ONE, False)


def test_an_edit_is_a_departure_and_an_arrival() -> None:
    assert trace(EDITED) == (Side.LOCAL, ONE, TWO, True)
    assert trace(CHANGED) == (Side.REMOTE, ONE, TWO, True)


def test_new_contents_arrive() -> None:
    assert trace(Action(ActionKind.UPLOAD, Reason.NEW, row(None, local()), content("one"))) == (
        Side.LOCAL, None, ONE, True,
    )  # fmt: skip
    assert trace(Action(ActionKind.DOWNLOAD, Reason.NEW, row(remote()))) == (Side.REMOTE, None, ONE, True)


def test_a_file_that_was_not_hashed_is_known_by_its_size_alone() -> None:
    assert trace(Action(ActionKind.UPLOAD, Reason.NEW, row(None, local()))).brought == Content("", 3)


@pytest.mark.parametrize(
    "moved_on_both_sides",
    [
        Action(ActionKind.KEEP, Reason.GONE_LOCALLY, row(remote("two"), None, synced())),
        replace(EDITED, row=row(remote("six"), local("two"), synced())),
        Action(ActionKind.DELETE, Reason.GONE, row(None, local("two"), synced()), content("two")),
        Action(ActionKind.CONFLICT, Reason.BOTH_CHANGED, row(remote("two"), local("six"), synced()), content("six")),
        Action(ActionKind.OVERWRITE, Reason.BOTH_CHANGED, row(remote("two"), local("six"), synced()), content("six")),
        Action(ActionKind.FORGET, Reason.BOTH_GONE, row(None, None, synced())),
    ],
)
def test_where_the_other_side_moved_too_no_rename_begins_or_ends(moved_on_both_sides: Action) -> None:
    found = trace(moved_on_both_sides)
    assert (found.left, found.arrives) == (None, False)


def test_an_orphan_left_long_ago_and_a_link_is_not_ours_to_rename() -> None:
    assert trace(Action(ActionKind.DOWNLOAD, Reason.LOST, row(remote(), None, synced(kept=True)))).left is None
    linked = replace(local(), link=True)
    assert trace(Action(ActionKind.DELETE, Reason.GONE, row(None, linked, synced()))).left is None


def test_a_touched_file_still_has_its_content() -> None:
    gone = Action(ActionKind.DELETE, Reason.GONE, row(None, local(moved=9), synced()), content("one", moved=9))
    assert trace(gone).left == ONE
    assert stays(gone) == (False, True)


@pytest.mark.parametrize(
    ("mode", "deletions", "sides"),
    [
        (Mode.SYNC, Deletions.RESTORE, {Side.LOCAL, Side.REMOTE}),
        (Mode.SYNC, Deletions.PROPAGATE, {Side.LOCAL, Side.REMOTE}),
        (Mode.BACKUP, Deletions.PROPAGATE, {Side.REMOTE}),
        (Mode.PUBLISH, Deletions.PROPAGATE, {Side.LOCAL}),
        (Mode.BACKUP, Deletions.KEEP, set()),
        (Mode.PUBLISH, Deletions.KEEP, set()),
    ],
)
def test_a_rename_is_followed_only_to_where_the_mode_writes(mode: Mode, deletions: Deletions, sides: set[Side]) -> None:
    assert renaming_sides(Policy(mode, deletions)) == sides


class TestWhatAPairBecomes:
    source = Row("old", remote(key="old"), None, synced(key="old", path="old"))

    def test_a_local_rename_moves_the_object(self) -> None:
        arrival = Action(ActionKind.UPLOAD, Reason.NEW, row(None, local()), content("one"))
        moved = move(self.source, arrival, stage=2, parks=True)
        assert moved == Action(
            ActionKind.MOVE_OBJECT, Reason.RENAMED, arrival.row, content("one"), self.source, stage=2, parks=True
        )
        assert (moved.fetched_bytes, moved.sent_bytes, moved.removed_bytes, moved.destructive) == (0, 0, 0, False)

    def test_a_remote_rename_moves_the_file(self) -> None:
        moved = move(self.source, CHANGED, stage=0, parks=False)
        assert moved == Action(ActionKind.MOVE, Reason.RENAMED, CHANGED.row, None, self.source)

    def test_a_key_that_was_left_and_written_anew_is_free_when_the_new_content_comes(self) -> None:
        assert vacated(EDITED) == Action(
            ActionKind.UPLOAD, Reason.EDITED, replace(EDITED.row, remote=None), content("two")
        )
        assert vacated(replace(CHANGED, approved=True)) == Action(
            ActionKind.DOWNLOAD, Reason.CHANGED, replace(CHANGED.row, local=None)
        )

    def test_a_deletion_that_was_a_rename_is_none_any_more(self) -> None:
        assert vacated(Action(ActionKind.DELETE, Reason.GONE, GONE_REMOTELY)) is None
        assert vacated(Action(ActionKind.DOWNLOAD, Reason.LOST, GONE_LOCALLY)) is None


class TestWhatCanBeCopied:
    upload = Action(ActionKind.UPLOAD, Reason.NEW, Row("new.txt", None, local(key="new.txt"), None), content("one"))

    def test_the_source_is_told_with_what_is_on_record(self) -> None:
        copying = with_source(self.upload, synced(key="a"))
        assert copying.source == Row("a", None, None, synced(key="a"))
        assert copying.copies
        assert copying.sent_bytes == 0

    def test_an_object_gives_its_copy_all_that_an_upload_would_have_set(self) -> None:
        assert fits(self.upload, synced(key="a"))  # text/plain is what we guess
        assert fits(self.upload, synced(key="b.TXT", mime="text/x-special"))
        assert not fits(self.upload, synced(key="c", mime="text/x-special"))
        assert fits(self.upload, synced(key="a", metadata=(("!Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT"),)))

    @pytest.mark.parametrize(
        "odd", [{"status": 1}, {"storage_type": 2}, {"storage_type": 3}, {"expires_s": 9}, {"metadata": (("x", "y"),)}]
    )
    def test_what_cannot_be_read_or_takes_more_along_is_no_source(self, odd: dict[str, object]) -> None:
        assert not fits(self.upload, replace(synced(key="a"), **odd))

    def test_two_names_without_extension_have_none_in_common(self) -> None:
        upload = replace(self.upload, row=Row("Makefile", None, local(key="Makefile"), None))
        assert not fits(upload, synced(key="README", mime="text/x-special"))

    def test_any_file_will_do_for_the_folder(self) -> None:
        assert fits(Action(ActionKind.DOWNLOAD, Reason.NEW, row(remote())), synced(key="a", storage_type=3, status=1))

    def test_the_content_stays_where_nothing_but_a_deletion_is_to_be_done(self) -> None:
        assert stays(Action(ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY, GONE_LOCALLY)) == (True, False)
        assert stays(Action(ActionKind.KEEP, Reason.GONE_LOCALLY, GONE_LOCALLY)) == (True, False)
        assert stays(Action(ActionKind.UPLOAD, Reason.LOST_OBJECT, GONE_REMOTELY)) == (False, True)
        assert stays(Action(ActionKind.TOUCH, Reason.METADATA, row(remote(), local(), synced()))) == (True, True)
        assert stays(EDITED) == (False, False)
        assert stays(CHANGED) == (False, False)
        assert stays(Action(ActionKind.FORGET, Reason.BOTH_GONE, row(None, None, synced()))) == (False, False)
