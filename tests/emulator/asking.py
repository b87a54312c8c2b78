"""Management calls as clients make them, and what they get back."""

import json
import urllib.parse
from collections.abc import Sequence
from typing import Any

from tests.emulator_process import Emulator, EmulatorError, b64url


def refused(emulator: Emulator, method: str, target: str, body: bytes = b"") -> tuple[int, str]:
    """Status and text of a refusal."""
    try:
        done = emulator.manage(method, target, body)
    except EmulatorError as error:
        return error.status, json.loads(error.body)["error"]
    raise AssertionError(f"{target} was not refused but answered {done}")


def operate(emulator: Emulator, *segments: object) -> Any:
    """A signed POST to the path of these segments, as rs and io operations are asked for."""
    return emulator.manage("POST", _path(segments))


def refusal(emulator: Emulator, *segments: object) -> tuple[int, str]:
    """Status and text of the refusal of an operation."""
    return refused(emulator, "POST", _path(segments))


def _path(segments: Sequence[object]) -> str:
    return "".join(f"/{segment}" for segment in segments)


def b64(text: str) -> str:
    """A text as path segments carry it."""
    return b64url(text.encode())


def form(**fields: object) -> bytes:
    """A form body; a list is given as a field that is repeated."""
    return urllib.parse.urlencode(fields, doseq=True).encode()


def send_json(emulator: Emulator, method: str, target: str, document: object) -> Any:
    """A signed call with a JSON body that is called one, as the Go SDK sends it."""
    body = json.dumps(document).encode()
    return emulator.call(method, target, body, emulator.signed(method, target, body, "application/json"))


def info(emulator: Emulator, bucket: str) -> dict[str, Any]:
    """What `/v2/bucketInfo` says."""
    described: dict[str, Any] = emulator.manage("POST", f"/v2/bucketInfo?bucket={bucket}")
    return described


def domain(emulator: Emulator, bucket: str) -> str:
    """The URL of the domain of any bucket, also of one that was made later."""
    names: list[str] = emulator.manage("GET", f"/v2/domains?tbl={bucket}")
    return f"http://{names[0]}"


def origin(emulator: Emulator, bucket: str) -> str:
    """The URL of the origin host of any bucket."""
    answer = emulator.call("GET", f"/v4/query?ak={emulator.access_key}&bucket={bucket}")
    return f"http://{answer['hosts'][0]['io_src']['domains'][0]}"


def set_everything(emulator: Emulator, bucket: str) -> None:
    """Give a bucket something else than the default for all that can be set of one."""
    for method, target, body in (
        ("POST", f"/maxAge?bucket={bucket}&maxAge=5", b""),
        ("POST", f"/private?bucket={bucket}&private=1", b""),
        ("POST", f"/accessMode/{bucket}/mode/1", b""),
        ("POST", f"/noIndexPage?bucket={bucket}&noIndexPage=0", b""),
        ("POST", f"/image/{bucket}/from/{b64url(b'http://127.0.0.1:1')}/host/{b64url(b'h.example')}", b""),
        ("POST", f"/referAntiLeech?bucket={bucket}&mode=1&pattern=a.example&source_enabled=1", b""),
        ("POST", f"/setbucketquota/{bucket}/size/1000/count/100", b""),
        ("POST", "/rules/add", form(bucket=bucket, name="r", prefix="p", delete_after_days=1)),
        ("POST", "/events/add", form(bucket=bucket, name="e", event="put", callbackURL="http://a.example")),
        ("POST", f"/corsRules/set/{bucket}", b'[{"allowed_origin": ["*"], "allowed_method": ["GET"]}]'),
        ("PUT", f"/bucketTagging?bucket={bucket}", b'{"Tags": [{"Key": "k", "Value": "v"}]}'),
        ("PUT", f"/buckets/{bucket}?remark", b'{"remark": "seen"}'),
    ):
        emulator.manage(method, target, body)
    emulator.call("POST", "/_emulator/anti-leech", json.dumps({"bucket": bucket, "keys": ["one", "two"]}).encode())


def everything(emulator: Emulator, bucket: str) -> list[Any]:
    """All that can be asked of the settings of a bucket, but when it was made."""
    lists = ("/rules/get?bucket={}", "/events/get?bucket={}", "/corsRules/get/{}", "/bucketTagging?bucket={}")
    asked = [emulator.manage("GET", target.format(bucket)) for target in (*lists, "/getbucketquota/{}")]
    return [{name: value for name, value in info(emulator, bucket).items() if name != "ctime"}, *asked]
