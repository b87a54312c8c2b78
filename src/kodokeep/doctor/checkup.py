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
    """What is in the way of every question is told once."""
    try:
        credentials = visit.credentials(pair)
    except KodokeepError:  # told of the account
        yield from _left_out(visit, pair, "hosts", "privacy")
        return
    try:
        survey = Survey(pair.bucket, credentials, pair.transport, cancel=visit.stop)
        hosts = survey.hosts()
    except KodokeepError as error:
        detail = f"the bucket was not found: {error.message}"
        yield failed(cloud.REGION, detail, error.hint or keys.NETWORK)
        yield from _left_out(visit, pair, "hosts", "privacy")
        return
    yield from cloud.examine(survey, hosts.region)
    privacy = cloud.Privacy.of(survey)
    yield privacy.finding
    if privacy.nothing_works:
        yield from _left_out(visit, pair)
        return
    sample, found = objects.look(survey, pair, status, quick=visit.quick)
    yield from found
    yield from domains.examine(visit, Ground(pair, survey, hosts, sample, privacy.private))
    yield from _next_plan(visit, pair, credentials)


def _left_out(visit: Visit, pair: PairOptions, *more: str) -> Iterator[Finding]:
    again = f"mend that; then {visit.command} doctor {shlex.quote(pair.name)}"
    yield warning("cloud", f"{', '.join([*more, 'domains', 'objects'])} and the next plan were not looked at", again)
    yield from _space(pair)


def _next_plan(visit: Visit, pair: PairOptions, credentials: Credentials) -> Iterator[Finding]:
    """The plan tells what room it needs; where there is none the room that there is is told alone."""
    told = False
    if not visit.quick:
        look = f"{visit.command} plan {shlex.quote(pair.name)}"
        for finding in carefully(room.PLAN, lambda: room.examine(visit, pair, credentials), look):
            told = told or finding.check == room.ROOM
            yield finding
    if not told:
        yield from _space(pair)


def _space(pair: PairOptions) -> Iterator[Finding]:
    return carefully(room.ROOM, lambda: iter([room.space(pair.folder)]), "look at the disk")
