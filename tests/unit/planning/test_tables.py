"""The decision tables of all modes, told as a user would: what each side did, and what comes of it.

A line is `local changes | remote changes | outcome`; where a policy matters the outcome is `value: outcome; …`.
"""

from collections.abc import Iterator
from itertools import product

import pytest
from msgspec.structs import replace

from kodokeep.model.action import Row
from kodokeep.model.entry import LocalContent, LocalEntry, RemoteEntry, SyncedEntry
from kodokeep.model.options import DELETIONS, Conflicts, Mode, Policy
from kodokeep.planning.classify import needs_content
from kodokeep.planning.decide import decide, table_cells
from tests.unit.planning.rows import T0_NS, content, local, remote, row, synced

LATER_NS = 10_000_000_000
"""Local edits of these rows are newer than the bucket's by so much, or by twice as much."""

ORDINARY = {
    Mode.BACKUP: """
        unchanged         | unchanged         | unchanged unchanged
        unchanged,touched | touched           | touch metadata-only
        touched           | unchanged         | touch touched-locally
        unchanged,touched | modified          | replace changed
        modified          | unchanged,touched | replace edited-locally
        modified          | modified          | replace edited-locally
        unchanged,touched | deleted           | propagate: delete gone-from-bucket; keep: keep gone-from-bucket
        modified          | deleted           | propagate: delete gone-from-bucket; keep: keep gone-from-bucket
        deleted           | unchanged,touched | download lost-locally
        deleted           | modified          | download changed
        deleted           | deleted           | forget gone-on-both-sides
        absent            | added             | download new
        added             | absent            | local_only local-only
        added             | added             | replace local-content-never-synced
        """,
    Mode.SYNC: """
        unchanged         | unchanged         | unchanged unchanged
        unchanged,touched | touched           | touch metadata-only
        touched           | unchanged         | touch touched-locally
        unchanged,touched | modified          | replace changed
        modified          | unchanged,touched | overwrite edited-locally
        modified          | modified          | keep-both: conflict changed-on-both-sides; local: overwrite \
changed-on-both-sides; remote: replace changed-on-both-sides; newer: overwrite changed-on-both-sides
        unchanged,touched | deleted           | restore: upload lost-from-bucket; propagate: delete gone-from-bucket
        modified          | deleted           | upload edited-locally
        deleted           | unchanged,touched | restore: download lost-locally; propagate: delete-object \
gone-from-folder
        deleted           | modified          | download changed
        deleted           | deleted           | forget gone-on-both-sides
        absent            | added             | download new
        added             | absent            | upload new
        added             | added             | keep-both: conflict changed-on-both-sides; local: overwrite \
changed-on-both-sides; remote: replace local-content-never-synced; newer: overwrite changed-on-both-sides
        """,
    Mode.PUBLISH: """
        unchanged         | unchanged         | unchanged unchanged
        unchanged,touched | touched           | touch metadata-only
        touched           | unchanged         | touch touched-locally
        unchanged,touched | modified          | overwrite edited-in-bucket
        modified          | unchanged,touched | overwrite edited-locally
        modified          | modified          | overwrite edited-locally
        unchanged,touched | deleted           | upload lost-from-bucket
        modified          | deleted           | upload edited-locally
        deleted           | unchanged,touched | keep: keep gone-from-folder; propagate: delete-object gone-from-folder
        deleted           | modified          | keep gone-from-folder
        deleted           | deleted           | forget gone-on-both-sides
        absent            | added             | remote_only remote-only
        added             | absent            | upload new
        added             | added             | overwrite local-content-never-synced
        """,
}

KEPT = {
    Mode.BACKUP: """
        unchanged,touched | gone              | kept kept
        modified          | gone              | kept kept
        gone              | unchanged,touched | download lost-locally
        gone              | modified          | download changed
        """,
    Mode.SYNC: """
        unchanged,touched | gone              | kept kept
        modified          | gone              | upload edited-locally
        gone              | unchanged,touched | kept kept
        gone              | modified          | download changed
        """,
    Mode.PUBLISH: """
        unchanged,touched | gone              | kept kept
        modified          | gone              | upload edited-locally
        gone              | unchanged,touched | remote_only remote-only
        gone              | modified          | remote_only remote-only
        """,
}
"""What `deletions = keep` left on one side. Where both sides have the key again, it is an ordinary one."""

KEPT_COMMON = """
        gone              | gone              | forget gone-on-both-sides
        unchanged,touched | unchanged,touched | touch metadata-only
        """

Situation = tuple[str, str]


def local_sides(change: str) -> Iterator[tuple[LocalEntry | None, LocalContent | None, bool]]:
    """The ways a change can look: the file, what hashing it finds, and whether its record is racy."""
    match change:
        case "unchanged":
            yield local("one"), content("one"), False
        case "touched":
            yield local("one", moved=LATER_NS), content("one", moved=LATER_NS), False
            yield local("one"), content("one"), True
        case "modified":
            yield local("mine", moved=LATER_NS), content("mine", moved=LATER_NS), False
            yield local("two"), content("two"), True
        case "added":
            yield local("mine", moved=LATER_NS), content("mine", moved=LATER_NS), False
            yield local("eirsth", moved=LATER_NS), content("eirsth", moved=LATER_NS), False
        case _:
            yield None, None, False


def remote_sides(change: str) -> Iterator[RemoteEntry | None]:
    match change:
        case "unchanged":
            yield remote("one")
        case "touched":
            yield remote("one", put_time_ns=T0_NS + 5)
            yield remote("one", mime="image/png")
        case "modified":
            yield remote("theirs", put_time_ns=T0_NS - LATER_NS)
            yield remote("eno", put_time_ns=T0_NS - LATER_NS)
        case "added":
            yield remote("theirs")
        case _:
            yield None


def rows_of(situation: Situation, *, kept: bool) -> Iterator[tuple[Row, LocalContent | None]]:
    """Every row that looks like the situation, with the content where a run would hash the file."""
    for (file, hashed, racy), object_ in product(local_sides(situation[0]), remote_sides(situation[1])):
        record: SyncedEntry | None = synced("one", racy=racy, kept=kept)
        if {"added", "absent"} & set(situation):
            record = None
        seen = row(object_, file, record)
        yield seen, hashed if needs_content(seen) else None
        if situation[1] == "unchanged" and record is not None:  # our own upload: its putTime was never reported
            own = row(object_, file, replace(record, put_time_ns=None))
            yield own, hashed if needs_content(own) else None


def table(text: str) -> dict[Situation, str]:
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return {
        situation: outcome
        for locals_, remotes, outcome in lines
        for situation in product(locals_.split(","), remotes.split(","))
    }


def outcome_under(outcome: str, policy: Policy) -> str:
    """The outcome, of those that depend on a policy the one that holds."""
    if ":" not in outcome:
        return outcome
    by_value = dict(part.strip().split(": ") for part in outcome.split(";"))
    return by_value.get(policy.deletions) or by_value[policy.conflicts]


def policies(mode: Mode) -> list[Policy]:
    now_ns = T0_NS + 2 * LATER_NS
    return [Policy(mode, deletions, conflicts, now_ns) for deletions in DELETIONS[mode] for conflicts in Conflicts]


def check(expected: dict[Situation, str], policy: Policy, *, kept: bool = False) -> None:
    for situation, outcome in expected.items():
        for seen, hashed in rows_of(situation, kept=kept):
            decision = decide(seen, hashed, policy)
            assert decision.row is seen
            assert f"{decision.kind} {decision.reason}" == outcome_under(outcome, policy), (situation, seen)


@pytest.mark.parametrize("mode", Mode)
def test_every_pair_of_changes_under_every_policy(mode: Mode) -> None:
    expected = table(ORDINARY[mode])
    known = ("unchanged", "touched", "modified", "deleted")
    assert set(expected) == {*product(known, known), ("absent", "added"), ("added", "absent"), ("added", "added")}
    for policy in policies(mode):
        check(expected, policy)


@pytest.mark.parametrize("mode", Mode)
def test_what_was_kept_on_one_side_under_every_policy(mode: Mode) -> None:
    """Rule 21: it is settled, whatever the mode becomes, until somebody edits it."""
    ordinary = table(ORDINARY[mode]).items()
    returned = {pair: outcome for pair, outcome in ordinary if "modified" in pair and "deleted" not in pair}
    expected = table(KEPT[mode]) | table(KEPT_COMMON) | returned
    states = ("unchanged", "touched", "modified", "gone")
    assert set(expected) == set(product(states, states))
    for policy in policies(mode):
        check(expected, policy, kept=True)


@pytest.mark.parametrize("mode", Mode)
def test_contents_that_became_equal_are_recorded_whatever_the_policy(mode: Mode) -> None:
    moved = local("same", moved=LATER_NS)
    for record, policy in product((None, synced("one"), synced("one", kept=True)), policies(mode)):
        decision = decide(row(remote("same"), moved, record), content("same", moved=LATER_NS), policy)
        assert f"{decision.kind} {decision.reason}" == "adopt equal-content"


@pytest.mark.parametrize("mode", Mode)
def test_the_table_for_the_manual_has_words_just_where_there_can_be_rows(mode: Mode) -> None:
    header, *lines = table_cells(mode)
    possible = {tuple(pair) for pair in table(ORDINARY[mode])} - {("touched", "touched")}
    possible |= {("unchanged", "absent"), ("modified", "absent"), ("absent", "unchanged"), ("absent", "modified")}
    possible |= {("absent", "absent")}
    for line in lines:
        for column, cell in zip(header[1:], line[1:], strict=True):
            assert (cell != "–") == ((line[0], column) in possible), (line[0], column)
    assert [line[0] for line in lines] == list(header[1:])
