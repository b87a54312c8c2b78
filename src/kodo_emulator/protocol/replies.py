"""How answers and refusals look on the wire (protocol §0)."""

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Request, Response

_JSON_HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


def json_response(status: int, value: object) -> Response:
    """A response with a JSON body."""
    return Response(status, _JSON_HEADERS, msgspec.json.encode(value))


def empty_response() -> Response:
    """The success of an operation that has nothing to say."""
    return Response(200, _JSON_HEADERS)


def error_response(request: Request, error: KodoError) -> Response:
    """The refusal as JSON; upload hosts say more. What it quotes from a header need not be Unicode."""
    message = error.message.encode("utf-8", "backslashreplace").decode()
    body: dict[str, object] = {"error": message}
    if request.role == "up":
        body |= {"code": error.status, "reqid": request.id, "details": [f"UP:4/{error.status}"]}
    return json_response(error.status, body)
