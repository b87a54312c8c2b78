"""Teller: an alert becomes texts, and reaches the channels and the command that want to hear it, and heartbeats.

What belongs here: who is told, and who was told already. What does not: the words (`reporting.alert_words`), the way
there (`alerts`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from kodokeep.alerts.delivery import Message, deliver_all
from kodokeep.model.alert import Alert, AlertKind, ChannelOptions
from kodokeep.model.options import PairOptions
from kodokeep.oversight.memory import Memory, subject_of_config
from kodokeep.oversight.place import Place
from kodokeep.reporting import alert_words
from kodokeep.reporting.jsonlines import alert_fields
from kodokeep.status import pair_status

Delivery = Callable[[], None]


@dataclass(frozen=True, slots=True)
class News:
    """An alert and who hears it. `subject` is what the memory of it is kept under.

    `commands` are run, `beats` fetched. `also` are channels that hear it whatever they want. Who was told the same
    after `heard_since_s`, `about` the same, is not told again; the commands of a run are run all the same.
    """

    alert: Alert
    subject: str
    commands: Sequence[str] = ()
    beats: Sequence[str] = ()
    also: Collection[str] = ()
    heard_since_s: float | None = None
    about: str = ""

    def remembered(self, receiver: str) -> str:
        """What a receiver is called in the memory."""
        return f"{receiver}\n{self.about}" if self.about else receiver

    def heard(self, told_s: float | None) -> bool:
        """True if who was told then need not be told again. A clock that was set back proves nothing."""
        since_s = self.heard_since_s
        return since_s is not None and told_s is not None and since_s < told_s <= self.alert.at_s


class Teller:
    """Tells `channels` of the config at `path`, in bounded time. What goes wrong is said on stderr and remembered."""

    def __init__(self, path: str, channels: Iterable[ChannelOptions], place: Place, memory: Memory) -> None:
        self._config = subject_of_config(path)
        self._channels = tuple(channels)
        self._place = place
        self._memory = memory

    def tell(self, news: News) -> None:
        """Tell everybody who is to hear it, all at once, and remember who was reached."""
        alert = news.alert
        told = self._memory.told(news.subject, alert.kind) if news.heard_since_s is not None else {}
        # What is told by name of a channel, or of a command, is remembered so.
        receivers = {
            channel.name: self._to_channel(channel, alert)
            for channel in self._channels
            if self._hears(channel, news) and not news.heard(told.get(news.remembered(channel.name)))
        }
        receivers |= {
            name: hook
            for name, hook in self._to_commands(news).items()
            if alert.summary is not None or not news.heard(told.get(name))
        }
        failed = self.deliver(receivers | beats(alert.pair, news.beats))
        if alert.kind is not AlertKind.SUCCESS:
            reached = map(news.remembered, receivers.keys() - failed.keys())
            self._memory.remember(news.subject, alert.kind, reached, alert.at_s)

    def deliver(self, deliveries: Mapping[str, Delivery]) -> dict[str, str]:
        """Make deliveries by name; gives which failed, and says so."""
        failed = deliver_all(deliveries) if deliveries else {}
        if deliveries:
            self._memory.delivered(self._config, deliveries, self._place.clock(), failed)
        channels = {channel.name for channel in self._channels}
        for name, reason in failed.items():
            self._place.say(f"alert to {name} failed: {reason}" if name in channels else f"{name} failed: {reason}")
        return failed

    def _hears(self, channel: ChannelOptions, news: News) -> bool:
        by_name = channel.name in news.also and channel.hears_of(news.alert.pair)
        return by_name or channel.wants(news.alert)

    def _to_channel(self, channel: ChannelOptions, alert: Alert) -> Delivery:
        from kodokeep.alerts.channels import deliver  # noqa: PLC0415 - only if there is somebody to tell

        return partial(deliver, channel, self._message(alert, key_names=channel.key_names), self._place.env)

    def _to_commands(self, news: News) -> dict[str, Delivery]:
        if not news.commands:
            return {}
        from kodokeep.alerts.hooks import run_hook, without_secrets  # noqa: PLC0415 - the same

        alert = news.alert
        env = without_secrets(self._place.env, [each.url_variable for each in self._channels if each.url_variable])
        message, fields = self._message(alert), alert_fields(alert)
        hooks = [partial(run_hook, command, alert, message, fields, env) for command in news.commands]
        return _named(f"on_{alert.kind}", alert.pair, hooks)

    def _message(self, alert: Alert, *, key_names: bool = False) -> Message:
        text = alert_words.body(alert, self._place.command, key_names=key_names)
        return Message(alert.kind, alert_words.title(alert), text)


def bring_along(channels: Sequence[ChannelOptions], pairs: Iterable[PairOptions]) -> None:
    """Load now whatever it takes to tell somebody: the program may be gone from the disk when it is wanted."""
    if channels:
        from kodokeep.alerts.channels import known_services  # noqa: PLC0415 - slow to load

        known_services()
    if any(pair.alerts.commands for pair in pairs):
        import kodokeep.alerts.hooks  # noqa: PLC0415 - the same
    if any(pair.alerts.heartbeat.failure for pair in pairs):
        import kodokeep.alerts.heartbeats  # noqa: PLC0415, F401 - the same


def alert_about(pair: PairOptions, kind: AlertKind, place: Place) -> Alert:
    """An alert with what is known of a pair at any time."""
    now_s = place.clock()
    success_s = pair_status(pair, datetime.fromtimestamp(now_s, UTC)).past.last_success_s
    return Alert(kind, pair.name, place.host, now_s, pair.bucket, pair.folder, last_success_s=success_s)


def beats(pair: str, urls: Sequence[str], *, patient: bool = True) -> dict[str, Delivery]:
    """Deliveries that fetch these URLs. One that is not `patient` is tried once: something waits for it."""
    if not urls:
        return {}
    from kodokeep.alerts.heartbeats import RETRIES, beat  # noqa: PLC0415 - loads urllib3

    return _named("heartbeat", pair, [partial(beat, url, retries=RETRIES if patient else 0) for url in urls])


def _named(what: str, pair: str, deliveries: Sequence[Delivery]) -> dict[str, Delivery]:
    """`heartbeat of photos`; several of them are numbered. No channel can have such a name."""
    name = f"{what} of {pair}" if pair else f"{what} of the config"
    if len(deliveries) == 1:
        return {name: deliveries[0]}
    return {f"{name} ({number})": delivery for number, delivery in enumerate(deliveries, 1)}
