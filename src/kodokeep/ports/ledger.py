"""What is remembered beside what both sides agreed on."""

from collections.abc import Sequence
from typing import Protocol

from kodokeep.model.archive import Thaw
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.traffic import Spent


class Ledger(Protocol):
    """What is remembered beside what both sides agreed on. Whatever writes is durable when the call returns."""

    def thaw_of(self, remote: RemoteEntry) -> Thaw | None:
        """The thaw that was asked for of just this content of this key, be it over."""

    def remember_thaws(self, thaws: Sequence[Thaw], month: str) -> None:
        """Record thaws that Kodo agreed to, and count them into a month."""

    def see_disabled(self, keys: Sequence[str]) -> None:
        """Take down keys of disabled objects, for as long as the plan lives."""

    def keep_disabled(self, now_s: int) -> None:
        """Make what was seen since the plan began the whole of what is disabled; what was so before keeps its time."""

    def disabled_since(self, key: str) -> int | None:
        """When an object was first seen to be disabled that has been so in every run since."""

    def spent(self, month: str) -> Spent:
        """What was fetched and thawed in a month."""

    def add_received(self, month: str, received_bytes: int) -> None:
        """More was fetched."""
