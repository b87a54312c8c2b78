"""The route table: which path and method belongs to which handler. Paths are matched as they came, never normalised."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Request, Response

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and the host role it plays (uc, rs, rsf, up, io, io_src, control)."""

    role: str
    methods: frozenset[str]
    handler: Handler


@dataclass(slots=True)
class RouteTable:
    """Routes by exact path, by a prefix and one segment more, or by a prefix that ends with a slash."""

    _exact: dict[bytes, Route] = field(default_factory=dict)
    _parents: dict[bytes, Route] = field(default_factory=dict)
    _prefixes: dict[bytes, Route] = field(default_factory=dict)

    def add(self, role: str, methods: str, path: str, handler: Handler) -> None:
        """`methods` are separated by spaces. `/…` at the end takes everything below, `/*` takes just one segment."""
        route = Route(role, frozenset(methods.split()), handler)
        if path.endswith("/…"):
            self._prefixes[path.removesuffix("…").encode()] = route
        elif path.endswith("/*"):
            self._parents[path.removesuffix("/*").encode()] = route
        else:
            self._exact[path.encode()] = route

    def resolve(self, request: Request) -> Route:
        """The route of a request.

        Raises:
            KodoError: 404 for an unknown path, 405 for a method that the path does not take.
        """
        known = False
        for route in self._routes_of(request.path):
            if request.method in route.methods:
                return route
            known = True
        shown = request.path.decode("utf-8", "backslashreplace")
        if known:
            raise KodoError(405, f"method not allowed: {request.method} {shown}")
        raise KodoError(404, f"no such route in this emulator: {request.method} {shown}")

    def _routes_of(self, path: bytes) -> Iterator[Route]:
        """The routes that a path fits, the closest first; the next one gets the methods that a closer one lacks."""
        if route := self._exact.get(path):
            yield route
        if route := self._parents.get(path.rpartition(b"/")[0]):
            yield route
        if route := self._below(path):
            yield route

    def _below(self, path: bytes) -> Route | None:
        # Prefixes have one or two segments: try the longer one first.
        end = path.find(b"/", 1) + 1
        longer_end = path.find(b"/", end) + 1 if end else 0
        return self._prefixes.get(path[:longer_end]) or self._prefixes.get(path[:end])


class OneRoute:
    """A listener where every path is an object: the routes of a bucket's domain."""

    def __init__(self, role: str, handler: Handler) -> None:
        self._route = Route(role, frozenset({"GET", "HEAD", "OPTIONS"}), handler)

    def resolve(self, request: Request) -> Route:
        """The one route.

        Raises:
            KodoError: 405.
        """
        request.role = self._route.role
        if request.method not in self._route.methods:
            raise KodoError(405, f"method not allowed: {request.method}")
        return self._route
