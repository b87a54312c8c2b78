"""The overseer: what is done around every run, and after all runs of a command.

Nothing here may change how a run goes or ends; whatever goes wrong is said on stderr, even a bug.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kodokeep import exits
from kodokeep.errors import ConfigError
from kodokeep.model.options import PairOptions
from kodokeep.model.summary import Summary
from kodokeep.oversight.aftermath import Aftermath
from kodokeep.oversight.memory import Memory
from kodokeep.oversight.place import Place
from kodokeep.oversight.teller import Teller, beats
from kodokeep.oversight.watch import Watch
from kodokeep.oversight.witness import Witness
from kodokeep.pair import journal_key
from kodokeep.ports import Emit
from kodokeep.status import pair_status

if TYPE_CHECKING:
    from kodokeep.config import Config


def _never(_code: int) -> bool:
    return False


class Overseer:
    """Watches over the runs of one command. With `alerts` off nobody is told; journal and metrics are kept all the
    same.
    """

    def __init__(self, config: "Config", place: Place, *, alerts: bool = True) -> None:
        self._config = config
        self._place = place
        self._alerts = alerts
        self._memory = Memory(place)
        self._teller = Teller(config.channels, place, self._memory)
        self._witnesses: dict[str, Witness] = {}

    def listener(self, pair: PairOptions) -> Emit:
        """The one who listens to the next run of this pair, beside whoever else does."""
        self._witnesses[pair.name] = Witness()
        return self._witnesses[pair.name]

    def around(
        self,
        pair: PairOptions,
        work: Callable[[], int],
        *,
        scheduled: bool = False,
        repeated: Callable[[int], bool] = _never,
    ) -> int:
        """Let `work` run the pair, and give its exit code.

        `repeated`, asked once when the work is over, says of its exit code whether another attempt follows; then nobody
        is told of this one yet.
        """
        number = self._memory.begin(journal_key(pair), self._place.clock(), scheduled=scheduled)
        start = pair.alerts.heartbeat.start
        if start and self._alerts:
            with self._harmless():
                self._teller.deliver(beats(pair.name, [start], patient=False))
        code = exits.INTERRUPTED
        try:
            code = work()
        finally:
            summary = self._summary(pair, code)
            self._memory.end(number, self._place.clock(), code, summary.run, summary.error)
        self._afterwards(pair, summary, scheduled=scheduled, final=not repeated(code))
        return code

    def look_after_all(self, now_s: float) -> None:
        """Tell of pairs of the whole config without a success for too long, and of runs that were missed; and that the
        config, of which it was told that it is broken, is not any more.
        """
        if not self._alerts:
            return
        watch = Watch(self._config.path, replace(self._place, clock=lambda: now_s), self._memory, self._teller)
        with self._harmless():
            watch.config_is_whole()
        for pair in self._config.pairs:
            with self._harmless():
                watch.look_after(pair)

    def _afterwards(self, pair: PairOptions, summary: Summary, *, scheduled: bool, final: bool) -> None:
        with self._harmless():
            self._write_metrics()
        if final and self._alerts:
            with self._harmless():
                witness = self._witnesses.get(pair.name, Witness())
                aftermath = Aftermath(pair, witness, self._place, self._memory)
                aftermath.tell(summary, self._teller, scheduled=scheduled)

    def _write_metrics(self) -> None:
        if self._config.metrics.file is None:
            return
        from kodokeep.reporting.metrics import write_metrics  # noqa: PLC0415 - loads prometheus_client

        now = datetime.fromtimestamp(self._place.clock(), UTC)
        pairs = self._config.pairs
        try:
            write_metrics(
                Path(self._config.metrics.file), self._config.path, lambda: [pair_status(pair, now) for pair in pairs]
            )
        except ConfigError as error:
            self._place.say(error.message)

    def _summary(self, pair: PairOptions, code: int) -> Summary:
        witness = self._witnesses.get(pair.name)
        if witness is not None and witness.summary is not None:
            return witness.summary
        return Summary(pair.name, "", pair.mode, code)

    @contextmanager
    def _harmless(self) -> Iterator[None]:
        """Whatever goes wrong in here is no reason for a backup to fail."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a bug in telling must not count as one in what is told
            self._place.say(f"telling how it went failed; this is a bug: {type(error).__name__}")
