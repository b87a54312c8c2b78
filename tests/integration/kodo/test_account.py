"""An account: are its keys accepted, and which buckets has it?"""

import json
from collections.abc import Iterator

import pytest

from kodokeep.errors import ClockSkewed, Interrupted, SignInRefused, Unreachable
from kodokeep.kodo.account import KodoAccount
from kodokeep.kodo.bucket import Tuning
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.transport import Patience
from kodokeep.model.cloud import BucketInfo
from kodokeep.model.options import Credentials, TransportOptions
from tests.emulator_process import Emulator
from tests.integration.kodo.conftest import NEVER, PRIVATE, PUBLIC, World
from tests.integration.kodo.stub import stub

AT_ONCE = Tuning(retry=Retry(2, longest_wait_s=0), patience=Patience(5, 5))
OLD_CLOUD = {"status": 404, "body": '{"error":"no such method"}'}


def account(emulator: Emulator, secret_key: str = "") -> KodoAccount:
    keys = Credentials(emulator.access_key, secret_key or emulator.secret_key)
    return KodoAccount(keys, TransportOptions(uc_host=emulator.uc), tuning=AT_ONCE)


@pytest.fixture(scope="module")
def counted() -> Iterator[Emulator]:
    """A cloud whose numbers no other test changes."""
    with Emulator("a-photos", "b-letters:private", "c-empty") as running:
        running.put("a-photos", "one", b"12345")
        running.put("a-photos", "two", b"1234567")
        running.put("b-letters", "k", b"123")
        yield running


@pytest.fixture(autouse=True)
def _no_faults(counted: Emulator) -> Iterator[None]:
    yield
    counted.clear_faults()


def test_buckets_with_all_that_is_known_of_them(counted: Emulator) -> None:
    assert account(counted).buckets() == [
        BucketInfo("a-photos", "z0", 2, 12, private=False),
        BucketInfo("b-letters", "z0", 1, 3, private=True),
        BucketInfo("c-empty", "z0", 0, 0, private=False),
    ]


def test_a_cloud_that_counts_no_objects(counted: Emulator) -> None:
    counted.faults([{"path": "^/v3/buckets", **OLD_CLOUD}])
    assert account(counted).buckets()[:2] == [
        BucketInfo("a-photos", "z0", None, None, private=False),
        BucketInfo("b-letters", "z0", None, None, private=True),
    ]


def test_a_cloud_whose_list_tells_no_privacy_is_asked_about_each_bucket(counted: Emulator) -> None:
    counted.faults([{"path": "^/buckets$", **OLD_CLOUD}])
    assert [bucket.private for bucket in account(counted).buckets()] == [False, True, False]


def test_a_cloud_that_answers_names_whatever_version_is_asked_for(counted: Emulator) -> None:
    names = json.dumps(["a-photos", "b-letters"])
    counted.faults([
        {"path": "^/buckets$", "status": 200, "body": names},
        {"path": "^/v(3/buckets|2/bucketInfo)", **OLD_CLOUD},
    ])  # fmt: skip
    assert account(counted).buckets() == [
        BucketInfo("a-photos", "", None, None, None), BucketInfo("b-letters", "", None, None, None)
    ]  # fmt: skip


def test_more_buckets_than_a_page_holds() -> None:
    names = [f"bucket-{number:03}" for number in range(205)]
    with Emulator(*names, memory=True, options=()) as many:
        assert [bucket.name for bucket in account(many).buckets()] == names
        assert all(bucket.private is False for bucket in account(many).buckets())


def test_a_list_whose_marker_stands_still_ends_in_an_error() -> None:
    page = b'{"buckets": [], "is_truncated": true, "next_marker": ""}'
    circle = b'{"buckets": [], "is_truncated": true, "next_marker": "a"}'
    with stub(200, circle) as uc, pytest.raises(Exception, match="does not advance"):
        KodoAccount(Credentials("ak", "sk"), TransportOptions(uc_host=uc), tuning=AT_ONCE).buckets()
    with stub(200, page) as uc, pytest.raises(Exception, match=r"127\.0\.0\.1"):  # the stub knows no POST
        KodoAccount(Credentials("ak", "sk"), TransportOptions(uc_host=uc), tuning=AT_ONCE).buckets()


def test_keys_are_accepted(counted: Emulator) -> None:
    account(counted).check_keys()


def test_keys_that_may_not_list_buckets_are_accepted_all_the_same(counted: Emulator) -> None:
    counted.faults([{"path": "^/buckets$", "status": 403, "body": '{"error":"access denied by iam"}'}])
    account(counted).check_keys()


def test_a_wrong_secret_key(counted: Emulator) -> None:
    with pytest.raises(SignInRefused) as caught:
        account(counted, "not-the-secret").check_keys()
    assert "not-the-secret" not in str(caught.value) + caught.value.hint


def test_a_clock_that_is_off_says_nothing_about_the_keys(world: World) -> None:
    world.emulator.clock(3600)
    with pytest.raises(ClockSkewed):
        account(world.emulator).check_keys()


@pytest.mark.parametrize("skew_s", [-120, 86_400])
def test_how_far_our_clock_is_off(world: World, skew_s: int) -> None:
    """Nothing is signed, so that a clock of any kind can be told."""
    world.emulator.clock(skew_s)
    assert account(world.emulator).clock().ahead_s == pytest.approx(-skew_s, abs=5)


def test_a_clock_that_goes_right(counted: Emulator) -> None:
    assert abs(account(counted).clock().ahead_s) < 5


def test_nobody_there() -> None:
    nobody = TransportOptions(uc_host="http://127.0.0.1:1")
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1"):
        KodoAccount(Credentials("ak", "sk"), nobody, tuning=AT_ONCE).check_keys()


def test_it_can_be_broken_off(world: World) -> None:
    stopped = type(NEVER)()
    stopped.set()
    keys = Credentials(world.emulator.access_key, world.emulator.secret_key)
    with pytest.raises(Interrupted):
        KodoAccount(keys, world.options(), tuning=AT_ONCE, cancel=stopped).buckets()
    assert {PUBLIC, PRIVATE} <= {bucket.name for bucket in account(world.emulator).buckets()}
