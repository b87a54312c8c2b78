"""A bucket in the cloud: its region, how its hosts answer, and who may read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from kodokeep.doctor.careful import carefully
from kodokeep.doctor.keys import NETWORK
from kodokeep.errors import ClockSkewed, KodoError, SignInRefused, Unreachable
from kodokeep.kodo.survey import Survey
from kodokeep.model.cloud import HostAnswer
from kodokeep.model.finding import Finding, failed, ok, warning

REGION, HOSTS, PRIVACY = "region", "hosts", "privacy"
NEEDED = ("uc", "rs", "rsf", "io_src", "up")
"""The services, in the order they are told in."""


def examine(survey: Survey, region: str) -> Iterator[Finding]:
    """What can be told without looking at an object; the bucket was found in `region` already."""
    yield ok(REGION, region or "the cloud names none")
    yield from carefully(HOSTS, lambda: _hosts(survey.answers()), NETWORK)


def _hosts(answers: list[HostAnswer]) -> Iterator[Finding]:
    by_service = {name: [each for each in answers if each.service == name] for name in NEEDED}
    quickest = {
        name: min((each.took_s for each in found if not each.error), default=None) for name, found in by_service.items()
    }
    told = [f"{name} {took_s * 1000:.0f} ms" for name, took_s in quickest.items() if took_s is not None]
    silent = [each for each in answers if each.error]
    for each in silent:
        if quickest[each.service] is None:
            yield failed(HOSTS, f"{each.service}: {each.error}", NETWORK)
        else:
            yield warning(HOSTS, f"{each.service}: {each.error}; another host of it answers", NETWORK)
    if told:
        yield ok(HOSTS, f"{'the others answer' if silent else 'all answer'}: {', '.join(told)}")


@dataclass(frozen=True, slots=True)
class Privacy:
    """The first signed question about a bucket: its answer, and whether any other can have one.

    `private` None: the cloud does not tell.
    """

    private: bool | None
    finding: Finding
    nothing_works: bool = False

    @classmethod
    def of(cls, survey: Survey) -> Self:
        """Ask it."""
        try:
            private = survey.private()
        except (SignInRefused, ClockSkewed, Unreachable) as error:
            return cls(None, failed(PRIVACY, f"not known: {error.message}", error.hint or NETWORK), nothing_works=True)
        except KodoError as error:
            mend = "have these keys the right to read the bucket's settings? it counts as private until then"
            return cls(None, warning(PRIVACY, f"not known: {error.message}", error.hint or mend))
        if private:
            return cls(private, ok(PRIVACY, "private: objects come to signed requests only"))
        return cls(private, ok(PRIVACY, "public: whoever knows a key can read its object"))
