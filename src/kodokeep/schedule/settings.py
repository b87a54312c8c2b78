"""The config of a process that lives long: read again whenever it changes. What it last said well holds until then."""

from collections.abc import Callable
from pathlib import Path

from kodokeep.config import Config
from kodokeep.errors import KodokeepError
from kodokeep.model.options import PairOptions
from kodokeep.model.schedule import Schedule


class Settings:
    """The config that `read` gives. `config` is the last good one; `error` says why the file's is not, and
    `broken_since_s` since when.

    Raises what `read` raises the first time.
    """

    def __init__(self, read: Callable[[], Config]) -> None:
        self._read = read
        self.config = read()
        self._stamp = self._look_at_file()
        self.error: KodokeepError | None = None
        self.broken_since_s = 0.0

    @property
    def scheduled(self) -> list[tuple[PairOptions, Schedule]]:
        """The pairs that have a schedule, in the order of the file."""
        return [(pair, pair.schedule) for pair in self.config.pairs if pair.schedule is not None]

    def refresh(self, now_s: float, *, anyway: bool = False) -> bool:
        """Read it again if the file changed; True if it did and says something new."""
        stamp = self._look_at_file()
        if stamp == self._stamp and not anyway:
            return False
        self._stamp = stamp
        before = (self.config, self._message())
        try:
            self.config, self.error = self._read(), None
        except KodokeepError as error:
            if self.error is None:
                self.broken_since_s = now_s
            self.error = error
        return anyway or before != (self.config, self._message())

    def _message(self) -> str:
        return self.error.message if self.error is not None else ""

    def _look_at_file(self) -> tuple[int, ...] | None:
        """What tells whether it was changed."""
        try:
            stat = Path(self.config.path).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino
