"""Texts for people about guards: what is held, why, and the ways on."""

from collections.abc import Sequence

from kodokeep.model.event import GuardKind, GuardTripped
from kodokeep.reporting import traffic_words
from kodokeep.reporting.units import count, printable, size

IDENTITIES = {
    "missing-here": "this machine knows it, but its .kodokeep/identity.json is gone",
    "missing-there": "its .kodokeep/identity.json is there, but this machine has never worked on it",
}
"""What is amiss with a folder whose two records do not match; anything else says itself what differs."""

REBOUND = "the folder was bound to other settings: {seen}"
"""What is told of IDENTITY where the records themselves say what differs."""

GUARDS = {
    GuardKind.IDENTITY: "this is not known to be the folder of the last run: {seen}",
    GuardKind.BUCKET_EMPTY: "the bucket lists {seen} objects, though {limit} were in step with the folder",
    GuardKind.FOLDER_EMPTY: "the folder has {seen} files, though {limit} were in step with the bucket",
    GuardKind.EVERYTHING_CHANGED: "everything changed: {seen} of {limit} {things}",
    GuardKind.SHARE: "{seen} % of the {things} would change, the limit is {limit} % (guard_percent)",
    GuardKind.BYTES: "{seen} of {things} would change, the limit is {limit} (guard_bytes)",
    GuardKind.SETTINGS_CHANGED: "settings differ from those of the last run: {seen}",
    GuardKind.TRAFFIC: "{seen}",
    GuardKind.NEVER_SYNCED: "{things} would be replaced that differ from the {others} of the same key, and never were"
    " in step with them",
}

THINGS = {"folder": "files", "bucket": "objects"}
LOSSES = {"folder": ("file", "replaced or deleted"), "bucket": ("object", "overwritten or deleted")}
"""What each side of a pair holds, and how it loses it."""


def guards(
    name: str, tripped: Sequence[GuardTripped], command: str, *, again: str = "", look: bool = True
) -> list[str]:
    """What is held and why, guard by guard, and the commands to look at it and to go on, once.

    `command` is how the user calls kodokeep, `again` what does the same once more, if it is not a plain run.
    With `look` off the reader is looking already.
    """
    kinds = {event.kind for event in tripped}
    lines = []
    for event in tripped:
        lines.append(f"held: {_guard_reason(event)}")
        if event.kind is GuardKind.IDENTITY or GuardKind.IDENTITY not in kinds:  # which holds all, whatever others do
            lines.append(f"      {_guard_extent(event)}")
    if not lines:
        return []
    if look:
        lines.append(f"      to look: {command} plan {name}")
    if GuardKind.IDENTITY in kinds:
        settings = GuardKind.SETTINGS_CHANGED in kinds
        purpose = "the settings were changed" if settings else "the folder was moved or restored"
        return [*lines, f"      if {purpose} on purpose: {command} run {name} --adopt"]
    return [
        *lines,
        f"      to go on: {again or f'{command} run {name}'} --accept-changes",
        f"      or to release what the last run held, or some of it: {command} approve {name} [PREFIX…]",
    ]


def _guard_extent(event: GuardTripped) -> str:
    if event.kind is GuardKind.IDENTITY:
        mounted = "; is the right disk mounted?" if event.seen in IDENTITIES else ""
        return f"nothing is touched ({count(event.actions, 'change')} held){mounted}"
    if event.kind is GuardKind.TRAFFIC:
        extent = f"{count(event.actions, 'object')} ({size(event.size_bytes)}) would be fetched or thawed"
        return f"{extent}; {traffic_words.never(event.traffic)}the rest goes on"
    thing, loss = LOSSES[event.side]
    where = " of the bucket" if event.side == "bucket" else ""
    return f"{count(event.actions, thing)}{where} ({size(event.size_bytes)}) would be {loss}; the rest goes on"


def _guard_reason(event: GuardTripped) -> str:
    seen, limit = event.seen, event.limit
    if event.kind is GuardKind.BYTES:
        seen, limit = size(int(seen)), size(int(limit))
    text = GUARDS[event.kind]
    if event.traffic is not None:
        seen = traffic_words.used_up(event.traffic)
    if event.kind is GuardKind.IDENTITY:
        text = text if seen in IDENTITIES else REBOUND
        seen = IDENTITIES.get(seen, seen)
    things, others = THINGS[event.side], THINGS["bucket" if event.side == "folder" else "folder"]
    reason = text.format(seen=printable(seen), limit=limit, things=things, others=others)
    return f"under {printable(event.prefix)}: {reason}" if event.prefix else reason
