"""Who may embed what a bucket's domain serves: referer lists and timestamp signatures (protocol §2.6)."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kodo_emulator.errors import KodoError

_ALLOW_LIST = 1
_REFERER_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#]*@)?(\[[^\]/?#]*\]|[^:/?#]*)")
_HEX_DEADLINE = re.compile(rb"[0-9a-fA-F]{1,16}")


@dataclass(frozen=True, slots=True)
class RefererList:
    """An allow list (mode 1) or deny list (mode 2) of hosts, ready to be asked.

    `hosts` are names, `suffixes` come from patterns such as `*.example.com`, `everyone` from the pattern `*`.
    """

    allows: bool
    hosts: frozenset[str]
    suffixes: tuple[str, ...]
    everyone: bool
    allow_empty: bool

    def permits(self, referer: str) -> bool:
        """Whether a request with this Referer header (empty: without one) may be answered."""
        if not referer.strip():
            return self.allow_empty
        host = _host(referer)
        listed = self.everyone or host in self.hosts or host.endswith(self.suffixes)
        return listed == self.allows


def referer_list(mode: int, patterns: Sequence[str], *, allow_empty: bool) -> RefererList | None:
    """The list that a bucket's settings describe; None where mode 0 switches it off.

    Patterns are a host, `*.host` or `*` [GO storage/uc.go]. `*.host` does not cover the host itself
    [unv referer-wildcard-host].
    """
    if mode == 0:
        return None
    names = [pattern.strip().lower() for pattern in patterns]
    return RefererList(
        allows=mode == _ALLOW_LIST,
        hosts=frozenset(name for name in names if name and "*" not in name),
        suffixes=tuple(name[1:] for name in names if name.startswith("*.") and len(name) > len("*.")),
        everyone="*" in names,
        allow_empty=allow_empty,
    )


def check_timestamp(secrets: Sequence[str], path: bytes, query: bytes, now_s: float) -> None:
    """Accept `sign` and `t`: the MD5 of a secret, the path as it was sent, and the deadline in hex.

    The rest of the query is not signed; both may stand anywhere in it [unv timestamp-parameters].

    Raises:
        KodoError: 403, they are missing, wrong or expired.
    """
    fields = query.split(b"&")
    sign, deadline = _first(fields, b"sign="), _first(fields, b"t=")
    known = [hashlib.md5(secret.encode() + path + deadline, usedforsecurity=False).hexdigest() for secret in secrets]
    if not _HEX_DEADLINE.fullmatch(deadline) or not any(hmac.compare_digest(sign, text.encode()) for text in known):
        raise KodoError(403, "invalid timestamp signature")  # [unv timestamp-refused-text]
    if int(deadline, 16) < now_s:
        raise KodoError(403, "timestamp signature expired")  # [unv timestamp-refused-text]


def _host(referer: str) -> str:
    """The host in a URL, without its port; empty where there is none."""
    match = _REFERER_HOST.match(referer.strip())
    return match[1].lower() if match else ""


def _first(fields: Sequence[bytes], start: bytes) -> bytes:
    return next((field.removeprefix(start) for field in fields if field.startswith(start)), b"")
