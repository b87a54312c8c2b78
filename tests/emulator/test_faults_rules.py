"""Rules that make no sense, or could never work: refused, naming the rule and the field."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kodo_emulator.cli import main
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

OK = {"status": 500}


def refusal(emulator: Emulator, document: bytes) -> str:
    answer = fetch(f"{emulator.uc}/_emulator/faults", method="POST", body=document)
    assert answer.status == 400
    return answer.error()


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"surprise": 1, "status": 500}, "surprise"),
        ({"host": "moon", "status": 500}, "host"),
        ({"method": "get", "status": 500}, "method"),
        ({"path": "(", "status": 500}, "path"),
        ({"nth": 0, "status": 500}, "nth"),
        ({"nth": [], "status": 500}, "nth"),
        ({"nth": [1, 0], "status": 500}, "nth"),
        ({"times": 0, "status": 500}, "times"),
        ({"probability": 1.1, "status": 500}, "probability"),
        ({"seed": 1, "status": 500}, "seed"),
        ({"delay_s": -1}, "delay_s"),
        ({"skew_s": 1e300}, "skew_s"),
        ({"status": "x"}, "status"),
        ({"status": 100}, "status"),
        ({"reset_at": -1}, "reset_at"),
        ({"slow_bytes_per_s": 0}, "slow_bytes_per_s"),
        ({"dead_domain": "moon"}, "dead_domain"),
        ({"headers": {"a b": "c"}}, "headers"),
        ({"headers": {"": "c"}}, "headers"),
        ({"headers": {"a": "b\r\nc: d"}}, "headers"),
        ({"headers": {"content-length": "1"}}, "headers"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "headers"),
        ({"body": "x"}, "body"),
        ({"body": "x", "delay_s": 1}, "body"),
        ({"body": "x", "token_expired": True}, "body"),
        ({"body": "x", "status": 204}, "body"),
    ],
    ids=json.dumps,
)
def test_the_field_is_named(emulator: Emulator, rule: dict[str, Any], field: str) -> None:
    text = refusal(emulator, json.dumps([OK, rule, OK]).encode())
    assert text.startswith("invalid fault rules: rule 2")
    assert field in text


@pytest.mark.parametrize(
    "rule",
    [
        {"status": 500, "html_200": True},
        {"status": 500, "json_error_200": True},
        {"html_200": True, "token_expired": True},
        {"status": 500, "stale": True},
        {"html_200": True, "ignore_range": True},
        {"json_error_200": True, "list_cut": True},
        {"status": 200, "dead_domain": True},
        {"token_expired": True, "skew_s": 1},
        {"reset_at": 1, "truncate_at": 2},
        {"list_cut": True, "list_stuck_marker": True},
        {"list_empty_page": True, "list_disorder": True},
        {"list_empty_page": True, "list_duplicate": True},
        {"list_cut": True, "stale": True},
        {"dead_domain": "up", "list_cut": True},
        {"reset_request_at": 1, "status": 500},
        {"reset_request_at": 1, "gzip": True},
    ],
    ids=json.dumps,
)
def test_effects_that_exclude_each_other(emulator: Emulator, rule: dict[str, Any]) -> None:
    text = refusal(emulator, json.dumps([rule]).encode())
    assert text.startswith("invalid fault rules: rule 1, ")
    one, other = rule
    assert one in text
    assert other in text


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"host": "rs", "stale": True}, "host: stale concerns io and io_src only"),
        ({"host": "io", "list_cut": True}, "host: list_cut concerns rsf only"),
        ({"host": "io", "dead_domain": True}, "host: dead_domain concerns api and uc only"),
        ({"host": "up", "operation_status": 573}, "host: operation_status concerns rs only"),
        ({"method": "HEAD", "truncate_at": 1}, "truncate_at: an answer to HEAD has no body"),
        ({"host": "io"}, "it has no effect"),
        ({}, "it has no effect"),
    ],
    ids=json.dumps,
)
def test_rules_that_could_never_do_anything(emulator: Emulator, rule: dict[str, Any], words: str) -> None:
    assert words in refusal(emulator, json.dumps([rule]).encode())


@pytest.mark.parametrize(
    ("document", "words"),
    [(b"{}", "array"), (b"[", "truncated"), (b"[1]", "rule 1: "), (b'"\xff"', ""), (b"", "truncated")],
)
def test_what_is_no_list_of_rules(emulator: Emulator, document: bytes, words: str) -> None:
    assert words in refusal(emulator, document)


def test_a_refused_list_changes_nothing(emulator: Emulator) -> None:
    emulator.faults([OK])
    refusal(emulator, json.dumps([{"delay_s": 1}, {}]).encode())
    assert [rule["rule"] for rule in emulator.rules()] == [OK]


def test_a_file_is_refused_in_the_same_words(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([OK, {"status": 500, "stale": True}]))
    result = CliRunner().invoke(main, ["serve", f"--faults={file}"])
    assert result.exit_code == 2
    assert f"{file}: invalid fault rules: rule 2, stale: cannot be together with status" in result.output.replace(
        "\n", " "
    )
