"""The page of the emulator tells of every route, and its table knows no others."""

import re
from pathlib import Path

from kodo_emulator.app import Emulator
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.store.memory import MemoryStore

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text()
VERDICTS = {"full", "partial", "refused"}


def table_rows() -> list[tuple[str, set[str], str]]:
    """Host, routes and verdict of each row."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("|")]
    return [(row[0], set(re.findall(r"`(/[^`]*)`", row[1])), row[2]) for row in cells if len(row) == 4 and row[2] != ""]


def routes(table: RouteTable) -> set[tuple[str, str]]:
    """Host and path of each route, prefixes as the page spells them."""
    exact = {(route.role, path.decode()) for path, route in table._exact.items()}
    below = {(route.role, path.decode() + "…") for path, route in table._prefixes.items()}
    parents = {(route.role, f"{path.decode()}/<bucket>") for path, route in table._parents.items()}
    return exact | below | parents


def test_every_route_is_told_with_a_verdict() -> None:
    emulator = Emulator(MemoryStore(), Keys("a", "s"))
    answered = {(role, path) for role, path in routes(emulator._routes(None, None)) if role != "control"}  # type: ignore[arg-type]
    told = {(host, path.replace("<bucket>?remark", "<bucket>")) for host, paths, _ in table_rows() for path in paths}
    told = {(host, path) for host, path in told if "?" not in path}
    assert answered == told
    assert {verdict for _, _, verdict in table_rows() if verdict != "---"} == VERDICTS


def test_every_control_route_is_told() -> None:
    emulator = Emulator(MemoryStore(), Keys("a", "s"))
    for role, path in routes(emulator._routes(None, None)):  # type: ignore[arg-type]
        if role == "control":
            assert path in PAGE
