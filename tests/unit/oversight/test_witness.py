from kodokeep.model.event import GuardKind, GuardTripped, Notice, NoticeKind, Planned, RunFinished
from kodokeep.model.outcome import OutcomeKind
from kodokeep.oversight.witness import MOST_GUARDS, MOST_KEYS, Witness
from tests.unit.oversight.conftest import ended
from tests.unit.oversight.events import failed


def test_a_witness_keeps_little_of_a_run_that_tells_much() -> None:
    witness = Witness()
    guard = GuardTripped(GuardKind.SHARE, 1, 1, "40", "25", prefix="p")
    witness(Planned({}, 0, (guard,) * 1000))
    for number in range(1000):
        witness(failed(f"bad/{number}"))
        witness(failed(f"good/{number}", OutcomeKind.DONE))
        witness(Notice(NoticeKind.OBSTACLE, f"path/{number}"))
    witness(RunFinished(ended(3, failed=1000)))
    assert witness.failed_keys == [f"bad/{number}" for number in range(MOST_KEYS)]
    assert len(witness.guards) == MOST_GUARDS
    assert witness.notices == {NoticeKind.OBSTACLE: 1000}
    assert witness.summary == ended(3, failed=1000)
