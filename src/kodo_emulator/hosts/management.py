"""What all management APIs share: signature, parameters from query or form, no unknown parameters (protocol §0, §2)."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.addresses import Addresses
from kodo_emulator.net.http1 import (
    Refusal,
    Request,
    Response,
    nothing_refused,
    parse_fields,
    read_body,
    split_path,
)
from kodo_emulator.net.routes import Handler
from kodo_emulator.protocol.auth import Keys, SignedRequest, check_management

# A batch of 1,000 copies between keys of 750 bytes, percent-encoded, fits.
_MAX_BODY_BYTES = 8 * 1024 * 1024
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Call:
    """A checked management request: path segments, parameters in the order they came, and a body that is no form.

    `refusal` is what fault rules say of the operations of a batch.
    """

    segments: list[str]
    pairs: list[tuple[str, str]]
    method: str = "POST"
    body: bytes = b""
    refusal: Refusal = nothing_refused

    def get(self, name: str, default: str = "") -> str:
        return next((value for pair_name, value in self.pairs if pair_name == name), default)

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a parameter that may be given several times."""
        return tuple(value for pair_name, value in self.pairs if pair_name == name)

    def required(self, name: str) -> str:
        """A parameter that must be given.

        Raises:
            KodoError: 400, naming it.
        """
        value = self.get(name)
        if not value:
            raise KodoError(400, f"missing parameter: {name}")
        return value


Answer = Callable[[Call], Response | Awaitable[Response]]


class Management:
    """Turns functions of a `Call`, plain or async, into handlers that refuse parameters they do not know."""

    def __init__(self, keys: Keys, clock: Clock, addresses: Addresses) -> None:
        self._keys = keys
        self._clock = clock
        self._addresses = addresses

    def signed(self, answer: Answer, parameters: Collection[str] = ()) -> Handler:
        """A handler that wants a Qiniu or QBox signature."""
        known = frozenset(parameters)

        async def handle(request: Request) -> Response:
            body = await self._read_signed(request)
            return await _result(answer(_call(request, known, form=_form(request, body))))

        return handle

    def signed_document(self, answer: Answer, parameters: Collection[str] = ()) -> Handler:
        """As `signed`, for calls whose body is a document (JSON), whatever content type the client gave it."""
        known = frozenset(parameters)

        async def handle(request: Request) -> Response:
            body = await self._read_signed(request)
            return await _result(answer(_call(request, known, body=body)))

        return handle

    def _ports(self) -> tuple[int, int]:
        return self._addresses.main, self._addresses.backup

    def public(self, answer: Answer, parameters: Collection[str]) -> Handler:
        """A handler that everybody may call."""
        known = frozenset(parameters)

        async def handle(request: Request) -> Response:
            body = await read_body(request.body, _MAX_BODY_BYTES)
            return await _result(answer(_call(request, known, form=_form(request, body))))

        return handle

    async def _read_signed(self, request: Request) -> bytes:
        """The body of a request whose signature is right.

        Raises:
            KodoError: 401, 403, 413.
        """
        body = await read_body(request.body, _MAX_BODY_BYTES)
        signed = SignedRequest(request.method, request.target, request.headers, body, self._ports())
        check_management(self._keys, signed, self._clock.seconds())
        return body


def _form(request: Request, body: bytes) -> bytes:
    """The body, if it is a form."""
    return body if request.headers.get("content-type", "").lower().startswith(_FORM) else b""


def _call(request: Request, known: frozenset[str], *, form: bytes = b"", body: bytes = b"") -> Call:
    """The parts of a request.

    Raises:
        KodoError: 400, an unknown parameter, or text that is none.
    """
    pairs = parse_fields(request.query) + parse_fields(form)
    for name, _ in pairs:
        if name not in known:
            raise KodoError(400, f"unknown parameter: {name}")
    return Call(split_path(request.path), pairs, request.method, body, request.refusal)


async def _result(answer: Response | Awaitable[Response]) -> Response:
    return answer if isinstance(answer, Response) else await answer
