"""What kodokeep keeps of a pair: whose folder it is, who works on it, and whether the state is sound."""

import shlex
from collections.abc import Iterator

from kodokeep.doctor.careful import carefully
from kodokeep.doctor.visit import Visit
from kodokeep.errors import LockHeld
from kodokeep.local.identity import IdentityStatus
from kodokeep.model.finding import Finding, failed, ok, warning
from kodokeep.model.options import PairOptions
from kodokeep.model.status import PairStatus
from kodokeep.pair import identity_of, identity_problem, state_file
from kodokeep.reporting.guard_words import IDENTITIES
from kodokeep.reporting.units import count, size
from kodokeep.state.look import StateLook

IDENTITY, LOCK, STATE = "identity", "lock", "state"


def examine(visit: Visit, pair: PairOptions, status: PairStatus) -> Iterator[Finding]:
    """Each by itself: a damaged state says nothing of the identity."""
    run = f"{visit.command} run {shlex.quote(pair.name)}"
    yield from carefully(IDENTITY, lambda: _identity(pair, f"{run} --adopt"), f"{run} --adopt")
    yield from carefully(STATE, lambda: _state(pair, quick=visit.quick), run)
    if status.at_work:
        yield ok(LOCK, f"a run is at work: {status.at_work}")
    elif status.unfinished:
        yield warning(LOCK, f"free; run {status.unfinished} was cut off, and the next one settles it first", run)
    else:
        yield ok(LOCK, "free")


def _identity(pair: PairOptions, adopt: str) -> Iterator[Finding]:
    identity = identity_of(pair)
    problem = identity_problem(identity, pair)
    if problem:
        detail = IDENTITIES.get(problem, problem)
        yield failed(IDENTITY, f"not known to be the folder of the last run: {detail}; runs hold everything", adopt)
    elif identity.check().status is IdentityStatus.FIRST_RUN:
        yield ok(IDENTITY, "bound to nothing yet; the first run binds it to the bucket")
    else:
        yield ok(IDENTITY, "the folder is the one of the last run")


def _state(pair: PairOptions, *, quick: bool) -> Iterator[Finding]:
    file = state_file(pair)
    if not file.exists():
        yield ok(STATE, "none yet; the first run makes it")
        return
    try:
        with StateLook.open(file) as state:
            damages = [] if quick else list(state.damages())
            totals = state.totals()
    except LockHeld:
        yield warning(STATE, "cannot be looked at while a run has it for itself", "look again when it is done")
        return
    if damages:
        mend = f"move {shlex.quote(str(file))} away and run again: files that equal the bucket's are recognised"
        yield failed(STATE, f"{file} is damaged: {damages[0]}", mend)
        return
    sound = "can be read" if quick else "sound"
    yield ok(
        STATE,
        f"{sound}; {count(totals.objects, 'object')} in step ({size(totals.object_bytes)}),"
        f" {count(totals.history_contents, 'content')} in history ({size(totals.history_bytes)})",
    )
