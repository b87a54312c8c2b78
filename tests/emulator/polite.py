"""What any answer of the emulator has to be, whatever it was asked, and what to ask it in tests that make things up."""

import json

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.emulator_process import Emulator

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)

header_text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=10), inner, max_size=3)),
    max_leaves=6,
)


def signed(emulator: Emulator, method: str, target: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """What a signed management request is answered, refusal or not."""
    return emulator.request(method, target, body, emulator.signed(method, target, body))


def assert_polite(answer: tuple[int, dict[str, str], bytes], *, may_succeed: bool = False) -> None:
    status, headers, body = answer
    assert headers["x-reqid"]
    assert "x-log" in headers
    if may_succeed and status in {200, 206, 298, 304, 579}:  # 579: stored, but the callback failed.
        return
    assert 400 <= status < 500 or 600 <= status < 800, (status, body)
    assert isinstance(json.loads(body)["error"], str)
