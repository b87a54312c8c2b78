"""What a move or a copy came to: every combination of what may be found under both keys (rule 26)."""

import pytest

from kodokeep.kodo import verdicts
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import DidKind, Relocation

ONE = Relocation("source", "target", "Fhash", 5)


def found(what: str) -> RemoteEntry | None:
    return {
        "none": None,
        "planned": RemoteEntry("k", 5, "Fhash", 1),
        "other": RemoteEntry("k", 5, "Fother", 2),
        "longer": RemoteEntry("k", 6, "Fhash", 2),
    }[what]


@pytest.mark.parametrize(
    ("source", "target", "kind"),
    [
        ("none", "planned", DidKind.DONE),
        ("none", "none", DidKind.GONE),
        ("none", "other", DidKind.GONE),
        ("none", "longer", DidKind.GONE),
        ("planned", "planned", DidKind.TAKEN),
        ("planned", "other", DidKind.TAKEN),
        ("other", "planned", DidKind.TAKEN),
        ("planned", "none", DidKind.FAILED),
    ],
)
def test_a_refused_move(source: str, target: str, kind: DidKind) -> None:
    assert verdicts.of_move(ONE, found(source), found(target)).kind is kind


@pytest.mark.parametrize(
    ("source", "kind"), [("planned", None), ("none", DidKind.GONE), ("other", DidKind.GONE), ("longer", DidKind.GONE)]
)
def test_whether_a_copy_may_be_tried(source: str, kind: DidKind | None) -> None:
    did = verdicts.of_source(ONE, found(source))
    assert (did and did.kind) is kind


@pytest.mark.parametrize(
    ("target", "kind"),
    [("planned", DidKind.DONE), ("other", DidKind.TAKEN), ("longer", DidKind.TAKEN), ("none", DidKind.FAILED)],
)
def test_what_a_copy_left(target: str, kind: DidKind) -> None:
    assert verdicts.of_copy(ONE, found(target)).kind is kind
