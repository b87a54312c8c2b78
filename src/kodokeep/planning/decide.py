"""Decide: one row in, one decision out, by a table for each mode (design §6, rules 16, 20 to 25).

What belongs here: which case gets which ruling. What the rulings do is in `rulings`.
"""

from collections.abc import Mapping

from kodokeep.model.action import Decision, Reason, Row, Standing, StandingKind
from kodokeep.model.entry import LocalContent
from kodokeep.model.options import Mode, Policy
from kodokeep.planning.classify import Change, local_change, remote_change
from kodokeep.planning.rulings import (
    CONFLICT,
    DELETE_OBJECT_OR_DOWNLOAD,
    DELETE_OBJECT_OR_KEEP,
    DELETE_OR_KEEP,
    DELETE_OR_UPLOAD,
    DOWNLOAD_CHANGED,
    DOWNLOAD_LOST,
    DOWNLOAD_NEW,
    FORGET,
    KEEP_OBJECT,
    KEPT,
    LOCAL_ONLY,
    NOTHING,
    OVERWRITE_CHANGED,
    OVERWRITE_EDITED,
    OVERWRITE_UNSYNCED,
    REMOTE_ONLY,
    REPLACE_CHANGED,
    REPLACE_EDITED,
    REPLACE_UNSYNCED,
    UPLOAD_EDITED,
    UPLOAD_LOST,
    UPLOAD_NEW,
    Case,
    Ruling,
)

# fmt: off
UNCHANGED, MODIFIED, DELETED, ADDED, ABSENT = COLUMNS = (
    Change.UNCHANGED, Change.MODIFIED, Change.DELETED, Change.ADDED, Change.ABSENT,
)
"""A touched side counts as unchanged. ABSENT beside a change other than ADDED is the side that a kept orphan left."""

Table = Mapping[Change, tuple[Ruling | None, ...]]
"""Rows are the local change, columns the remote one in the order of `COLUMNS`; None where there can be no such row."""

TABLES: Mapping[Mode, Table] = {
    Mode.BACKUP: {
        # remote:   UNCHANGED                  MODIFIED           DELETED           ADDED               ABSENT
        UNCHANGED: (NOTHING,                   REPLACE_CHANGED,   DELETE_OR_KEEP,   None,               KEPT),
        MODIFIED:  (REPLACE_EDITED,            REPLACE_EDITED,    DELETE_OR_KEEP,   None,               KEPT),
        DELETED:   (DOWNLOAD_LOST,             DOWNLOAD_CHANGED,  FORGET,           None,               None),
        ADDED:     (None,                      None,              None,             REPLACE_UNSYNCED,   LOCAL_ONLY),
        ABSENT:    (DOWNLOAD_LOST,             DOWNLOAD_CHANGED,  None,             DOWNLOAD_NEW,       FORGET),
    },
    Mode.SYNC: {
        # remote:   UNCHANGED                  MODIFIED           DELETED           ADDED               ABSENT
        UNCHANGED: (NOTHING,                   REPLACE_CHANGED,   DELETE_OR_UPLOAD, None,               KEPT),
        MODIFIED:  (OVERWRITE_EDITED,          CONFLICT,          UPLOAD_EDITED,    None,               UPLOAD_EDITED),
        DELETED:   (DELETE_OBJECT_OR_DOWNLOAD, DOWNLOAD_CHANGED,  FORGET,           None,               None),
        ADDED:     (None,                      None,              None,             CONFLICT,           UPLOAD_NEW),
        ABSENT:    (KEPT,                      DOWNLOAD_CHANGED,  None,             DOWNLOAD_NEW,       FORGET),
    },
    Mode.PUBLISH: {
        # remote:   UNCHANGED                  MODIFIED           DELETED           ADDED               ABSENT
        UNCHANGED: (NOTHING,                   OVERWRITE_CHANGED, UPLOAD_LOST,      None,               KEPT),
        MODIFIED:  (OVERWRITE_EDITED,          OVERWRITE_EDITED,  UPLOAD_EDITED,    None,               UPLOAD_EDITED),
        DELETED:   (DELETE_OBJECT_OR_KEEP,     KEEP_OBJECT,       FORGET,           None,               None),
        ADDED:     (None,                      None,              None,             OVERWRITE_UNSYNCED, UPLOAD_NEW),
        ABSENT:    (REMOTE_ONLY,               REMOTE_ONLY,       None,             REMOTE_ONLY,        FORGET),
    },
}
# fmt: on


def decide(row: Row, content: LocalContent | None, policy: Policy) -> Decision:
    """What is done about one key.

    `content` is the hashed file where `needs_content` asked for one; if a file that had to be hashed could not be, the
    caller passes a row with an obstacle instead.
    """
    if row.obstacle is not None:
        return Standing(StandingKind.BLOCKED, Reason.OBSTACLE, row)
    local, remote = local_change(row, content), remote_change(row, content)
    ruling = TABLES[policy.mode][_settled(local)][COLUMNS.index(_settled(remote))]
    assert ruling is not None
    return ruling.rule(Case(row, content, policy, local, remote))


def table_cells(mode: Mode) -> list[tuple[str, ...]]:
    """A mode's table in words, as the manual shows it: the columns' names, then row by row."""
    header = (r"local \ remote", *(_name(change) for change in COLUMNS))
    return [header, *(_row_cells(change, rulings) for change, rulings in TABLES[mode].items())]


def _row_cells(change: Change, rulings: tuple[Ruling | None, ...]) -> tuple[str, ...]:
    return (_name(change), *(ruling.words if ruling is not None else "–" for ruling in rulings))


def _name(change: Change) -> str:
    return change.name.lower()


def _settled(change: Change) -> Change:
    return Change.UNCHANGED if change is Change.TOUCHED else change
