import os
import signal

from kodokeep.cli.interrupts import stop_on_signals


def test_the_second_signal_leaves_at_once() -> None:
    left: list[int] = []
    said: list[str] = []
    now = [100.0]
    with stop_on_signals(said.append, left.append, lambda: now[0]) as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        assert left == []  # the same signal, sent twice at once, as `timeout` does
        now[0] += 1
        os.kill(os.getpid(), signal.SIGTERM)
    assert left == [130]
    assert len([text for text in said if "finishing" in text]) == 1
