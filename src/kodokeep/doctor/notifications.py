"""Who is told of runs: channels, heartbeats and commands, each really tried if the visit has a messenger."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from kodokeep.doctor.visit import Visit
from kodokeep.model.finding import Finding, failed, ok, warning
from kodokeep.model.options import PairOptions

CHANNEL, HEARTBEAT, COMMANDS, ALERTS = "channel", "heartbeat", "commands", "alerts"


def examine(visit: Visit) -> Iterator[Finding]:
    """Every channel and every heartbeat of the chosen pairs; a pair that nobody hears of is told, too."""
    channels = [each for each in visit.config.channels if any(each.hears_of(pair.name) for pair in visit.pairs)]
    failures = visit.messenger.send_test(channels) if visit.messenger is not None else None
    for channel in channels:
        trouble = None if failures is None else failures.get(channel.name, "")
        yield _told(CHANNEL, f"[notify:{channel.name}]", trouble, f"mend the url of [notify:{channel.name}]")
    for pair in visit.pairs:
        yield from _heartbeats(visit, pair)
        if pair.alerts.commands:
            told = ", ".join(f"on_{kind}" for kind in pair.alerts.commands)
            yield ok(COMMANDS, f"[bucket:{pair.name}] {told}: not run for a test")
        if not _anybody(visit, pair):
            yield warning(
                ALERTS, f"nobody is told when a run of {pair.name} fails, or when none begins",
                "a section [notify:NAME] with url = …, or heartbeat = … in [defaults]",
            )  # fmt: skip


def _heartbeats(visit: Visit, pair: PairOptions) -> Iterator[Finding]:
    """Only their hosts are reached: a heartbeat that is told of a success keeps quiet when there is none."""
    heartbeat = pair.alerts.heartbeat
    urls = [url for url in (heartbeat.start, heartbeat.success, heartbeat.failure) if url is not None]
    for host, url in {urlsplit(url).netloc.rpartition("@")[2]: url for url in urls}.items():
        mend = f"mend [bucket:{pair.name}] heartbeat"
        trouble = visit.messenger.reach(url) if visit.messenger is not None else None
        yield _told(HEARTBEAT, f"{host} ({pair.name})", trouble, mend)


def _told(check: str, name: str, trouble: str | None, mend: str) -> Finding:
    """`trouble` None means that nothing was tried, an empty one that it worked."""
    if trouble is None:
        return ok(check, f"{name}: not tried")
    if trouble:
        return failed(check, f"{name}: {trouble}", mend)
    return ok(check, f"{name}: {'got a test' if check == CHANNEL else 'can be reached'}")


def _anybody(visit: Visit, pair: PairOptions) -> bool:
    heartbeat = pair.alerts.heartbeat
    hears = any(channel.hears_of(pair.name) for channel in visit.config.channels)
    return hears or bool(pair.alerts.commands) or any((heartbeat.success, heartbeat.failure))
