"""Fingerprints: what a person approved is that action, and no other one."""

import subprocess
import sys

import pytest
from msgspec.structs import replace

from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.entry import LocalContent, Stamp
from kodokeep.planning.fingerprint import fingerprint
from tests.unit.planning.rows import T0_NS, content, local, remote, row, synced

ROW = row(remote("theirs"), local("mine", moved=1), synced())
ACTION = Action(ActionKind.OVERWRITE, Reason.BOTH_CHANGED, ROW, content("mine", moved=1))
KNOWN = "8989cd8debe2b435b0bd3102038eb00499d87f75"
"""Of ACTION. It must never change: other versions have written it down."""


def with_row(**fields: object) -> Action:
    return replace(ACTION, row=replace(ROW, **fields))


def with_stamp(**fields: int) -> Action:
    assert ROW.local is not None
    return with_row(local=replace(ROW.local, stamp=ROW.local.stamp._replace(**fields)))


def moved(source: Row) -> Action:
    return replace(ACTION, kind=ActionKind.MOVE_OBJECT, source=source)


def test_it_is_the_same_in_every_process_and_version() -> None:
    assert fingerprint(ACTION) == KNOWN
    code = (
        "from tests.unit.planning.test_fingerprint import ACTION, fingerprint;"
        "import sys; sys.stdout.write(fingerprint(ACTION))"
    )
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == KNOWN


OTHERS = {
    "kind": replace(ACTION, kind=ActionKind.REPLACE),
    "key": with_row(key="l"),
    "object": with_row(remote=remote("others")),
    "object's size": with_row(remote=replace(ROW.remote, size_bytes=7)),  # type: ignore[type-var]
    "no object": with_row(remote=None),
    "file's size": with_stamp(size_bytes=5),
    "file's mtime": with_stamp(mtime_ns=T0_NS),
    "file's content": replace(ACTION, content=content("yours", moved=1)),
    "file not read": replace(ACTION, content=None),
    "no file": with_row(local=None),
    "other record": with_row(synced=synced("two")),
    "other record of the object": with_row(synced=synced(remote_hash="x")),
    "no record": with_row(synced=None),
    "moved": moved(Row("a", remote("mine"), None, synced("mine"))),
    "moved from elsewhere": moved(Row("b", remote("mine"), None, synced("mine"))),
    "another object moved": moved(Row("a", remote("nine"), None, synced("mine"))),
    "moved by another record": moved(Row("a", remote("mine"), None, synced("nine"))),
}


def test_whatever_matters_makes_another_one() -> None:
    prints = [fingerprint(action) for action in (ACTION, *OTHERS.values())]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize(
    "same",
    [
        with_stamp(ctime_ns=T0_NS + 5),
        with_row(remote=remote("theirs", put_time_ns=1, mime="image/png")),
        with_row(synced=synced(run="20261122T030000Z", put_time_ns=None)),
        replace(ACTION, reason=Reason.EDITED, approved=True, stage=3),
        replace(ACTION, source=Row("a", None, None, synced("mine"))),
    ],
)
def test_whatever_does_not_matter_makes_the_same_one(same: Action) -> None:
    assert fingerprint(same) == fingerprint(ACTION)


def test_a_file_as_it_was_synced_is_the_same_whether_or_not_it_was_read() -> None:
    """A record may be racy in one run and settled in the next."""
    plain = Action(ActionKind.DELETE, Reason.GONE, row(None, local(), synced()))
    read = replace(plain, content=content("one"))
    assert fingerprint(plain) == fingerprint(read)
    assert fingerprint(replace(plain, content=content("two"))) != fingerprint(plain)


def test_no_field_runs_into_the_next() -> None:
    """Lengths are part of what is hashed, so that no key can pose as another field."""

    def renamed(key: str, hash_: str) -> str:
        source = Row(key, remote("a", hash=hash_), None, None)
        return fingerprint(Action(ActionKind.MOVE_OBJECT, Reason.RENAMED, row(None, local()), None, source))

    assert len({renamed("ab", "c"), renamed("a", "bc"), renamed("a1:b", "c"), renamed("", "abc")}) == 4
    unread = LocalContent("", "", Stamp(3, T0_NS, T0_NS))
    with_nothing = Action(ActionKind.UPLOAD, Reason.NEW, row(None, local()))
    assert fingerprint(with_nothing) != fingerprint(replace(with_nothing, content=unread))
