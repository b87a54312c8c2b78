"""What the doctor said of one world, finding by finding."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e.kit import NAME, Result, World

LEVELS = ("ok", "warning", "failed")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The findings of one visit, checked for what holds of all visits."""

    result: Result

    def of(self, check: str, subject: str = f"bucket:{NAME}") -> list[dict[str, Any]]:
        """The findings of a check."""
        return [each for each in self.findings if (each["subject"], each["check"]) == (subject, check)]

    def level(self, check: str, subject: str = f"bucket:{NAME}") -> str:
        """The level of the only finding of a check."""
        (finding,) = self.of(check, subject)
        return str(finding["level"])

    def told(self, check: str, subject: str = f"bucket:{NAME}") -> str:
        """What the findings of a check say, and what to do."""
        return " | ".join(f"{each['detail']} -> {each['mend']}" for each in self.of(check, subject))

    @property
    def findings(self) -> list[dict[str, Any]]:
        """All of them, in their order."""
        return [event for event in self.result.events if event["event"] == "finding"]

    @property
    def failed(self) -> set[str]:
        """The checks that failed."""
        return {each["check"] for each in self.findings if each["level"] == "failed"}

    @property
    def warned(self) -> set[str]:
        """The checks that have a warning."""
        return {each["check"] for each in self.findings if each["level"] == "warning"}


def doctor(world: World, *options: str, env: Mapping[str, str] | None = None) -> Diagnosis:
    """A visit by `--json`."""
    diagnosis = Diagnosis(world.tell("doctor", "--json", *options, env=env))
    end = diagnosis.result.events[-1]
    for level in LEVELS:
        assert end[level] == sum(each["level"] == level for each in diagnosis.findings)
    assert diagnosis.result.exit == end["exit"] == (3 if end["failed"] else 0)
    for each in diagnosis.findings:
        assert bool(each["mend"]) is (each["level"] != "ok"), each
        assert world.emulator.secret_key not in str(each)
        assert "token=" not in str(each)
    return diagnosis
