import threading

from kodokeep.alerts.delivery import NotDelivered, deliver_all


def test_what_fails_is_told_and_hinders_nobody_else() -> None:
    done = []

    def refused() -> None:
        raise NotDelivered("it said no")

    def broken() -> None:
        raise ValueError("https://example.com/secret")

    failed = deliver_all({"chat": refused, "mail": broken, "phone": lambda: done.append("phone")})
    assert failed == {"chat": "it said no", "mail": "a bug: ValueError"}
    assert done == ["phone"]


def test_deliveries_do_not_wait_for_each_other() -> None:
    there = threading.Barrier(3, timeout=30)
    assert deliver_all(dict.fromkeys("abc", there.wait)) == {}


def test_who_hangs_is_left_behind() -> None:
    never, done = threading.Event(), threading.Event()
    failed = deliver_all({"hangs": never.wait, "goes": done.set}, timeout_s=0.05)
    assert done.wait(30)
    assert failed == {"hangs": "not done within 0.05 s"}
    never.set()


def test_nobody_to_tell_is_soon_done() -> None:
    assert deliver_all({}) == {}
