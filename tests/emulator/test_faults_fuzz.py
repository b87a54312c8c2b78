"""Any rules at once: whatever is accepted breaks answers, never the emulator."""

import contextlib
import http.client
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.conftest import PUBLIC
from tests.emulator.vectors import content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)

OFFSETS = st.sampled_from([0, 1, 20, 400_000])
TRUE = st.just(True)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "host": st.sampled_from(["uc", "rs", "rsf", "up", "api", "io", "io_src"]),
    "method": st.sampled_from(["GET", "POST", "HEAD"]),
    "path": st.sampled_from(["k", "^/list", "^$", "x"]),
    "nth": st.one_of(st.integers(1, 3), st.lists(st.integers(1, 4), min_size=1, max_size=2)),
    "times": st.integers(1, 2),
    "probability": st.floats(0, 1),
    "seed": st.integers(0, 5),
    "delay_s": st.just(0),
    "skew_s": st.sampled_from([-1e9, -3600, 0, 3600, 1e9]),
    "status": st.sampled_from([200, 204, 206, 298, 302, 304, 401, 416, 573, 599, 999]),
    "body": st.sampled_from(["", "[]", "{}", '{"items":null}', "<html>"]),
    "headers": st.sampled_from([{"X-Reqid": "x"}, {"ETag": ""}, {"Content-Type": "é"}, {"Date": "x", "date": "y"}]),
    "anonymous": TRUE,
    "reset_request_at": OFFSETS,
    "reset_at": OFFSETS,
    "truncate_at": OFFSETS,
    "short_length": OFFSETS,
    "alter_at": OFFSETS,
    "slow_bytes_per_s": st.just(10**9),
    "json_error_200": TRUE,
    "html_200": TRUE,
    "token_expired": TRUE,
    "stale": TRUE,
    "ignore_range": TRUE,
    "gzip": TRUE,
    "dead_domain": st.sampled_from([True, "up", "io_src", "s3"]),
    "operation_status": st.sampled_from([201, 573, 999]),
    **dict.fromkeys(("list_empty_page", "list_stuck_marker", "list_cut", "list_duplicate", "list_disorder"), TRUE),
}
RULES = st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: FIELDS[name] for name in names})
)


def use_everything(emulator: Emulator) -> None:
    """One request of each kind; what comes of it does not matter."""
    calls = [
        lambda: emulator.put(PUBLIC, "k", content(1000)),
        lambda: emulator.put(PUBLIC, "k", content(300_000), parts=[300_000]),
        lambda: fetch(f"{emulator.domain(PUBLIC)}/k", headers={"Range": "bytes=5-9"}),
        lambda: fetch(f"{emulator.domain(PUBLIC)}/k", method="HEAD"),
        lambda: fetch(emulator.url(PUBLIC, "k", origin=True)),
        lambda: emulator.page(PUBLIC),
        lambda: emulator.manage("POST", "/list", f"bucket={PUBLIC}&limit=1&delimiter=/".encode()),
        lambda: emulator.stat(PUBLIC, "k"),
        lambda: emulator.manage("POST", "/batch", b"op=/stat/x"),
        lambda: emulator.manage("GET", f"/v3/domains?tbl={PUBLIC}"),
        lambda: fetch(f"{emulator.uc}/v4/query?ak={emulator.access_key}&bucket={PUBLIC}"),
    ]
    for call in calls:
        with contextlib.suppress(
            EmulatorError, ConnectionError, http.client.HTTPException, ValueError, KeyError, TypeError
        ):
            call()
        emulator.disconnect()


@given(rules=st.lists(RULES, max_size=4))
@relaxed
def test_any_rules(emulator: Emulator, rules: list[dict[str, Any]]) -> None:
    accepted = []
    for rule in rules:
        answer = fetch(f"{emulator.uc}/_emulator/faults", method="POST", body=json.dumps([rule]).encode())
        assert answer.status in {200, 400}
        if answer.status == 200:
            accepted.append(rule)
        else:
            assert answer.error().startswith("invalid fault rules: rule 1")
    emulator.faults(accepted)
    use_everything(emulator)
    shown = [rule["rule"] for rule in emulator.rules()]
    assert [{**rule, "dead_domain": rule.get("dead_domain", False)} for rule in shown] == [
        {**rule, "dead_domain": rule.get("dead_domain", False)} for rule in accepted
    ]
    emulator.clear_faults()
    emulator.put(PUBLIC, "k", b"new")
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"new"
    assert "Traceback" not in emulator.stderr_path.read_text()
