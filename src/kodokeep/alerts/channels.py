"""Channels: a message to one of the many services that Apprise knows. The only user of Apprise; loaded to send, only.

What belongs here: Apprise, kept quiet and made to say what went wrong. What does not: whom to tell, and the words.
"""

import logging
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from kodokeep.alerts.addresses import address
from kodokeep.alerts.delivery import TIMEOUT_S, Message, NotDelivered, deliver_all
from kodokeep.alerts.reasons import cause_in, hidden
from kodokeep.model.alert import AlertKind, ChannelOptions

if TYPE_CHECKING:
    from apprise import AppriseAsset

TONES = {
    AlertKind.SUCCESS: "success",
    AlertKind.WARNINGS: "warning",
    AlertKind.HELD: "warning",
    AlertKind.FAILURE: "failure",
    AlertKind.MISSED: "failure",
    AlertKind.STALE: "failure",
    AlertKind.TEST: "info",
}
"""Apprise's words for how a message is meant."""

NETWORK_TROUBLE = "Socket Exception: "
"""How Apprise begins what it says of an exception, to developers only."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,23}")
_loading = threading.Lock()
_logger = logging.getLogger("apprise")


def send_test(
    channels: Iterable[ChannelOptions], message: Message, env: Mapping[str, str], timeout_s: float = TIMEOUT_S
) -> dict[str, str]:
    """Send a message to all of the channels, whatever they want to hear; gives why it failed where it did, by name."""
    deliveries = {channel.name: partial(deliver, channel, message, env) for channel in channels}
    return deliver_all(deliveries, timeout_s)


def deliver(channel: ChannelOptions, message: Message, env: Mapping[str, str]) -> None:
    """Send a message to one channel. Raises NotDelivered."""
    _send(channel.name, address(channel, env), message)


def service_of(url: str) -> str:
    """What Apprise calls the service that a URL is of; nothing is sent. Raises NotDelivered if it knows none."""
    from apprise import Apprise  # noqa: PLC0415 - slow to load, and seldom needed

    with _overheard() as said:
        receiver = Apprise(asset=_asset())
        with _loading:
            known = receiver.add(url)
        if not known:
            raise NotDelivered(_unusable(url, said))
    return str(receiver[0].service_name)


def _send(name: str, url: str, message: Message) -> None:
    from apprise import Apprise, NotifyFormat, NotifyType  # noqa: PLC0415 - slow to load, and seldom needed

    from kodokeep.alerts.refusals import answers_kept, refusal  # noqa: PLC0415 - the same

    with _overheard() as said, answers_kept() as answers:
        receiver = Apprise(asset=_asset())
        with _loading:
            known = receiver.add(url)
        if not known:
            raise NotDelivered(f"[notify:{name}] url: {_unusable(url, said)}")
        taken = receiver.notify(
            body=message.body,
            title=message.title,
            notify_type=NotifyType(TONES[message.kind]),
            body_format=NotifyFormat.TEXT,
        )
    if not taken:
        raise NotDelivered(_reason(url, said))
    if refused := refusal(url.partition("://")[0].lower(), answers):
        raise NotDelivered(hidden(refused, url))


def _asset() -> "AppriseAsset":
    """Nothing is kept on disk, nothing is loaded from there, and nothing is sent in threads of Apprise's own: Python
    would wait for those at its end.
    """
    from apprise import AppriseAsset  # noqa: PLC0415

    return AppriseAsset(
        app_id="kodokeep",
        app_desc="kodokeep",
        app_url="",
        image_url_logo="",
        storage_mode="memory",
        async_mode=False,
        service_timeout=0,
    )


class _Ear(logging.Handler):
    """Hears what is said in the thread that made it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._thread = threading.get_ident()
        self.said: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        if record.thread == self._thread:
            self.said.append(record)


@contextmanager
def _overheard() -> Iterator[list[logging.LogRecord]]:
    """While entered, what Apprise says in this thread is appended to the list. It is never printed: it holds URLs."""
    _logger.propagate = False
    _logger.setLevel(logging.DEBUG)
    ear = _Ear()
    _logger.addHandler(ear)
    try:
        yield ear.said
    finally:
        _logger.removeHandler(ear)


def _reason(url: str, said: list[logging.LogRecord]) -> str:
    """The last thing that Apprise complained about, and what the network had to do with it."""
    complaints = [record.getMessage() for record in said if record.levelno >= logging.WARNING]
    troubles = [record.getMessage().partition(NETWORK_TROUBLE)[2] for record in said]
    cause = next((cause_in(trouble) or trouble for trouble in reversed(troubles) if trouble), "")
    complaint = complaints[-1].rstrip(".") if complaints else "not taken"
    return hidden(f"{complaint} ({cause})" if cause else complaint, url)


def known_services() -> list[str]:
    """How URLs may begin. From then on nothing of Apprise has to be read from the disk."""
    from apprise import NotificationManager  # noqa: PLC0415 - slow to load

    import kodokeep.alerts.refusals  # noqa: PLC0415, F401 - the same

    known: list[str] = NotificationManager().schemas()  # type: ignore[no-untyped-call]
    return known


def _unusable(url: str, said: list[logging.LogRecord]) -> str:
    scheme, is_url, _ = url.partition("://")
    if not is_url or not _SCHEME.fullmatch(scheme):  # a bare token, perhaps, which is not to be told as a service
        return "Apprise can use no such text; expected a URL such as dingtalk://TOKEN"
    known = known_services()
    scheme = scheme.lower()
    if scheme not in known:
        near = get_close_matches(scheme, known, n=1)
        return f"Apprise knows no service {scheme}://" + (f"; did you mean {near[0]}://?" if near else "")
    complaints = [record.getMessage() for record in said if record.levelno >= logging.WARNING]
    why = f" ({hidden(complaints[0].rstrip('.'), url)})" if complaints else ""
    return f"Apprise cannot use it for {scheme}://{why}"
