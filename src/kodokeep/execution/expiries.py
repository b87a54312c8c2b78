"""Expiries: finding out when Kodo is going to delete objects, which listings do not tell (protocol §3.1).

Asking about every object would be a request for each. So a part of what a plan brings, spread evenly over it, is looked
at (all of a small plan); if any of it expires, all is, and otherwise what lies under a rule of the bucket that deletes.
Whether an object that is gone was deleted by such a rule is asked once a run, if anything is gone at all.

What belongs here: what to ask, and where the answers go. What does not: what follows from them (`planning.lifetimes`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from msgspec import structs

from kodokeep.errors import KodoError
from kodokeep.execution.numbered import Chunk, chunks
from kodokeep.model.action import FETCHING, Action, ActionKind, Row
from kodokeep.model.archive import Lifetime
from kodokeep.model.entry import RemoteEntry, same_content
from kodokeep.planning.lifetimes import deadline_s, expires_by_rule
from kodokeep.ports import World

SAMPLED = 1000
"""So many objects at least are looked at of a large plan, and fewer than twice as many."""

LOOKED_AT = FETCHING | {ActionKind.ADOPT}
"""What brings objects into step."""


@dataclass(slots=True)
class Sample:
    """Keys of a stream, evenly spread: every one, every second, every fourth, … so that they stay few."""

    keys: list[str] = field(default_factory=list)
    _seen: int = 0
    _every: int = 1

    @property
    def whole(self) -> bool:
        """True if all of the stream is in it."""
        return self._every == 1

    def see(self, action: Action) -> None:
        """One more action of the plan."""
        if action.kind not in LOOKED_AT:
            return
        if self._seen % self._every == 0:
            self.keys.append(action.key)
        self._seen += 1
        if len(self.keys) >= 2 * SAMPLED:
            self.keys = self.keys[::2]
            self._every *= 2


@dataclass(slots=True)
class Lifetimes:
    """The bucket's rules that delete objects, asked for once. A bucket that refuses to tell counts as one without; but
    where nobody answers, nobody knows why an object is gone.
    """

    world: World
    _rules: tuple[Lifetime, ...] | None = None

    @property
    def rules(self) -> tuple[Lifetime, ...]:
        """Raises KodoError, Interrupted."""
        if self._rules is None:
            try:
                self._rules = self.world.bucket.lifetimes(self.world.stop)
            except KodoError as error:
                if type(error) is not KodoError:  # no refusal of just this question
                    raise
                self._rules = ()
        return self._rules

    def of_gone(self, row: Row) -> Row:
        """A row whose object is gone, with when that was to expire, as far as a rule tells.

        Raises KodoError, Interrupted.
        """
        synced = row.synced
        if row.remote is not None or row.local is None or synced is None or synced.kept or synced.expires_s is not None:
            return row
        return structs.replace(row, synced=structs.replace(synced, expires_s=expires_by_rule(synced, self.rules)))


def look(world: World, sample: Sample, lifetimes: Lifetimes, now_ns: int, within_s: int) -> None:
    """Put into the plan when its objects expire. Raises Interrupted.

    If Kodo does not tell, the plan is as good without: it only says what comes first.
    """
    try:
        found = _expiring(world, sample.keys)
        if not sample.whole and (found or lifetimes.rules):
            prefixes = ("",) if found else tuple(rule.prefix for rule in lifetimes.rules)
            for chunk in chunks(_under(world, prefixes), world.stop):
                expiries = _expiring(world, [action.key for _, action in chunk])
                _respool(world, [item for item in chunk if item[1].key in expiries], expiries, now_ns, within_s)
        elif found:
            planned = (world.state.spooled_at(key) for key in found)
            _respool(world, [item for item in planned if item is not None], found, now_ns, within_s)
    except KodoError:
        return


def _under(world: World, prefixes: tuple[str, ...]) -> Iterator[tuple[int, Action]]:
    groups = [group for group in world.state.group_totals() if group.kind in LOOKED_AT]
    return (item for item in world.state.spooled(groups) if item[1].key.startswith(prefixes))


def _expiring(world: World, keys: list[str]) -> dict[str, RemoteEntry]:
    """Those of a few thousand objects at most that expire."""
    found = world.bucket.stat_many(keys, world.stop) if keys else []
    return {remote.key: remote for remote in found if remote is not None and remote.expires_s is not None}


def _respool(
    world: World, chunk: Chunk | Iterable[tuple[int, Action]], found: dict[str, RemoteEntry], now_ns: int, within_s: int
) -> None:
    for seq, action in chunk:
        remote, now = action.row.remote, found[action.key]
        if action.kind not in LOOKED_AT or remote is None or not same_content(remote, now):
            continue
        row = structs.replace(action.row, remote=structs.replace(remote, expires_s=now.expires_s))
        known = structs.replace(action, row=row)
        world.state.respool(
            seq, structs.replace(known, deadline_s=deadline_s(known, action.deadline_s, now_ns, within_s))
        )
