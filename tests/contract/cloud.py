"""A Kodo cloud over plain HTTP, emulated or real: what the contract suite says to either, and nothing more.

It shares no code with kodokeep and the emulator, so that a mistake in either shows. Every key begins with `prefix`:
nothing else in a bucket is touched.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.wire import Answer, fetch
from tests.emulator_process import b64url, entry

FORM = "application/x-www-form-urlencoded"
_TOKEN_LIFE_S = 3600


@dataclass(frozen=True, slots=True)
class Hosts:
    """URLs of a bucket's region, without a slash at the end."""

    up: str
    rs: str
    rsf: str
    io: str
    api: str
    io_src: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An uploaded object as its upload answered."""

    key: str
    hash: str


@dataclass(frozen=True, slots=True)
class Cloud:
    """One bucket of one account; `domain` is the URL of a download domain of the bucket."""

    uc: str
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str
    domain: str
    prefix: str
    hosts: Hosts

    def key(self, name: str) -> str:
        """A key of this run's own."""
        return self.prefix + name

    def sign(self, text: bytes) -> str:
        digest = hmac.new(self.secret_key.encode(), text, hashlib.sha1).digest()
        return f"{self.access_key}:{b64url(digest)}"

    # Management

    def manage(
        self, url: str, body: bytes = b"", *, method: str = "POST", content_type: str = FORM, date: str = ""
    ) -> Answer:
        """A request signed as all current SDKs sign (protocol §2.2); `date` is its X-Qiniu-Date, if it has one."""
        parts = urllib.parse.urlsplit(url)
        target = url.removeprefix(f"{parts.scheme}://{parts.netloc}")
        head = f"{method} {target}\nHost: {parts.netloc}\nContent-Type: {content_type}\n"
        dated = {"X-Qiniu-Date": date} if date else {}
        signed = "".join([head, *(f"{name}: {value}\n" for name, value in dated.items()), "\n"]).encode() + body
        headers = {"Authorization": f"Qiniu {self.sign(signed)}", "Content-Type": content_type, **dated}
        return fetch(url, method=method, headers=headers, body=body)

    def operate(self, operation: str, name: str, *more: str) -> Answer:
        """An rs operation on an object: `operation/E/more…`."""
        return self.manage("/".join([self.hosts.rs, operation, self.entry(name), *more]))

    def entry(self, name: str) -> str:
        return entry(self.bucket, self.key(name))

    def stat(self, name: str, *, parts: bool = False) -> Any:
        answer = self.manage(f"{self.hosts.rs}/stat/{self.entry(name)}{'?needparts=true' if parts else ''}")
        assert answer.status == 200, answer
        return answer.json()

    def batch(self, operations: Sequence[str]) -> Answer:
        body = "&".join(f"op={urllib.parse.quote(operation, safe='')}" for operation in operations).encode()
        return self.manage(f"{self.hosts.rs}/batch", body)

    def list(self, *, path: str = "/list", **parameters: object) -> Answer:
        """A page below the prefix, or the stream of `/v2/list`; `prefix` is relative to it."""
        query = {"bucket": self.bucket, **parameters, "prefix": self.prefix + str(parameters.get("prefix", ""))}
        return self.manage(f"{self.hosts.rsf}{path}?{urllib.parse.urlencode(query)}", method="GET")

    def names(self) -> Iterator[str]:
        """The names of everything below the prefix."""
        marker = ""
        while True:
            page = self.list(marker=marker).json()
            yield from (item["key"].removeprefix(self.prefix) for item in page["items"])
            marker = page.get("marker", "")
            if not marker:
                return

    def empty(self) -> None:
        """Delete everything below the prefix."""
        names = list(self.names())
        for start in range(0, len(names), 1000):
            self.batch([f"/delete/{self.entry(name)}" for name in names[start : start + 1000]])

    # Uploads

    def token(self, scope: str | None = None, **policy: Any) -> str:
        """An upload token; without a scope it permits new keys only."""
        document = {"scope": scope or self.bucket, "deadline": int(time.time()) + _TOKEN_LIFE_S, **policy}
        encoded = b64url(json.dumps(document).encode())
        return f"{self.sign(encoded.encode())}:{encoded}"

    def overwriting(self, name: str, **policy: Any) -> str:
        return self.token(f"{self.bucket}:{self.key(name)}", **policy)

    def post_form(
        self,
        fields: Mapping[str, str],
        data: bytes | None,
        *,
        mime: str = "application/octet-stream",
        file_name: str = "f",
    ) -> Answer:
        """A form upload of exactly these fields; `data` None leaves the file out."""
        boundary = secrets.token_hex(16)
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        )
        if data is not None:
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
            body += f"{head}Content-Type: {mime}\r\n\r\n".encode() + data + b"\r\n"
        body += f"--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return fetch(f"{self.hosts.up}/", method="POST", headers=headers, body=body)

    def put(self, name: str, data: bytes, **form: Any) -> Uploaded:
        """Upload, overwriting, with further members of the `policy`; gives what the upload answered."""
        fields = {
            "token": self.overwriting(name, **form.pop("policy", {})),
            "key": self.key(name),
            **form.pop("fields", {}),
        }
        answer = self.post_form(fields, data, **form)
        assert answer.status == 200, answer
        document = answer.json()
        return Uploaded(document["key"], document["hash"])

    def up(self, method: str, path: str, token: str, body: bytes = b"", **headers: str) -> Answer:
        """A request to the up host with an upload token."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers = {"Authorization": f"UpToken {token}", "Content-Type": "application/octet-stream", **named}
        return fetch(self.hosts.up + path, method=method, headers=all_headers, body=body)

    def uploads(self, name: str) -> str:
        """The path of resumable uploads of a key (protocol §5.3)."""
        return f"/buckets/{self.bucket}/objects/{b64url(self.key(name).encode())}/uploads"

    # Downloads

    def url(self, name: str, *, origin: bool = False, life_s: int = _TOKEN_LIFE_S, query: str = "") -> str:
        """A signed download URL."""
        base = self.hosts.io_src if origin else self.domain
        url = f"{base}/{urllib.parse.quote(self.key(name), safe='')}?{query}{'&' if query else ''}"
        url += f"e={int(time.time()) + life_s}"
        return f"{url}&token={self.sign(url.encode())}"

    def get(self, name: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, **url: Any) -> Answer:
        return fetch(self.url(name, **url), method=method, headers=headers or {})


def discover(uc: str, access_key: str, bucket: str) -> Hosts:
    """The hosts of a bucket by /v4/query (protocol §1.2); the scheme is that of `uc`."""
    query = urllib.parse.urlencode({"ak": access_key, "bucket": bucket})
    answer = fetch(f"{uc}/v4/query?{query}")
    assert answer.status == 200, f"discovery failed: {answer}"
    host = answer.json()["hosts"][0]
    scheme = uc.partition("://")[0]
    return Hosts(
        *(f"{scheme}://{host[service]['domains'][0]}" for service in ("up", "rs", "rsf", "io", "api", "io_src"))
    )


def marker_of(key: str) -> str:
    """The marker behind a key (protocol §3.2)."""
    return base64.urlsafe_b64encode(json.dumps({"c": 0, "k": key}, separators=(",", ":")).encode()).decode()
