"""Watch: what no run tells of: a pair without a success for too long, a run that never began, a config that is whole
again.

What belongs here: telling. What counts as too long, or as missed, is judged in `planning.health`.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kodokeep.model.alert import Alert, AlertKind
from kodokeep.model.health import Ailment
from kodokeep.model.options import PairOptions
from kodokeep.model.status import PairStatus
from kodokeep.oversight.judging import REPEAT_S, missed_since_s
from kodokeep.oversight.memory import Memory, subject_of_config
from kodokeep.oversight.place import Place
from kodokeep.oversight.teller import News, Teller, alert_about
from kodokeep.pair import journal_key
from kodokeep.reporting import alert_words
from kodokeep.reporting.units import minute
from kodokeep.status import pair_status


class Watch:
    """Looks after the pairs of the config at `path`, whether they were run or not."""

    def __init__(self, path: str, place: Place, memory: Memory, teller: Teller) -> None:
        self._path = path
        self._place = place
        self._memory = memory
        self._teller = teller

    def config_is_whole(self) -> None:
        """Who was told that the config is broken hears that it is not any more."""
        subject = subject_of_config(self._path)
        if heard := self._memory.told(subject, AlertKind.FAILURE):
            alert = Alert(AlertKind.SUCCESS, "", self._place.host, self._place.clock(), recovered=True)
            self._teller.tell(News(alert, subject, also=heard))
            self._memory.settle(subject, [AlertKind.FAILURE])

    def look_after(self, pair: PairOptions) -> None:
        """Tell that the pair is stale, or that it missed a run: once a day, until it is over."""
        if pair.schedule is None and pair.alerts.stale_after_s is None:
            return
        status = pair_status(pair, datetime.fromtimestamp(self._place.clock(), UTC))
        if self._is_stale(status):
            self._tell(_stale(alert_about(pair, AlertKind.STALE, self._place), status), pair)
        elif (due := status.health.missed_due) is not None and due.timestamp() > self._configured_s():
            missed = alert_about(pair, AlertKind.MISSED, self._place)
            self._tell(replace(missed, due_s=due.timestamp()), pair)

    def _tell(self, alert: Alert, pair: PairOptions) -> None:
        command = pair.alerts.commands.get(alert.kind)
        since_s = alert.at_s - REPEAT_S if alert.due_s is None else missed_since_s(alert.due_s, alert.at_s)
        self._teller.tell(News(alert, journal_key(pair), [command] if command else [], heard_since_s=since_s))

    def _is_stale(self, status: PairStatus) -> bool:
        """A pair that never succeeded may have been written into the config just now."""
        health = status.health
        if Ailment.NEVER_DONE in health.reasons:
            return status.at.timestamp() - self._configured_s() > (health.stale_after_s or 0)
        return health.stale

    def _configured_s(self) -> float:
        """When the config was written last: what was due before may have been so by no schedule."""
        try:
            return Path(self._path).stat().st_mtime
        except OSError:
            return 0.0


def _stale(alert: Alert, status: PairStatus) -> Alert:
    telling, newest = status.health.telling, status.last_attempt
    running = newest is not None and status.past.at_work
    warnings = (alert_words.AT_WORK.format(at=minute(newest.started_s)),) if newest and running else ()
    return replace(alert, error=telling.error if telling is not None else "", warnings=warnings)
