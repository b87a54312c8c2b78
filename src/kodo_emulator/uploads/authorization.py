"""The upload token in the Authorization header (protocol §2). Forms carry theirs in a field."""

from kodo_emulator.errors import KodoError
from kodo_emulator.net.http1 import Request
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.policy import Policy, read_policy


def header_policy(keys: Keys, request: Request) -> Policy:
    """The policy of the token that a request shows.

    Raises:
        KodoError: 401, and as `read_policy`.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "UpToken":
        raise KodoError(401, "token not specified")
    return read_policy(keys, token)


def refuse_query(request: Request) -> None:
    """Uploads take no parameters in the query.

    Raises:
        KodoError: 400, naming them.
    """
    if request.query:
        raise KodoError(400, f"unknown parameter: {request.query.decode('utf-8', 'backslashreplace')}")
