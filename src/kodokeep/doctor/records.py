"""What kodokeep keeps of a pair: whose folder it is, who works on it, and whether the state is sound."""

import shlex
from collections.abc import Iterator

from kodokeep.doctor.careful import carefully
from kodokeep.doctor.past import Looked
from kodokeep.doctor.visit import Visit
from kodokeep.errors import LockHeld
from kodokeep.local.identity import IdentityStatus
from kodokeep.model.finding import Finding, failed, ok, warning
from kodokeep.model.options import PairOptions
from kodokeep.pair import identity_of, identity_problem, state_file
from kodokeep.reporting.guard_words import IDENTITIES
from kodokeep.reporting.units import count, size
from kodokeep.state.store import StateStore

IDENTITY, LOCK, STATE = "identity", "lock", "state"


def examine(visit: Visit, pair: PairOptions, looked: Looked) -> Iterator[Finding]:
    """Each by itself: a damaged state says nothing of the identity."""
    run = f"{visit.command} run {shlex.quote(pair.name)}"
    yield from carefully(IDENTITY, lambda: _identity(pair, f"{run} --adopt"), f"{run} --adopt")
    yield from carefully(STATE, lambda: _state(pair, quick=visit.quick), run)
    if looked.owner:
        lost = "if that run is over, the next one takes the lock, or says which file to remove"
        yield ok(LOCK, f"held by {looked.owner}; {lost}")
    elif looked.unfinished:
        yield warning(LOCK, f"free; run {looked.unfinished} was cut off, and the next one settles it first", run)
    elif not looked.trouble:
        yield ok(LOCK, "free, and no run was cut off")


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
        with StateStore.open_for_plan(file) as state:
            damages = [] if quick else list(state.damages())
            totals = state.totals()
    except LockHeld as error:
        yield warning(STATE, f"cannot be looked at while a run has it for itself: {error.message}", "look again then")
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
