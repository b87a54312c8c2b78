"""What makes sure that nobody overlooks how it goes: schedule, alerts, channels, metrics; and what runs commands.

What belongs here: how such options go together. What does not: how each is written (`values`, `schema`).
"""

from datetime import UTC, datetime

from kodokeep.config.ini import Sections
from kodokeep.config.problems import did_you_mean
from kodokeep.config.schema import COMMANDS, NotifySection, PairSection, PricesSection, SharedOptions
from kodokeep.config.sections import CheckedSections
from kodokeep.model.alert import AlertKind, AlertOptions, ChannelOptions, Heartbeat
from kodokeep.model.archive import DAY_S
from kodokeep.model.options import Archived, Budget
from kodokeep.model.schedule import Schedule
from kodokeep.planning.timetable import longest_gap_s


def schedule(name: str, own: PairSection, options: PairSection, problems: list[str]) -> Schedule | None:
    """When the pair is to be run, if it is by itself."""
    if options.schedule is None:
        if "jitter" in own.model_fields_set:
            problems.append(f"[bucket:{name}] jitter: there is no schedule that it could delay")
        return None
    written, crons = options.schedule
    found = Schedule(written, crons, options.time_zone, options.jitter)
    if options.archived is Archived.THAW:
        _check_windows(name, options.thaw_days, found, problems)
    return found


def _check_windows(name: str, thaw_days: int, found: Schedule, problems: list[str]) -> None:
    """A thaw costs money. If its window can be over before the next run, nothing is ever fetched, and paid each time.

    Gaps go by the calendar, so any zone and day will do.
    """
    if longest_gap_s(found, datetime.now(UTC), UTC) + found.jitter_s >= thaw_days * DAY_S:
        problems.append(
            f"[bucket:{name}] archived = thaw: what is thawed can be read for thaw_days = {thaw_days}, and with"
            f" schedule = {found.written} the next run may come too late to fetch it; expected a schedule with shorter"
            " gaps, such as daily, and thaw_days of at least 2"
        )


def alert_options(options: SharedOptions) -> AlertOptions:
    """Who is told about the pair, besides the channels. `heartbeat` stands for three URLs, as Healthchecks has them."""
    base = options.heartbeat.rstrip("/") if options.heartbeat else None
    heartbeat = Heartbeat(
        start=options.heartbeat_start or (base and f"{base}/start"),
        success=options.heartbeat_success or base,
        failure=options.heartbeat_failure or (base and f"{base}/fail"),
    )
    commands: dict[AlertKind, str | None] = {
        kind: getattr(options, f"on_{kind}") for kind in AlertKind if kind is not AlertKind.TEST
    }
    told = {kind: command for kind, command in commands.items() if command is not None}
    return AlertOptions(heartbeat, told, options.stale_after)


def budget(name: str, options: PairSection, prices: PricesSection, problems: list[str]) -> Budget | None:
    """What may be fetched a month. Money must be in the currency of the prices; those of thawing must be known, too."""
    wanted = options.monthly_traffic
    if wanted is None or wanted.money is None:
        return wanted
    written = f"[bucket:{name}] monthly_traffic = {wanted.money:g} {wanted.currency}"
    if wanted.currency != prices.currency:
        problems.append(f"{written}: expected bytes, or an amount in {prices.currency}, the currency of [prices]")
    if options.archived is Archived.THAW and None in (prices.archive_thaw, prices.deep_archive_thaw):
        problems.append(
            f"{written}: expected archive_thaw and deep_archive_thaw in [prices], too, as archived = thaw costs money"
        )
    return wanted


def channels(sections: CheckedSections, problems: list[str]) -> tuple[ChannelOptions, ...]:
    """Everybody who is told."""
    return tuple(_channel(name, written, sections, problems) for name, written in sections.channels.items())


def _channel(name: str, written: NotifySection, sections: CheckedSections, problems: list[str]) -> ChannelOptions:
    sources = [source for source in (written.url, written.url_command, written.url_variable) if source is not None]
    if len(sources) != 1:
        problems.append(f"[notify:{name}]: expected one of url, url_command and url_variable, there are {len(sources)}")
    for pair in sorted(written.pairs or ()):
        if pair not in sections.pairs:
            near = did_you_mean(pair, sections.pairs)
            problems.append(
                f"[notify:{name}] pairs: no section [bucket:{pair}]{f'; did you mean {near}?' if near else ''}"
            )
    return ChannelOptions(name, **written.model_dump())


def check_commands(sections: Sections, others: str, problems: list[str]) -> None:
    """Whoever may write the config file may run commands as its user, so only that user may (or root). `others` is why
    somebody else may, empty if nobody else does.
    """
    found = [(section, option) for section, options in sections.items() for option in options if option in COMMANDS]
    if not found or not others:
        return
    section, option = found[0]
    problems.append(
        f"[{section}] {option}: commands are run only from a file that nobody else may change, but {others}"
    )
