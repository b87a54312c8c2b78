"""Watch: what no run tells of: a pair without a success for too long, a run that never began, a config that is whole
again.

What belongs here: telling. What counts as too long, or as missed, is judged in `planning.health`.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kodokeep.model.alert import Alert, AlertKind
from kodokeep.model.health import Ailment, Health, Past
from kodokeep.model.options import PairOptions
from kodokeep.model.record import Attempt
from kodokeep.oversight.aftermath import LOOKED_BACK
from kodokeep.oversight.judging import REPEAT_S, missed_since_s
from kodokeep.oversight.memory import Memory, subject_of, subject_of_config
from kodokeep.oversight.place import Place, local_zone
from kodokeep.oversight.teller import News, Teller, alert_about
from kodokeep.planning.health import judge
from kodokeep.reporting import alert_words


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
        now_s = self._place.clock()
        attempts = self._memory.attempts(subject_of(pair), LOOKED_BACK)
        at_work = attempts[0] if attempts and attempts[0].ended_s is None else None
        past = Past(tuple(attempts), self._memory.last_success_s(subject_of(pair)), at_work is not None)
        now = datetime.fromtimestamp(now_s, UTC)
        health = judge(past, pair.schedule, pair.alerts.stale_after_s, now, local_zone())
        if self._is_stale(health, now_s):
            self._tell(_stale(alert_about(pair, AlertKind.STALE, self._place, self._memory), health, at_work), pair)
        elif health.missed_due is not None and (due_s := health.missed_due.timestamp()) > self._configured_s():
            missed = alert_about(pair, AlertKind.MISSED, self._place, self._memory)
            self._tell(replace(missed, due_s=due_s), pair)

    def _tell(self, alert: Alert, pair: PairOptions) -> None:
        command = pair.alerts.commands.get(alert.kind)
        since_s = alert.at_s - REPEAT_S if alert.due_s is None else missed_since_s(alert.due_s, alert.at_s)
        self._teller.tell(News(alert, subject_of(pair), [command] if command else [], heard_since_s=since_s))

    def _is_stale(self, health: Health, now_s: float) -> bool:
        """A pair that never succeeded may have been written into the config just now."""
        if Ailment.NEVER_DONE in health.reasons:
            return now_s - self._configured_s() > (health.stale_after_s or 0)
        return health.stale

    def _configured_s(self) -> float:
        """When the config was written last: what was due before may have been so by no schedule."""
        try:
            return Path(self._path).stat().st_mtime
        except OSError:
            return 0.0


def _stale(alert: Alert, health: Health, at_work: Attempt | None) -> Alert:
    running = [alert_words.AT_WORK.format(at=alert_words.moment(at_work.started_s))] if at_work else []
    return replace(alert, error=health.telling.error if health.telling else "", warnings=tuple(running))
