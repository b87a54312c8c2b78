"""Guard: limits that hold the destructive part of a plan back until a person agrees (design §6, rules 5, 18, 22)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kodokeep.model.action import ActionKind, Group, GroupTotal, Reason
from kodokeep.model.event import GuardKind, GuardTripped
from kodokeep.model.options import GuardOptions

FEW = 5
"""Below this many objects, all of them changing at once is an ordinary day."""

Totals = Mapping[Group, GroupTotal]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the guard judges by, besides the plan. `identity` and `settings` say what differs, empty if nothing does."""

    listed: int
    walked: int
    synced: int
    identity: str = ""
    settings: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The groups that are held, and which guards spoke."""

    held: frozenset[Group] = frozenset()
    tripped: tuple[GuardTripped, ...] = ()


def guard(totals: Totals, now: Circumstances, options: GuardOptions) -> Verdict:
    """Judge a whole plan. A folder of the wrong identity holds everything, downloads too; else only what removes.

    A changed prefix or mode is another identity, too; then both are told, whether or not anything would be removed.
    """
    removing = {group: total for group, total in totals.items() if _removes(group) and group[1] != Reason.NEVER_SYNCED}
    if now.identity:
        identity = _trip(GuardKind.IDENTITY, totals, now.identity, "")
        settings = _settings(removing, now, options)
        return Verdict(frozenset(totals), (identity, settings) if settings else (identity,))
    never_synced = {group: total for group, total in totals.items() if group[1] == Reason.NEVER_SYNCED}
    tripped = [trip for check in _CHECKS if (trip := check(removing, now, options))] if removing else []
    held = set(removing) if tripped else set()
    if never_synced:
        tripped.append(_trip(GuardKind.NEVER_SYNCED, never_synced, "", ""))
        held |= set(never_synced)
    return Verdict(frozenset(held), tuple(tripped))


def _bucket_empty(removing: Totals, now: Circumstances, _: GuardOptions) -> GuardTripped | None:
    if now.listed == 0 and now.synced > 0:
        return _trip(GuardKind.BUCKET_EMPTY, removing, "0", str(now.synced))
    return None


def _everything_changed(removing: Totals, now: Circumstances, _: GuardOptions) -> GuardTripped | None:
    actions = _actions(removing)
    if now.synced >= FEW and actions >= now.synced:
        return _trip(GuardKind.EVERYTHING_CHANGED, removing, str(actions), str(now.synced))
    return None


def _share(removing: Totals, now: Circumstances, options: GuardOptions) -> GuardTripped | None:
    actions = _actions(removing)
    base = now.synced or max(now.listed, now.walked)
    share = 100 * actions / base if base else 0.0
    if actions > options.objects and share > options.percent:
        return _trip(GuardKind.SHARE, removing, f"{share:.0f}", f"{options.percent:g}")
    return None


def _bytes(removing: Totals, _: Circumstances, options: GuardOptions) -> GuardTripped | None:
    size_bytes = _removed_bytes(removing)
    if options.bytes_limit is not None and size_bytes > options.bytes_limit:
        return _trip(GuardKind.BYTES, removing, str(size_bytes), str(options.bytes_limit))
    return None


def _settings(removing: Totals, now: Circumstances, _: GuardOptions) -> GuardTripped | None:
    return _trip(GuardKind.SETTINGS_CHANGED, removing, now.settings, "") if now.settings else None


_CHECKS: tuple[Callable[[Totals, Circumstances, GuardOptions], GuardTripped | None], ...] = (
    _bucket_empty, _everything_changed, _share, _bytes, _settings,
)  # fmt: skip


def _removes(group: Group) -> bool:
    return group[0] in (ActionKind.REPLACE, ActionKind.DELETE)


def _actions(totals: Totals) -> int:
    return sum(total.actions for total in totals.values())


def _removed_bytes(totals: Totals) -> int:
    return sum(total.removed_bytes for total in totals.values())


def _trip(kind: GuardKind, totals: Totals, seen: str, limit: str) -> GuardTripped:
    return GuardTripped(kind, _actions(totals), _removed_bytes(totals), seen, limit)
