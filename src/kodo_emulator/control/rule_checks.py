"""Fault rules that cannot work: each is refused with the number of the rule and the name of a field."""

import re
from collections.abc import Iterator, Sequence

from kodo_emulator.control.fault_rules import Rule, read_rules
from kodo_emulator.errors import KodoError

LISTINGS = frozenset({"list_empty_page", "list_stuck_marker", "list_cut", "list_duplicate", "list_disorder"})
DOWNLOADS = frozenset({"stale", "ignore_range"})
DISCOVERY = frozenset({"dead_domain"})
BATCHES = frozenset({"operation_status"})

HOSTS_OF = (
    (LISTINGS, frozenset({"rsf"})),
    (DOWNLOADS, frozenset({"io", "io_src"})),
    (DISCOVERY, frozenset({"uc", "api"})),
    (BATCHES, frozenset({"rs"})),
)
"""Effects that concern some hosts only."""

_ANSWERS = ("status", "json_error_200", "html_200", "token_expired")
_NEEDS_REAL_ANSWER = LISTINGS | DOWNLOADS | DISCOVERY | BATCHES | {"skew_s"}
_BODY_DAMAGE = ("reset_at", "truncate_at", "short_length", "alter_at", "slow_bytes_per_s", "gzip")
_CONTRADICTIONS = (
    ("reset_at", "truncate_at"),
    ("list_cut", "list_stuck_marker"),
    ("list_empty_page", "list_duplicate"),
    ("list_empty_page", "list_disorder"),
)
_FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})
_BODILESS = (204, 304)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")

Problem = tuple[str, str]
"""The field and what is wrong with it; no field where it is the rule as a whole."""


def read_working_rules(document: bytes) -> list[Rule]:
    """Rules from a JSON list that can all fire and do something.

    Raises:
        KodoError: 400, naming the rule, counted from 1, and the field that is wrong.
    """
    rules = read_rules(document)
    for number, rule in enumerate(rules, 1):
        problem = next(_problems(rule), None)
        if problem:
            field, text = problem
            place = f"rule {number}, {field}" if field else f"rule {number}"
            raise KodoError(400, f"invalid fault rules: {place}: {text}")
    return rules


def _problems(rule: Rule) -> Iterator[Problem]:
    yield from _in_matchers(rule)
    yield from _in_answers(rule)
    yield from _in_effects(rule)
    yield from _in_hosts(rule)
    yield from _in_headers(rule)


def _in_matchers(rule: Rule) -> Iterator[Problem]:
    try:
        re.compile(rule.path or "")
    except (re.error, OverflowError, RecursionError) as error:
        yield "path", str(error)
    if rule.seed is not None and rule.probability is None:
        yield "seed", "is for a probability"


def _in_answers(rule: Rule) -> Iterator[Problem]:
    answers = [name for name in _ANSWERS if name in rule.given]
    if len(answers) > 1:
        yield answers[1], f"cannot be together with {answers[0]}: each is an answer"
    if rule.body is not None and (not answers or answers == ["token_expired"]):
        yield "body", "needs status, json_error_200 or html_200"
    if rule.body and rule.status in _BODILESS:
        yield "body", f"status {rule.status} has none"
    real = _first(_NEEDS_REAL_ANSWER & rule.given)
    if answers and real:
        yield real, f"cannot be together with {answers[0]}, which makes the answer up"


def _in_effects(rule: Rule) -> Iterator[Problem]:
    if not rule.effects - {"body"}:
        yield "", "it has no effect"
    for one, other in _CONTRADICTIONS:
        if {one, other} <= rule.given:
            yield other, f"cannot be together with {one}"
    beside = _first(rule.effects - {"reset_request_at", "delay_s"})
    if "reset_request_at" in rule.given and beside:
        yield "reset_request_at", f"cannot be together with {beside}: there is no answer"
    damage = next((name for name in _BODY_DAMAGE if name in rule.given), None)
    if rule.method == "HEAD" and damage and rule.reset_at != 0:
        yield damage, "an answer to HEAD has no body"


def _in_hosts(rule: Rule) -> Iterator[Problem]:
    limited = [(_first(names & rule.given), hosts) for names, hosts in HOSTS_OF if names & rule.given]
    if len(limited) > 1:
        yield limited[1][0], f"cannot be together with {limited[0][0]}: no request is of both kinds"
    for name, hosts in limited:
        if rule.host is not None and rule.host not in hosts:
            yield "host", f"{name} concerns {_listed(sorted(hosts))} only"


def _in_headers(rule: Rule) -> Iterator[Problem]:
    for name, value in (rule.headers or {}).items():
        if not _TOKEN.fullmatch(name) or _UNPRINTABLE.search(value):
            yield "headers", f"this is no header: {name!r}: {value!r}"
        if name.lower() in _FRAMING:
            yield "headers", f"{name} follows from the body: see truncate_at and short_length"


def _first(names: frozenset[str]) -> str:
    return min(names, default="")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)
