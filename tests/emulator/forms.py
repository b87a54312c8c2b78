"""Form uploads, part by part, for tests."""

from tests.emulator.wire import Answer, fetch
from tests.emulator_process import Emulator

BOUNDARY = "frontier"


def form(*parts: tuple[str, bytes] | tuple[str, bytes, str]) -> bytes:
    """A form body; a part with a third member is a file with that header line."""
    body = b""
    for name, value, *extra in parts:
        file_name = b'; filename="f"' if name == "file" else b""
        body += b'--%b\r\nContent-Disposition: form-data; name="%b"%b\r\n' % (
            BOUNDARY.encode(),
            name.encode(),
            file_name,
        )
        body += b"".join(line.encode() + b"\r\n" for line in extra) + b"\r\n" + value + b"\r\n"
    return body + b"--%b--\r\n" % BOUNDARY.encode()


def post(emulator: Emulator, body: bytes) -> Answer:
    return fetch(
        emulator.uc, method="POST", body=body, headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    )


def upload(emulator: Emulator, token: str, key: str | None, data: bytes, *parts: tuple[str, bytes]) -> Answer:
    fields = [("token", token.encode()), *([] if key is None else [("key", key.encode())]), *parts]
    return post(emulator, form(*fields, ("file", data)))
