"""Every rs operation against every state of an object (protocol §4), alone and in a batch."""

from collections.abc import Callable, Iterator

import pytest

from tests.emulator.asking import form
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError, b64url, entry

DAY_S = 86_400
PLACE, OTHER = entry(PUBLIC, "k"), entry(PRIVATE, "other")

OPERATIONS = {
    "stat": f"stat/{PLACE}",
    "chstatus": f"chstatus/{PLACE}/status/1",
    "deleteAfterDays": f"deleteAfterDays/{PLACE}/9",
    "lifecycle": f"lifecycle/{PLACE}/toIAAfterDays/8/deleteAfterDays/9",
    "delete": f"delete/{PLACE}",
    "restoreAr": f"restoreAr/{PLACE}/freezeAfterDays/1",
    "chtype": f"chtype/{PLACE}/type/1",
    "chgm": f"chgm/{PLACE}/mime/{b64url(b'a/b')}",
    "copy": f"copy/{PLACE}/{OTHER}",
    "move": f"move/{PLACE}/{OTHER}",
    "copy onto itself": f"copy/{PLACE}/{PLACE}",
    "move onto itself": f"move/{PLACE}/{PLACE}",
    "copy onto itself, forced": f"copy/{PLACE}/{PLACE}/force/true",
    "move onto itself, forced": f"move/{PLACE}/{PLACE}/force/true",
}
PLAIN = dict.fromkeys(OPERATIONS, 200) | {"restoreAr": 403, "copy onto itself": 614, "move onto itself": 614}
THAWED = PLAIN | {"restoreAr": 400}
UNREADABLE = ("chtype", "chgm", "copy", "move", "copy onto itself, forced", "move onto itself, forced")
FROZEN = PLAIN | {"restoreAr": 200} | dict.fromkeys(UNREADABLE, 403)
EXPECTED = {
    "missing": dict.fromkeys(OPERATIONS, 612),
    "expired": dict.fromkeys(OPERATIONS, 612),
    "plain": PLAIN,
    "dated": PLAIN,
    "disabled": PLAIN | {"chstatus": 400},
    "frozen": FROZEN,
    "thawing": FROZEN | {"restoreAr": 400},
    "thawed": THAWED,
    "frozen again": FROZEN,
}


def prepare(emulator: Emulator, state: str) -> None:
    """Let the object be in that state, and the other place be free."""
    emulator.clock()
    for bucket, key in ((PUBLIC, "k"), (PRIVATE, "other")):
        if key in emulator.keys(bucket):
            emulator.delete(bucket, key)
    if state != "missing":
        archived = state in {"frozen", "thawing", "thawed", "frozen again"}
        emulator.put(PUBLIC, "k", b"x", policy={"fileType": 2} if archived else {})
    if state in {"expired", "dated"}:
        emulator.manage("POST", f"/lifecycle/{PLACE}/toIAAfterDays/1/deleteAfterDays/3")
    if state == "disabled":
        emulator.status(PUBLIC, "k", disabled=True)
    if state in {"thawing", "thawed", "frozen again"}:
        emulator.restore(PUBLIC, "k", days=1)
    emulator.clock(elapsed_s={"expired": 5 * DAY_S, "thawed": 301, "frozen again": DAY_S + 301}.get(state, 0))


def alone(emulator: Emulator, operation: str) -> int:
    try:
        emulator.manage("POST", f"/{operation}")
    except EmulatorError as error:
        return error.status
    return 200


def in_batch(emulator: Emulator, operation: str) -> int:
    (result,) = emulator.manage("POST", "/batch", form(op=operation))
    code: int = result["code"]
    return code


@pytest.mark.parametrize("run", [alone, in_batch])
@pytest.mark.parametrize("state", EXPECTED)
def test_what_an_operation_answers(emulator: Emulator, state: str, run: Callable[[Emulator, str], int]) -> None:
    found = {}
    for name, operation in OPERATIONS.items():
        prepare(emulator, state)
        found[name] = run(emulator, operation)
    assert found == EXPECTED[state]


def test_nothing_works_in_a_bucket_that_was_dropped(emulator: Emulator, bucket: str) -> None:
    emulator.put(bucket, "k", b"x")
    emulator.put(PUBLIC, "k", b"x")
    emulator.manage("POST", f"/drop/{bucket}")
    gone = entry(bucket, "k")
    assert {alone(emulator, operation.replace(PLACE, gone)) for operation in OPERATIONS.values()} == {631}
    for name in ("copy", "move"):
        assert alone(emulator, f"{name}/{PLACE}/{gone}/force/true") == 631


def test_what_refuses_leaves_all_as_it_was(emulator: Emulator) -> None:
    for state in ("frozen", "thawing"):
        prepare(emulator, state)
        before = emulator.stat(PUBLIC, "k")
        for name in UNREADABLE:
            assert alone(emulator, OPERATIONS[name]) == 403
        assert (emulator.stat(PUBLIC, "k"), emulator.keys(PRIVATE)) == (before, [])


@pytest.mark.parametrize("name", ["copy", "move"])
def test_what_arrives_is_frozen_again(emulator: Emulator, name: str) -> None:
    prepare(emulator, "thawed")
    assert alone(emulator, OPERATIONS[name]) == 200
    stat = emulator.stat(PRIVATE, "other")
    assert (stat["type"], stat.get("restoreStatus")) == (2, None)
    assert fetch(emulator.url(PRIVATE, "other")).status == 403
    assert alone(emulator, f"restoreAr/{OTHER}/freezeAfterDays/1") == 200


@pytest.fixture
def far(emulator: Emulator, bucket: str) -> Iterator[str]:
    """A bucket in another region than the others."""
    name = f"{bucket}-far"
    emulator.manage("POST", f"/mkbucketv3/{name}/region/z2")
    yield name
    emulator.manage("POST", f"/drop/{name}")


@pytest.mark.parametrize("name", ["copy", "move"])
def test_no_region_takes_objects_of_another(emulator: Emulator, far: str, name: str) -> None:
    emulator.put(PUBLIC, "k", b"x")
    emulator.put(far, "k", b"x")
    with pytest.raises(EmulatorError, match=r"400 .*incorrect region"):
        emulator.manage("POST", f"/{name}/{PLACE}/{entry(far, 'copy')}")
    assert alone(emulator, f"{name}/{entry(far, 'k')}/{entry(far, 'copy')}") == 200
    assert emulator.keys(PUBLIC) == ["k"]
