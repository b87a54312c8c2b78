"""Histories of sides that share a bucket: what happens next is drawn by Hypothesis, the laws are those of `shared`."""

import sys
from collections.abc import Callable
from itertools import product

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from kodokeep.model.options import DELETIONS, Conflicts, Mode
from tests.machine.deeds import CONTENTS, DEEDS, Deed, do, faults
from tests.machine.fuse import Fuse
from tests.machine.shared import BUCKET, Shared

GOOD_ENDS = (0, 3, 4, 6)

numbers = st.integers(0, 20)
steps = st.integers(0, 120)
contents = st.sampled_from(CONTENTS) | st.integers(0, 9).map(lambda number: b"content %d" % number)
deeds = st.builds(Deed, numbers, st.sampled_from(sorted(DEEDS)), numbers, numbers, contents)
begun = st.dictionaries(st.sampled_from(["a", "a/b", "d/x", "d/y", "d/e/z", "dir/", ""]), contents)
troubles = st.lists(st.tuples(numbers, st.integers(0, 3)), min_size=1, max_size=2)


class Histories(RuleBasedStateMachine):
    """All sides change, and runs go well, badly, or not to their end."""

    def __init__(self, shared: Shared, fuse: Fuse) -> None:
        super().__init__()
        self.shared = shared
        self.fuse = fuse

    @initialize(begun=begun)
    def begin(self, begun: dict[str, bytes]) -> None:
        """What all sides agree on."""
        for key, data in begun.items():
            self.shared.change(BUCKET, lambda side, key=key, data=data: side.write(key, data))  # type: ignore[misc]
        self.shared.settle()

    @rule(deeds=st.lists(deeds, min_size=1, max_size=4))
    def do(self, deeds: list[Deed]) -> None:
        """People do something."""
        for deed in deeds:
            do(self.shared, deed)

    @rule(machine=numbers, accept=st.booleans())
    def run(self, machine: int, accept: bool) -> None:
        """A machine runs; the guards may speak."""
        result = self.shared.run(machine, *["--accept-changes"] * accept)
        assert result.exit == 0 if accept else result.exit in (0, 4)

    @rule(machine=numbers, rules=troubles)
    def run_in_trouble(self, machine: int, rules: list[tuple[int, int]]) -> None:
        """The bucket answers badly; whatever the run says of it, nothing is lost."""
        assert self.shared.run(machine, "--accept-changes", faults=faults(rules)).exit in GOOD_ENDS

    @rule(machine=numbers, step=steps)
    def crash(self, machine: int, step: int) -> None:
        """A run is cut off in front of some step."""
        if not self.shared.crash(machine, self.fuse, step):
            self.shared.check_nothing_lost()

    @rule(machine=numbers, step=steps, deed=deeds)
    def interfere(self, machine: int, step: int, deed: Deed) -> None:
        """In the middle of a run a person does something."""
        self.fuse.set(step, lambda: do(self.shared, deed))
        assert self.shared.run(machine, "--accept-changes").exit in GOOD_ENDS
        self.fuse.take_out()

    @rule(machine=numbers, step=steps)
    def overlap(self, machine: int, step: int) -> None:
        """In the middle of a run the other machine has one, from beginning to end."""
        if len(self.shared.worlds) > 1:
            self.fuse.set(step, lambda: self.shared.run_beside(machine + 1))
            assert self.shared.run(machine, "--accept-changes").exit in GOOD_ENDS
            self.fuse.take_out()

    @rule()
    def settle(self) -> None:
        """All is quiet."""
        self.shared.settle()

    def teardown(self) -> None:
        """As every history ends, but one that broke a law already."""
        self.fuse.take_out()
        if sys.exc_info()[0] is None:
            self.shared.settle()


def policies(mode: str) -> list[dict[str, str]]:
    """Every way to set up a mode that makes a difference."""
    deletions = [str(each) for each in DELETIONS[Mode(mode)]]
    if mode == "publish":
        return [{"deletions": each} for each in deletions]
    return [{"deletions": each, "conflicts": str(other)} for each, other in product(deletions, Conflicts)]


def check_histories(make: Callable[[], Shared], fuse: Fuse, how: settings) -> None:
    """Live through so many of them, each in a world of its own."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(lambda: Histories(make(), fuse), settings=settings(how, suppress_health_check=quiet))
