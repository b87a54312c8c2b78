"""From routes to responses: errors become JSON, faults strike, and every exchange is stamped and recorded."""

import itertools
import logging
import secrets
from dataclasses import replace
from typing import Protocol

from kodo_emulator.clock import Clock
from kodo_emulator.control.faults import Faults
from kodo_emulator.control.request_log import RequestLog
from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Request, Response, Stamp, Traffic, http_date
from kodo_emulator.net.routes import Handler, Route
from kodo_emulator.protocol.replies import error_response

_log = logging.getLogger(__name__)


class Routes(Protocol):
    """What finds the route of a request, or refuses it with a KodoError."""

    def resolve(self, request: Request) -> Route: ...


class RequestIds:
    """X-Reqid values: unique, and short enough to read in a log."""

    def __init__(self) -> None:
        self._prefix = secrets.token_urlsafe(6)
        self._numbers = itertools.count(1)

    def next(self) -> str:
        return f"{self._prefix}{next(self._numbers):08x}"


class ListenerFront:
    """Answers the requests of one listener; a `server.Front`."""

    def __init__(self, routes: Routes, faults: Faults, log: RequestLog, clock: Clock, ids: RequestIds) -> None:
        self._routes = routes
        self._faults = faults
        self._log = log
        self._clock = clock
        self._ids = ids

    def new_id(self) -> str:
        return self._ids.next()

    async def answer(self, request: Request) -> Response:
        try:
            route = self._routes.resolve(request)
        except KodoError as error:
            return error_response(request, error)
        request.role = route.role
        if route.role == "control" or not self._faults.active:
            return await _guarded(route.handler, request)

        async def struck(request: Request) -> Response:
            return await self._faults.strike(request, lambda changed: _guarded(route.handler, changed))

        return await _guarded(struck, request)

    def stamp(self, request: Request) -> Stamp:
        return Stamp(request.id, request.role, http_date(int(self._clock.seconds() + request.skew_s)))

    def delivered(self, request: Request, response: Response | None, traffic: Traffic) -> None:
        self._log.record(request, response.status if response else 0, traffic)

    def malformed(self, request: Request, reason: str) -> Response:
        return replace(error_response(request, KodoError(400, f"malformed request: {reason}")), close=True)


async def _guarded(handler: Handler, request: Request) -> Response:
    try:
        return await handler(request)
    except KodoError as error:
        return error_response(request, error)
    except ConnectionError:
        raise
    except Exception:  # noqa: BLE001 -- one broken request must not end the server
        _log.exception("%s %r failed", request.method, request.target)
        return error_response(request, KodoError(599, "unexpected failure in the emulator"))
