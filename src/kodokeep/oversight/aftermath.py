"""Aftermath: what is told of a run that is over, and what of the past is over with it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from kodokeep import exits
from kodokeep.machine import local_zone
from kodokeep.model.alert import Alert, AlertKind
from kodokeep.model.event import NoticeKind
from kodokeep.model.health import Past
from kodokeep.model.options import PairOptions
from kodokeep.model.record import Attempt
from kodokeep.model.summary import Summary
from kodokeep.oversight.judging import (
    REPEAT_S,
    TROUBLE,
    cut_off_before,
    is_repeated,
    kind_of,
    locked_since_s,
    settled_by,
)
from kodokeep.oversight.memory import Memory
from kodokeep.oversight.place import Place
from kodokeep.oversight.teller import News, Teller, alert_about, beats
from kodokeep.oversight.witness import Witness
from kodokeep.pair import journal_key
from kodokeep.planning.health import judge
from kodokeep.reporting import alert_words
from kodokeep.reporting.units import minute

LOOKED_BACK = 200
"""Attempts that are looked at: so many in a row may have met another run's lock."""


class Aftermath:
    """Tells of one run, from what its `witness` saw."""

    def __init__(self, pair: PairOptions, witness: Witness, place: Place, memory: Memory) -> None:
        self._pair = pair
        self._witness = witness
        self._place = place
        self._memory = memory
        self._subject = journal_key(pair)

    def tell(self, summary: Summary, teller: Teller, *, scheduled: bool) -> None:
        """Tell whoever wants to hear it; the journal has the end of the run already."""
        attempts = self._memory.attempts(self._subject, LOOKED_BACK)
        warnings = self._warnings(summary, attempts, scheduled=scheduled)
        kind = kind_of(summary, warnings)
        if kind is None:
            teller.deliver(beats(self._pair.name, self._beats(summary)))
            return
        over = settled_by(kind, summary.exit)
        heard = {name for each in TROUBLE if each in over for name in self._memory.told(self._subject, each)}
        alert = self._alert(kind, summary, warnings, recovered=bool(heard) and kind is AlertKind.SUCCESS)
        command = self._pair.alerts.commands.get(kind)
        lasts = summary.exit == exits.LOCKED or is_repeated(attempts)
        news = News(
            alert,
            self._subject,
            commands=[command] if command else [],
            beats=self._beats(summary),
            also=heard if alert.recovered else (),
            heard_since_s=alert.at_s - REPEAT_S if scheduled and lasts else None,
        )
        teller.tell(news)
        self._memory.settle(self._subject, over)

    def _alert(self, kind: AlertKind, summary: Summary, warnings: tuple[str, ...], *, recovered: bool) -> Alert:
        return replace(
            alert_about(self._pair, kind, self._place),
            summary=summary,
            guards=self._witness.guards,
            warnings=warnings,
            keys=tuple(self._witness.failed_keys),
            recovered=recovered,
        )

    def _beats(self, summary: Summary) -> list[str]:
        """Success is a run in which everything was done. A run that another one kept out leaves it to that one."""
        heartbeat = self._pair.alerts.heartbeat
        url = heartbeat.success if summary.exit == exits.DONE else heartbeat.failure
        return [url] if url and summary.exit != exits.LOCKED else []

    def _warnings(self, summary: Summary, attempts: Sequence[Attempt], *, scheduled: bool) -> tuple[str, ...]:
        """What of a run needs a look, in words."""
        if summary.exit == exits.LOCKED:
            return self._locked(locked_since_s(attempts)) if scheduled and attempts else ()
        cut = cut_off_before(attempts)
        return (
            *([alert_words.CUT_OFF.format(at=minute(cut.started_s))] if cut else ()),
            *alert_words.counted(summary),
            *_noticed(self._witness.notices),
        )

    def _locked(self, since_s: float) -> tuple[str, ...]:
        """Another run is at work: that is as it should be, until it takes longer than a pair may go without success."""
        now = datetime.fromtimestamp(self._place.clock(), UTC)
        limit_s = judge(Past(), self._pair.schedule, self._pair.alerts.stale_after_s, now, local_zone()).stale_after_s
        if limit_s is None or now.timestamp() - since_s <= limit_s:
            return ()
        return (alert_words.LOCKED.format(at=minute(since_s)),)


def _noticed(notices: Counter[NoticeKind]) -> tuple[str, ...]:
    return tuple(alert_words.noticed(kind, number) for kind, number in notices.items())
