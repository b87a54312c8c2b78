"""Pace: how many transfers at once, found by growing slowly and halving when Kodo asks for less (AIMD). Pure."""


class Pace:
    """The limit for one lane. Grows by one for every window (as many clean answers as the limit) up to `top`."""

    def __init__(self, start: int, top: int) -> None:
        self.limit = start
        self._top = top
        self._clean = 0
        self._excused = 0

    def succeeded(self) -> None:
        """An answer came as it should."""
        self._clean += 1
        self._excused = max(0, self._excused - 1)
        if self._clean >= self.limit:
            self._clean = 0
            self.limit = min(self._top, self.limit + 1)

    def throttled(self) -> bool:
        """Kodo asked for less; True if that changed the limit. What was under way already is not held against it."""
        self._clean = 0
        if self._excused > 0:
            self._excused -= 1
            return False
        self._excused = self.limit - 1
        before, self.limit = self.limit, max(1, self.limit // 2)
        return self.limit < before
