"""Watch: what no run tells of: a pair without a success for too long, a run that never began, a config that is whole
again.

What belongs here: telling. What counts as too long, or as missed, is judged in `planning.health`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kodokeep.config import load
from kodokeep.errors import ConfigError
from kodokeep.model.alert import Alert, AlertKind
from kodokeep.model.health import Ailment
from kodokeep.model.options import PairOptions
from kodokeep.model.status import PairStatus
from kodokeep.oversight.judging import REPEAT_S, missed_since_s
from kodokeep.oversight.memory import Memory, subject_of_config
from kodokeep.oversight.place import Place
from kodokeep.oversight.teller import News, Teller, alert_about
from kodokeep.pair import check_pairs, journal_key
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

    def look_at_config(self) -> None:
        """Who was told that the config is broken hears that it is not any more. A run that began before it broke, or
        `serve` with what it said before, does not know.
        """
        if self._memory.told(subject_of_config(self._path), AlertKind.FAILURE) and self._is_whole():
            self.starts_again()

    def starts_again(self, what: str = "") -> None:
        """Who was told that `what` does not start hears that it does."""
        subject = subject_of_config(self._path, what)
        if heard := self._memory.told(subject, AlertKind.FAILURE):
            alert = Alert(AlertKind.SUCCESS, "", self._place.host, self._place.clock(), recovered=True, what=what)
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

    def _is_whole(self) -> bool:
        try:
            check_pairs(load(self._path, self._place.env).pairs)
        except ConfigError:
            return False
        return True

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
    telling = status.health.telling
    return replace(alert, error=telling.error if telling is not None else "", warnings=tuple(_why_stale(status)))


def _why_stale(status: PairStatus) -> Iterator[str]:
    newest, telling = status.last_attempt, status.health.telling
    if newest is not None and status.past.at_work:
        yield alert_words.AT_WORK.format(at=minute(newest.started_s))
    if telling is not None and telling.exit is None:
        yield alert_words.CUT_OFF.format(at=minute(telling.started_s))
    elif telling is not None and telling.exit != 0 and not telling.error:
        yield alert_words.last_attempt(telling)
