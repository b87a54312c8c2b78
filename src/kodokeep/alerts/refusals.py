"""Refusals: DingTalk, WeCom and ServerChan answer 200 to what they do not take, and say so in the body only.

Apprise looks at the status alone, so that a wrong keyword or a robot that was removed would go unnoticed for ever. Here
the answers that a thread gets are kept, and read.

Source: their own pages on robots and error codes: `errcode` 0 is success (DingTalk, WeCom), `code` 0 is (ServerChan).
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests import PreparedRequest, Response, Session

CODES = {"dingtalk": ("errcode", "errmsg"), "wecombot": ("errcode", "errmsg"), "schan": ("code", "message")}
"""By Apprise's name of the service: the field that is 0 if all is well, and the one that says what is not."""

_heard = threading.local()
_plain_send = Session.send


def _send_and_hear(session: Session, request: PreparedRequest, **options: Any) -> Response:
    """Apprise makes its sessions itself and keeps the answers to itself; there is no other place to listen at."""
    answer = _plain_send(session, request, **options)
    if (answers := getattr(_heard, "answers", None)) is not None:
        answers.append(answer)
    return answer


Session.send = _send_and_hear  # type: ignore[assignment, method-assign]


@contextmanager
def answers_kept() -> Iterator[list[Response]]:
    """While entered, the answers that this thread gets are appended to the list."""
    _heard.answers = []
    try:
        yield _heard.answers
    finally:
        _heard.answers = None


def refusal(service: str, answers: list[Response]) -> str:
    """What the service says against the message in the last of its answers; empty if it took it."""
    if service not in CODES or not answers:
        return ""
    code, words = CODES[service]
    try:
        fields = json.loads(answers[-1].content)
        return f"refused with {code} {fields[code]}: {fields.get(words, '')}" if fields.get(code) else ""
    except (ValueError, AttributeError, TypeError):
        return ""
