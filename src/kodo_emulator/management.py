"""What all management APIs share: signature, parameters from query or form, no unknown parameters (protocol §0, §2)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from kodo_emulator.auth import Keys, SignedRequest, check_management
from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.http1 import Request, Response, parse_fields, read_body
from kodo_emulator.routes import Handler

# A batch of 1,000 copies between keys of 750 bytes, percent-encoded, fits.
_MAX_BODY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A checked management request: its path segments and its parameters, in the order they came."""

    segments: list[str]
    pairs: list[tuple[str, str]]

    def get(self, name: str, default: str = "") -> str:
        return next((value for pair_name, value in self.pairs if pair_name == name), default)

    def required(self, name: str) -> str:
        """A parameter that must be given.

        Raises:
            KodoError: 400, naming it.
        """
        value = self.get(name)
        if not value:
            raise KodoError(400, f"missing parameter: {name}")
        return value


class Management:
    """Turns functions of a `Call` into handlers."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def signed(self, answer: Callable[[Call], Response], parameters: Collection[str] = ()) -> Handler:
        """A handler that wants a Qiniu or QBox signature and refuses parameters it does not know."""
        known = frozenset(parameters)

        async def handle(request: Request) -> Response:
            body = await read_body(request.body, _MAX_BODY_BYTES)
            signed = SignedRequest(request.method, request.target, request.headers, body)
            check_management(self._keys, signed, self._clock.seconds())
            return answer(_read_call(request, body, known))

        return handle

    def public(self, answer: Callable[[Call], Response], parameters: Collection[str]) -> Handler:
        """A handler that everybody may call."""
        known = frozenset(parameters)

        async def handle(request: Request) -> Response:
            body = await read_body(request.body, _MAX_BODY_BYTES)
            return answer(_read_call(request, body, known))

        return handle


def flag(text: str) -> bool:
    """A true/false parameter; empty means false.

    Raises:
        KodoError: 400.
    """
    match text:
        case "true" | "1":
            return True
        case "" | "false" | "0":
            return False
        case _:
            raise KodoError(400, "invalid argument")


def split_path(path: bytes) -> list[str]:
    """The decoded segments of a path, its leading slash aside.

    Raises:
        KodoError: 400, a segment is not UTF-8.
    """
    try:
        return [unquote_to_bytes(segment).decode() for segment in path.removeprefix(b"/").split(b"/")]
    except UnicodeDecodeError as error:
        raise KodoError(400, "invalid argument") from error


def _read_call(request: Request, body: bytes, known: frozenset[str]) -> Call:
    pairs = parse_fields(request.query)
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        pairs += parse_fields(body)
    for name, _ in pairs:
        if name not in known:
            raise KodoError(400, f"unknown parameter: {name}")
    return Call(split_path(request.path), pairs)
