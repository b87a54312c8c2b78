"""What several subjects need: uploads in one line, downloads by a stranger, refusals in one look."""

from pathlib import Path
from typing import Any

import qiniu
from qiniu.http import ResponseInfo

from tests.emulator.wire import Answer, fetch

DONE = (200, "", {})
"""The outcome of a success that has nothing to say: the SDK makes {} of an empty body."""


def upload(auth: qiniu.Auth, bucket: str, key: str, data: bytes = b"hello", **policy: Any) -> dict[str, Any]:
    """Put data with a token for just that key."""
    ret, info = qiniu.put_data(auth.upload_token(bucket, key, policy=policy), key, data)
    assert info.status_code == 200, info
    answer: dict[str, Any] = ret
    return answer


def domain(manager: qiniu.BucketManager, bucket: str) -> str:
    """The URL of a bucket's download domain, as the SDK tells it."""
    names, info = manager.list_domains(bucket)
    assert info.status_code == 200, info
    return f"http://{names[0]}"


def download(auth: qiniu.Auth, base: str, path: str, **headers: str) -> Answer:
    """A signed GET; `path` is percent-encoded."""
    return fetch(auth.private_download_url(f"{base}/{path}"), headers=headers)


def refusal(answer: tuple[Any, ...]) -> tuple[int, str]:
    """Status and text of an answer that is a refusal, in which the SDK has nothing to return."""
    ret, info = answer[0], answer[-1]
    assert ret is None
    assert isinstance(info, ResponseInfo)
    assert info.req_id
    document = info.json()
    assert set(document) >= {"error"}, info.text_body
    return info.status_code, document["error"]


def outcome(answer: tuple[Any, ResponseInfo]) -> tuple[int, str, Any]:
    """Status, body and what the SDK returns."""
    ret, info = answer
    return info.status_code, info.text_body, ret


def file_of(folder: Path, data: bytes, name: str = "file.bin") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)
