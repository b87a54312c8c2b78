"""How a schedule stands, for people and as JSON. What is installed is in `schedule.install`."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING

from kodokeep.planning.timetable import zone_of
from kodokeep.reporting.units import duration, instant, printable

if TYPE_CHECKING:
    from kodokeep.schedule.install import Kept, KeptPair, LeftOver


def kept_lines(name: str, kept_pair: "KeptPair | None", kodokeep: str, local: tzinfo) -> Iterator[str]:
    """A pair: when it is due, and who sees to it. `kodokeep` is how the user calls it."""
    if kept_pair is None:
        yield f"{name}: no schedule"
        return
    schedule = kept_pair.job.schedule
    zone = f" {schedule.zone}" if schedule.zone else ""
    yield f"{name}: {schedule.written}{zone}"
    late = f", or up to {duration(schedule.jitter_s)} later" if schedule.jitter_s else ""
    yield f"  next due  {kept_pair.next_due.astimezone(zone_of(schedule, local)):%Y-%m-%d %H:%M %Z}{late}"
    for kept in kept_pair.kept_by:
        yield f"  kept by   {kept.keeper}: {printable(kept.place)}"
        if trouble := _trouble(kept):
            yield f"  but       {trouble}: {kodokeep} schedule install"
    if not kept_pair.kept_by:
        yield f"  kept by   no timer: {kodokeep} schedule install, or {kodokeep} serve"
    if len(kept_pair.kept_by) > 1:
        yield f"  but       it is kept twice: {kodokeep} schedule install"


def _trouble(kept: "Kept") -> str:
    if not kept.current:
        return "it is not what the config says now"
    return "" if kept.running else "it does not run"


def kept_fields(name: str, kept_pair: "KeptPair | None") -> dict[str, object]:
    """The same as JSON."""
    if kept_pair is None:
        return {"event": "schedule", "name": name, "schedule": None}
    schedule = kept_pair.job.schedule
    return {
        "event": "schedule",
        "name": name,
        "schedule": schedule.written,
        "crons": list(schedule.crons),
        "time_zone": schedule.zone,
        "jitter_s": schedule.jitter_s,
        "next_due": instant(kept_pair.next_due.timestamp()),
        "kept_by": [
            {"keeper": kept.keeper, "place": kept.place, "current": kept.current, "running": kept.running}
            for kept in kept_pair.kept_by
        ],
    }


def left_over_line(left: "LeftOver", kodokeep: str) -> str:
    """What nobody asks for any more."""
    return f"left over: {printable(left.place)}, kept by {left.keeper}: {kodokeep} schedule install takes it away"


def left_over_fields(left: "LeftOver") -> dict[str, object]:
    """The same as JSON."""
    return {"event": "left_over", "keeper": left.keeper, "place": left.place}
