"""Management calls as clients make them, and what they get back."""

import json
import urllib.parse
from typing import Any

from tests.emulator_process import Emulator, EmulatorError


def refused(emulator: Emulator, method: str, target: str, body: bytes = b"") -> tuple[int, str]:
    """Status and text of a refusal."""
    try:
        done = emulator.manage(method, target, body)
    except EmulatorError as error:
        return error.status, json.loads(error.body)["error"]
    raise AssertionError(f"{target} was not refused but answered {done}")


def form(**fields: object) -> bytes:
    """A form body; a list is given as a field that is repeated."""
    return urllib.parse.urlencode(fields, doseq=True).encode()


def send_json(emulator: Emulator, method: str, target: str, document: object) -> Any:
    """A signed call with a JSON body that is called one, as the Go SDK sends it."""
    body = json.dumps(document).encode()
    host = emulator.uc.removeprefix("http://")
    signed = f"{method} {target}\nHost: {host}\nContent-Type: application/json\n\n".encode() + body
    headers = {"Authorization": f"Qiniu {emulator.sign(signed)}", "Content-Type": "application/json"}
    return emulator.call(method, target, body, headers)


def info(emulator: Emulator, bucket: str) -> dict[str, Any]:
    """What `/v2/bucketInfo` says."""
    described: dict[str, Any] = emulator.manage("POST", f"/v2/bucketInfo?bucket={bucket}")
    return described


def domain(emulator: Emulator, bucket: str) -> str:
    """The URL of the domain of any bucket, also of one that was made later."""
    names: list[str] = emulator.manage("GET", f"/v2/domains?tbl={bucket}")
    return f"http://{names[0]}"
