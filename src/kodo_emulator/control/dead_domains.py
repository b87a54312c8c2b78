"""Answers that name hosts nobody can resolve: below `.invalid`, which will never exist (RFC 6761)."""

import re
from typing import Any

_DOMAIN_LISTS = (b"/v2/domains", b"/v3/domains", b"/v6/domain/list")
_DISCOVERY_END = b"/query"
_DOWNLOADS = "io"
_HOST = re.compile(r"(\[.*\]|[^:]*)(:\d+)?")


def names_hosts(path: bytes, service: str) -> bool:
    """Whether the answer to this path of uc or api names hosts of a service (protocol §1.2, §1.3, §1.5)."""
    return path.endswith(_DISCOVERY_END) or (service == _DOWNLOADS and path in _DOMAIN_LISTS)


def bury(answer: Any, service: str) -> Any:
    """An answer of discovery, or a list of domains, with dead names instead of the service's."""
    if isinstance(answer, list):
        return [
            _dead(entry) if isinstance(entry, str) else {**entry, "domain": _dead(entry["domain"])} for entry in answer
        ]
    if isinstance(answer.get("hosts"), list):
        return {**answer, "hosts": [bury(region, service) for region in answer["hosts"]]}
    return {name: _all_dead(value) if name == service else value for name, value in answer.items()}


def _all_dead(value: Any) -> Any:
    """With every name in a list dead; what stands elsewhere is no host."""
    if isinstance(value, dict):
        return {name: _all_dead(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_dead(entry) if isinstance(entry, str) else _all_dead(entry) for entry in value]
    return value


def _dead(host: str) -> str:
    """Still a name of its own, and the port stays."""
    match = _HOST.match(host)
    assert match, "it fits every text"
    name, port = match.groups(default="")
    return f"{name.strip('[]').replace(':', '-')}.invalid{port}"
