"""When each pair begins next, as it was worked out last.

The journal is asked again when a time of the schedule has come, and once more before a run begins: somebody may have
run the pair by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from kodokeep.model.options import PairOptions
from kodokeep.model.schedule import Schedule
from kodokeep.pair import journal_key
from kodokeep.planning.timetable import next_due
from kodokeep.schedule.due import Outlook, delay_s, outlook
from kodokeep.schedule.past import Past


@dataclass(frozen=True, slots=True)
class Planned:
    """The next run of a pair: what it is for, and when it begins, with its delay by chance."""

    outlook: Outlook
    begins: datetime

    def is_due(self, now_s: float) -> bool:
        """True if it should begin."""
        return self.begins.timestamp() <= now_s


class Timetable:
    """The next run of every pair; `chance` gives numbers from 0 to 1, `zone` this machine's time zone."""

    def __init__(self, past: Past, chance: Callable[[], float], zone: Callable[[], tzinfo]) -> None:
        self._past = past
        self._chance = chance
        self._zone = zone
        self.zone = zone()
        self._planned: dict[str, Planned] = {}
        self._delays: dict[str, tuple[datetime, float]] = {}

    def begins(self, pair: PairOptions, schedule: Schedule, now_s: float) -> Planned:
        """When the pair begins next."""
        planned = self._planned.get(pair.name)
        if planned is None or planned.outlook.next.timestamp() <= now_s:
            planned = self._planned[pair.name] = self._plan(pair, schedule, now_s)
        return planned

    def forget(self, *names: str) -> None:
        """Something changed: work these out anew, or all of them, in what is now this machine's zone."""
        if not names:
            self.zone = self._zone()
        for name in names or tuple(self._planned):
            self._planned.pop(name, None)

    def _plan(self, pair: PairOptions, schedule: Schedule, now_s: float) -> Planned:
        past = self._past.of(journal_key(pair), now_s)
        now = datetime.fromtimestamp(now_s, UTC)
        found = outlook(schedule, past.attempts, past.known_since_s, now, self.zone)
        if found.tries:
            return Planned(found, found.begins)
        due, late_s = self._delays.get(pair.name, (None, 0.0))
        if due != found.due:
            following = next_due(schedule, found.due, self.zone)
            late_s = delay_s(schedule, found.due, following, self._chance())
            self._delays[pair.name] = (found.due, late_s)
        return Planned(found, found.begins + timedelta(seconds=late_s))
