"""Pairs on this machine: where the things of each are kept, whether its folder is the one that it was (rule 5), and
whether they keep out of each other's way (rule 4).

What belongs here: what has to be known of a pair before anything of it is opened. What does not: the form of the
records (`local.identity`), and what a run does about a folder that is not known (`planning.guard`).
"""

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from kodokeep.errors import ConfigError, FolderUnusable
from kodokeep.local.history import HISTORY
from kodokeep.local.identity import FolderIdentity, Identity, IdentityStatus, IdentityVerdict
from kodokeep.local.overlap import lies_in, overlapping
from kodokeep.machine import state_home
from kodokeep.model.key import OWN_DIRECTORY
from kodokeep.model.options import PairOptions
from kodokeep.state.store import StateStore

PUBLIC_CLOUD = "public cloud"
"""Stands for the uc host in an identity where the config names none."""


def check_pairs(pairs: Sequence[PairOptions]) -> None:
    """Raises ConfigError if two pairs' folders are equal or one lies in the other (rule 4), or if a state would be
    kept among the files of one.
    """
    by_name = {pair.name: pair for pair in pairs}
    for first, second in overlapping({name: pair.folder for name, pair in by_name.items()}):
        raise ConfigError(
            f"[bucket:{first}] folder = {by_name[first].folder} and [bucket:{second}] folder = "
            f"{by_name[second].folder}: expected folders that are neither equal nor one inside the other"
        )
    for pair, other in product(pairs, pairs):
        state_dir = pair.state_dir
        if state_dir and lies_in(state_dir, other.folder) and not lies_in(state_dir, str(private_directory(other))):
            raise ConfigError(
                f"[bucket:{pair.name}] state_dir = {state_dir}: expected a directory outside of [bucket:{other.name}] "
                f"folder = {other.folder}, whose files it would be one of"
            )


def private_directory(pair: PairOptions) -> Path:
    """The tool's own directory in the folder."""
    return Path(pair.folder) / OWN_DIRECTORY


def state_file(pair: PairOptions) -> Path:
    """Outside the folder the state is named after what it is of: two configs may share a directory, and a name."""
    if not pair.state_dir:
        return private_directory(pair) / "state.db"
    return Path(pair.state_dir) / f"{pair.name}-{identity_of(pair).digest}.db"


def identity_of(pair: PairOptions) -> FolderIdentity:
    """The records of which bucket, prefix and mode the folder belongs to."""
    expected = Identity(pair.transport.uc_host or PUBLIC_CLOUD, pair.bucket, pair.prefix, str(pair.mode))
    return FolderIdentity(private_directory(pair), state_home(), expected)


def journal_key(pair: PairOptions) -> str:
    """What the journal keeps a pair's attempts under: the same by whatever name it goes in the config."""
    return identity_of(pair).digest


def identity_problem(identity: FolderIdentity, pair: PairOptions) -> str:
    """Why the folder is not known to be the right one (rule 5), empty if it is."""
    verdict = identity.check()
    if verdict.status is IdentityStatus.FIRST_RUN and _remembers(pair):
        return IdentityStatus.MISSING_HERE
    if verdict.goes_on or _first_run_was_cut(verdict, pair):
        return ""
    if verdict.differences:  # mostly the same ones in both records
        return "; ".join(dict.fromkeys(str(difference) for difference in verdict.differences))
    return verdict.status


def is_of_another_bucket(identity: FolderIdentity) -> bool:
    """True if the folder was in step with another bucket: what both agreed on says nothing of this one."""
    return any(difference.field in ("uc", "bucket") for difference in identity.check().differences)


def open_to_plan(pair: PairOptions) -> StateStore:
    """The state, to plan with; an empty one if a run would forget what is in it. Raises LockHeld, StateUnusable."""
    file = state_file(pair)
    if is_of_another_bucket(identity_of(pair)):
        return StateStore.open_empty(file)
    return StateStore.open_for_plan(file)


def _remembers(pair: PairOptions) -> bool:
    """True if the state knows of files, which a first run cannot have: a folder that was made anew is empty."""
    with StateStore.open_for_plan(state_file(pair)) as state:
        return state.totals().objects > 0


def _first_run_was_cut(verdict: IdentityVerdict, pair: PairOptions) -> bool:
    """A first run that was killed between writing its two records has one, and a state in which no run ever ended."""
    if verdict.status is not IdentityStatus.MISSING_THERE:
        return False
    with StateStore.open_for_plan(state_file(pair)) as state:
        return bool(state.unfinished_run()) and all(record.summary is None for record in state.runs(limit=1000))


def known_runs(pair: PairOptions, state: StateStore) -> Iterator[str]:
    """Every run id that anything of the folder names (rule 12). Raises FolderUnusable."""
    private = private_directory(pair)
    yield state.newest_run()
    try:
        yield from (path.name for path in (private / HISTORY).iterdir())
        yield from (path.stem for path in (private / "runs").iterdir())
    except OSError as error:
        raise FolderUnusable(f"{error.filename}: cannot be read: {error.strerror}") from error
