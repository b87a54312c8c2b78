"""A checkup: sections of findings, in the order a person reads them; each comes as it is made, some take seconds."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kodokeep.doctor import (
    cloud,
    config_file,
    domains,
    folder,
    keys,
    notifications,
    objects,
    past,
    records,
    room,
    timing,
)
from kodokeep.doctor.careful import carefully
from kodokeep.doctor.domains import Ground
from kodokeep.doctor.visit import Visit
from kodokeep.errors import KodokeepError
from kodokeep.kodo.hosts import BucketHosts
from kodokeep.kodo.survey import Survey
from kodokeep.model.finding import Finding, failed, warning
from kodokeep.model.options import Credentials, PairOptions
from kodokeep.model.status import PairStatus
from kodokeep.reporting import words
from kodokeep.status import pair_status


@dataclass(frozen=True, slots=True)
class Section:
    """What belongs together. `subject` is for scripts: config, account, account:NAME, bucket:NAME, notifications."""

    subject: str
    title: str
    findings: Iterator[Finding]


def checkup(visit: Visit) -> Iterator[Section]:
    """Everything about the chosen pairs. Raises Interrupted or KeyboardInterrupt once the visit's `stop` is set."""
    yield Section("config", str(Path(visit.config.path).absolute()), config_file.examine(visit))
    for name in dict.fromkeys(pair.account for pair in visit.pairs):
        account = visit.config.accounts[name]
        yield Section(account.section.strip("[]"), account.section, keys.examine(visit, account))
    for pair in visit.pairs:
        title = f"{pair.name}: {words.flow(pair.mode, pair.bucket, pair.folder)}"
        yield Section(f"bucket:{pair.name}", title, _pair(visit, pair))
    yield Section("notifications", "notifications", notifications.examine(visit))


def _pair(visit: Visit, pair: PairOptions) -> Iterator[Finding]:
    status = pair_status(pair)
    yield from _in_the_cloud(visit, pair, status)
    yield from folder.examine(visit, pair)
    yield from records.examine(visit, pair, status)
    yield from timing.examine(visit, pair, status)
    yield from past.examine(visit, status)


def _in_the_cloud(visit: Visit, pair: PairOptions, status: PairStatus) -> Iterator[Finding]:
    try:
        credentials = visit.credentials(pair)
        survey = Survey(pair.bucket, credentials, pair.transport, cancel=visit.stop)
        hosts = survey.hosts()
    except KodokeepError as error:
        again = f"{visit.command} doctor {shlex.quote(pair.name)}"
        yield failed(cloud.REGION, f"the bucket was not found: {error.message}", error.hint or keys.NETWORK)
        yield warning(
            "cloud", "hosts, domains, objects and the next plan were not looked at", f"mend that; then {again}"
        )
        yield from carefully(room.ROOM, lambda: iter([room.space(pair.folder)]), "look at the disk")
        return
    yield from cloud.examine(survey, hosts.region)
    yield from carefully(objects.OBJECTS, lambda: _objects(visit, pair, status, survey, hosts), keys.NETWORK)
    yield from _next_plan(visit, pair, credentials)


def _objects(
    visit: Visit, pair: PairOptions, status: PairStatus, survey: Survey, hosts: BucketHosts
) -> Iterator[Finding]:
    """One look at the listing gives the counts, and the object that every domain is asked for."""
    try:
        seen = survey.objects(pair.prefix, objects.QUICK_MOST if visit.quick else objects.MOST)
    except KodokeepError as error:
        yield failed(objects.OBJECTS, error.message, error.hint or keys.NETWORK)
        sample = None
    else:
        sample = seen.sample
        if not visit.quick:
            yield from objects.examine(pair, seen, status)
    yield from domains.examine(visit, Ground(pair, survey, hosts, sample, _private(survey)))


def _private(survey: Survey) -> bool | None:
    try:
        return survey.private()
    except KodokeepError:
        return None


def _next_plan(visit: Visit, pair: PairOptions, credentials: Credentials) -> Iterator[Finding]:
    if visit.quick:
        yield from carefully(room.ROOM, lambda: iter([room.space(pair.folder)]), "look at the disk")
        return
    look = f"{visit.command} plan {shlex.quote(pair.name)}"
    yield from carefully(room.PLAN, lambda: room.examine(visit, pair, credentials), look)
