"""Ctrl-C while a plan is being made that will change nothing: an ordinary end, not a bug."""

import threading

import pytest

from kodokeep.app import RunRequest, plan_pair, run_pair
from kodokeep.model.event import Event, RunFinished
from kodokeep.model.options import Credentials, PairOptions, TransportOptions
from tests.e2e.kit import World


@pytest.fixture
def stop() -> threading.Event:
    """Somebody has pressed Ctrl-C."""
    event = threading.Event()
    event.set()
    return event


def pair_of(world: World) -> tuple[PairOptions, Credentials]:
    transport = TransportOptions(uc_host=world.emulator.uc, https=False)
    pair = PairOptions("photos", world.bucket, "default", str(world.folder), transport=transport)
    return pair, Credentials(world.emulator.access_key, world.emulator.secret_key)


def test_a_plan_ends_as_ctrl_c_does(world: World, stop: threading.Event) -> None:
    world.put("a", b"one")
    with pytest.raises(KeyboardInterrupt):
        plan_pair(*pair_of(world), RunRequest(), lambda _: None, stop)


def test_a_run_of_a_folder_that_is_held_ends_with_its_summary(world: World, stop: threading.Event) -> None:
    world.put("a", b"one")
    assert world.run().exit == 0
    (world.private / "identity.json").unlink()
    told: list[Event] = []
    summary = run_pair(*pair_of(world), RunRequest(), told.append, stop)
    assert (summary.exit, told[-1]) == (130, RunFinished(summary))
