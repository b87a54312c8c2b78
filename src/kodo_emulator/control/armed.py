"""When a fault rule fires: which requests it concerns, and its counters."""

import random
import re
from collections.abc import Sequence

from kodo_emulator.control.dead_domains import names_hosts
from kodo_emulator.control.fault_rules import Rule
from kodo_emulator.control.rule_checks import HOSTS_OF
from kodo_emulator.control.subjects import BATCH
from kodo_emulator.net.http1 import Request


class ArmedRule:
    """A rule with its counters; `number` counts the rules from 1."""

    def __init__(self, number: int, rule: Rule) -> None:
        self.number = number
        self.rule = rule
        self.matched = 0
        self.fired = 0
        self._path = re.compile(rule.path) if rule.path is not None else None
        self._random = random.Random(rule.seed or 0)  # noqa: S311 -- repeatable on purpose
        self._numbers = frozenset([rule.nth] if isinstance(rule.nth, int) else rule.nth or ())
        self._hosts = next((hosts for names, hosts in HOSTS_OF if names & rule.given), None)

    def concerns_operation(self, subjects: Sequence[str]) -> bool:
        """Whether an operation of a batch, of which these are the subjects, is one that the rule speaks of."""
        return self._path is None or any(self._path.search(text) for text in subjects)

    def searches(self, request: Request) -> bool:
        """Whether it depends on the path if this rule fires."""
        return self._path is not None and self._concerns(request)

    def fires(self, request: Request, subjects: Sequence[str]) -> bool:
        """Whether the rule fires for this request; each call counts. Its path is searched in `subjects`."""
        rule = self.rule
        if not self._concerns(request):
            return False
        if self._path is not None and not any(self._path.search(text) for text in subjects):
            return False
        self.matched += 1
        if self._numbers and self.matched not in self._numbers:
            return False
        if rule.times is not None and self.fired >= rule.times:
            return False
        if rule.probability is not None and self._random.random() >= rule.probability:
            return False
        self.fired += 1
        return True

    def _concerns(self, request: Request) -> bool:
        """Whether all fits but the path."""
        rule = self.rule
        if rule.host not in {None, request.role} or rule.method not in {None, request.method}:
            return False
        if self._hosts is not None and request.role not in self._hosts:
            return False
        if rule.token_expired and not _carries_token(request):
            return False
        if rule.operation_status is not None and request.path != BATCH:
            return False
        return rule.dead_service is None or names_hosts(request.path, rule.dead_service)


def _carries_token(request: Request) -> bool:
    match request.role:
        case "up":
            return "authorization" in request.headers or (request.method, request.path) == ("POST", b"/")
        case "io" | "io_src":
            return b"token=" in request.query or "authorization" in request.headers
        case _:
            return "authorization" in request.headers
