"""Messenger: tries whether those who are told of runs can be reached, for `kodokeep doctor`."""

from collections.abc import Mapping, Sequence

from kodokeep.alerts.delivery import Message, NotDelivered
from kodokeep.model.alert import Alert, AlertKind, ChannelOptions
from kodokeep.oversight.place import Place
from kodokeep.reporting import alert_words


class Messenger:
    """Reaches everybody from `place`. What it answers holds no secret."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def send_test(self, channels: Sequence[ChannelOptions]) -> Mapping[str, str]:
        """Send a test to all of the channels; gives why it failed where it did, by name."""
        from kodokeep.alerts.channels import send_test  # noqa: PLC0415 - only if there is somebody to tell

        alert = Alert(AlertKind.TEST, "", self._place.host, self._place.clock())
        text = alert_words.body(alert, self._place.command)
        failed = send_test(channels, Message(alert.kind, alert_words.title(alert), text), self._place.env)
        # Who asks names the section itself.
        return {name: reason.removeprefix(f"[notify:{name}] ") for name, reason in failed.items()}

    def reach(self, url: str) -> str:
        """Why the host of a heartbeat cannot be reached, empty if it can. The heartbeat itself is not fetched."""
        from kodokeep.alerts.heartbeats import reach  # noqa: PLC0415 - loads urllib3

        try:
            reach(url)
        except NotDelivered as error:
            return str(error)
        return ""
