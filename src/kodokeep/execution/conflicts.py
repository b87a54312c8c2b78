"""Conflict files: local contents that lost their key to the bucket's, under names of their own (rule 24).

What belongs here: finding such a name, and remembering what is still to be uploaded. What does not: the form of the
name (`planning.conflicts`), moving files (`steps`), sending them (`uploads`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.entry import LocalEntry
from kodokeep.planning.conflicts import conflict_key
from kodokeep.ports import Bucket, Folder, State, StopSignal


def is_conflict_file(action: Action) -> bool:
    """True for the upload of a conflict file."""
    return action.kind is ActionKind.UPLOAD and action.reason is Reason.BOTH_CHANGED


@dataclass(slots=True)
class ConflictFiles:
    """The conflict files of one run. `host` tells readers of the name which machine's content it is."""

    bucket: Bucket
    folder: Folder
    state: State
    host: str
    run: str
    stop: StopSignal
    _kept: dict[str, str] = field(default_factory=dict)

    def place_for(self, action: Action) -> str:
        """The tree path that the local content of a CONFLICT goes to: its key is free in all three trees.

        Raises KodoError, Interrupted, OSError.
        """
        for number in count(1):
            key = conflict_key(action.key, self.host, self.run, number)
            if key in self._kept or self.state.has_synced(key) or self.bucket.stat_many([key], self.stop) != [None]:
                continue
            path = self.folder.allocate(key, None)
            if self.folder.has_tree_file(path):
                continue
            self._kept[key] = path
            return path
        raise AssertionError("count() has no end")

    def uploads(self) -> Iterator[Action]:
        """An upload for every conflict file that is in the tree; the caller performs them after all was committed."""
        while self._kept:
            key, path = self._kept.popitem()
            placed = self.folder.restamp(path)
            if placed is not None and placed.stamp is not None:
                row = Row(key, None, LocalEntry(key, path, placed.stamp), None)
                yield Action(ActionKind.UPLOAD, Reason.BOTH_CHANGED, row)
