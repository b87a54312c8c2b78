"""Guard: limits that hold the destructive part of a plan back until a person agrees (design §6, rules 5, 18, 22, 23).

Contents leave the folder or the bucket: each side is judged, and held, by itself. Renames, copies of what is new and
conflicts that keep both never count. What a person approved goes on, but counts: a part that was not approved with the
rest must not slip through because it is small by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kodokeep.model.action import (
    LOSING_BUCKET,
    LOSING_FOLDER,
    LOSING_LATER,
    REPLACING_LATER,
    Action,
    Group,
    GroupTotal,
    Reason,
)
from kodokeep.model.event import GuardKind, GuardTripped
from kodokeep.model.options import GuardOptions
from kodokeep.model.traffic import Part, Place
from kodokeep.planning.traffic import part_of, place_of

FEW = 5
"""Below this many objects, all of them changing at once is an ordinary day."""

SIDES = {"folder": LOSING_FOLDER, "bucket": LOSING_BUCKET}
"""Where contents can leave, by which actions."""

THAWS = {"folder": REPLACING_LATER, "bucket": LOSING_LATER}
"""Thaws for what will make contents leave there: as good as that, for what it cost would be lost if that were held."""

Totals = Mapping[Group, GroupTotal]


@dataclass(frozen=True, slots=True)
class UnderPrefix:
    """The part of a plan under one prefix, and how many synced entries there are."""

    totals: Totals
    synced: int


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the guard judges by, besides the plan. `identity` and `settings` say what differs, empty if nothing does.

    `prefixes` has what is under each of the guard's own prefixes.
    """

    listed: int
    walked: int
    synced: int
    identity: str = ""
    settings: str = ""
    prefixes: Mapping[str, UnderPrefix] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The groups that are held, the part of others that is held under some prefixes, and which guards spoke.

    No group is both, and nothing is under two of the prefixes with the same group. `over` is where in each part of what
    is fetched the month's budget ends (`planning.traffic`), and `over_budget` what is held for that alone.
    """

    held: frozenset[Group] = frozenset()
    tripped: tuple[GuardTripped, ...] = ()
    held_prefixes: Mapping[str, Totals] = field(default_factory=dict)
    over: Mapping[Part, Place] = field(default_factory=dict)
    over_budget: Totals = field(default_factory=dict)

    def holds(self, action: Action) -> bool:
        """True if this action has to wait."""
        group = action.group
        return (
            group in self.held
            or any(group in part and action.key.startswith(prefix) for prefix, part in self.held_prefixes.items())
            or self.is_over_budget(action)
        )

    def is_over_budget(self, action: Action) -> bool:
        """True if the month's budget does not reach for this action, whatever else holds it."""
        part = part_of(action) if self.over else None
        return part is not None and part in self.over and place_of(action) >= self.over[part]

    @property
    def parts_held(self) -> tuple[Totals, ...]:
        """What is held of groups that are not held as a whole, each action once."""
        return (*self.held_prefixes.values(), self.over_budget)

    @property
    def held_in_part(self) -> frozenset[Group]:
        """The groups of which only a part is held."""
        return frozenset(group for part in self.parts_held for group in part)


@dataclass(frozen=True, slots=True)
class _Losses:
    """What leaves one side, of the whole plan or under a prefix. `base` is what percentages are of (rule 22).

    `leaving` is what is judged, `totals` what of it can be held: the part that nobody approved.
    """

    side: str
    prefix: str
    leaving: Totals
    synced: int
    base: int

    @property
    def totals(self) -> Totals:
        return {group: total for group, total in self.leaving.items() if not group.approved}

    @property
    def actions(self) -> int:
        return _sums(self.leaving)[0]

    @property
    def removed_bytes(self) -> int:
        return _sums(self.leaving)[1]

    def trip(self, kind: GuardKind, seen: str, limit: str) -> GuardTripped:
        return GuardTripped(kind, *_sums(self.totals), seen, limit, self.side, self.prefix)


_Check = Callable[[_Losses, Circumstances, GuardOptions], GuardTripped | None]


def guard(totals: Totals, now: Circumstances, options: GuardOptions) -> Verdict:
    """Judge a whole plan. A folder of the wrong identity holds everything, downloads too; else only what removes.

    A changed prefix or mode is another identity, too; then both are told, whether or not anything would be removed.
    """
    if now.identity:
        actions, removed_bytes = _sums(totals)
        identity = GuardTripped(GuardKind.IDENTITY, actions, removed_bytes, now.identity, "", "folder")
        removing = {group: total for side in SIDES for group, total in _losing(totals, side).items()}
        settings = _settings(_whole("folder", removing, now), now, options)
        return Verdict(frozenset(totals), (identity, settings) if settings else (identity,))
    held, tripped = set[Group](), list[GuardTripped]()
    under: dict[str, Totals] = {}
    for side in SIDES:
        losses = _whole(side, _losing(totals, side), now)
        if trips := _judge(losses, now, options, _WHOLE_CHECKS):
            held |= set(losses.totals)
            tripped += trips
        else:
            tripped += _judge_prefixes(side, now, options, under)
        if never_synced := _never_synced(totals, side):
            held |= set(never_synced)
            tripped.append(_whole(side, never_synced, now).trip(GuardKind.NEVER_SYNCED, "", ""))
    return Verdict(frozenset(held), tuple(tripped), under)


def _judge_prefixes(
    side: str, now: Circumstances, options: GuardOptions, under: dict[str, Totals]
) -> list[GuardTripped]:
    """Judge what is under each prefix by itself; what is held there is added to `under`, outer prefixes first."""
    tripped: list[GuardTripped] = []
    for prefix, part in sorted(now.prefixes.items()):
        losses = _part(side, prefix, part)
        trips = _judge(losses, now, options, _LIMITS)
        tripped += trips
        outer = [held for other, held in under.items() if other != prefix and prefix.startswith(other)]
        fresh = {group: total for group, total in losses.totals.items() if not any(group in held for held in outer)}
        if trips and fresh:
            under[prefix] = {**under.get(prefix, {}), **fresh}
    return tripped


def _judge(
    losses: _Losses, now: Circumstances, options: GuardOptions, checks: tuple[_Check, ...]
) -> list[GuardTripped]:
    return [trip for check in checks if (trip := check(losses, now, options))] if losses.totals else []


def _whole(side: str, totals: Totals, now: Circumstances) -> _Losses:
    """Without synced entries percentages are of the larger side (rule 22)."""
    return _Losses(side, "", totals, now.synced, now.synced or max(now.listed, now.walked))


def _part(side: str, prefix: str, part: UnderPrefix) -> _Losses:
    """Without synced entries every key under the prefix has an action of some kind."""
    everything = sum(total.actions for total in part.totals.values())
    return _Losses(side, prefix, _losing(part.totals, side), part.synced, part.synced or everything)


def _losing(totals: Totals, side: str) -> Totals:
    """What takes contents away from a side, but for what is held anyway, because it was never synced."""
    return {group: total for group, total in totals.items() if _loses(group, side) and not _unsynced(group)}


def _loses(group: Group, side: str) -> bool:
    return group.kind in SIDES[side] or group.reason in THAWS[side]


def _never_synced(totals: Totals, side: str) -> Totals:
    chosen = (item for item in totals.items() if item[0].kind in SIDES[side] and not item[0].approved)
    return {group: total for group, total in chosen if _unsynced(group)}


def _sums(totals: Totals) -> tuple[int, int]:
    """Actions, and the bytes that leave."""
    return sum(total.actions for total in totals.values()), sum(total.removed_bytes for total in totals.values())


def _unsynced(group: Group) -> bool:
    return group.reason is Reason.NEVER_SYNCED


def _other_side_empty(losses: _Losses, now: Circumstances, _: GuardOptions) -> GuardTripped | None:
    """Contents leave one side because the other has nothing any more: a wrong bucket, an unmounted disk."""
    bucket, folder = (now.listed, GuardKind.BUCKET_EMPTY), (now.walked, GuardKind.FOLDER_EMPTY)
    present, kind = bucket if losses.side == "folder" else folder
    return losses.trip(kind, "0", str(now.synced)) if present == 0 and now.synced > 0 else None


def _everything_changed(losses: _Losses, _: Circumstances, __: GuardOptions) -> GuardTripped | None:
    if losses.synced >= FEW and losses.actions >= losses.synced:
        return losses.trip(GuardKind.EVERYTHING_CHANGED, str(losses.actions), str(losses.synced))
    return None


def _share(losses: _Losses, _: Circumstances, options: GuardOptions) -> GuardTripped | None:
    share = 100 * losses.actions / losses.base if losses.base else 0.0
    if losses.actions > options.objects and share > options.percent:
        return losses.trip(GuardKind.SHARE, f"{share:.0f}", f"{options.percent:g}")
    return None


def _bytes(losses: _Losses, _: Circumstances, options: GuardOptions) -> GuardTripped | None:
    if options.bytes_limit is not None and losses.removed_bytes > options.bytes_limit:
        return losses.trip(GuardKind.BYTES, str(losses.removed_bytes), str(options.bytes_limit))
    return None


def _settings(losses: _Losses, now: Circumstances, _: GuardOptions) -> GuardTripped | None:
    return losses.trip(GuardKind.SETTINGS_CHANGED, now.settings, "") if now.settings else None


_LIMITS: tuple[_Check, ...] = (_everything_changed, _share, _bytes)
_WHOLE_CHECKS: tuple[_Check, ...] = (_other_side_empty, *_LIMITS, _settings)
