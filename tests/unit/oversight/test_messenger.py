from kodokeep.model.alert import ChannelOptions
from kodokeep.oversight.messenger import Messenger
from tests.unit.oversight.conftest import Bench


def test_a_test_reaches_every_channel_and_what_fails_is_told(bench: Bench) -> None:
    channels = [*bench.config.channels, ChannelOptions("mail", url_variable="NO_SUCH_VARIABLE", on=frozenset())]
    assert Messenger(bench.place).send_test(channels) == {"mail": "url_variable: $NO_SUCH_VARIABLE is not set"}
    ((title, text),) = bench.receiver.messages
    assert title == "kodokeep: a test (nas)"
    assert "Alerts of kodokeep on nas arrive here" in text


def test_the_host_of_a_heartbeat_is_tried_without_a_beat(bench: Bench) -> None:
    messenger = Messenger(bench.place)
    assert messenger.reach(f"{bench.receiver.url}/uuid") == ""
    assert [request.path for request in bench.receiver.requests] == ["/"]
    assert messenger.reach("http://no-such-host.invalid/uuid").startswith("no-such-host.invalid: ")
