"""Runs `kodo-emulator serve` for tests, and speaks to it over plain HTTP, independent of both packages."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_START_TIMEOUT_S = 30.0
_POLL_S = 0.005
_STOP_TIMEOUT_S = 30.0
_TOKEN_LIFE_S = 3600
_KEEP_ALIVE_S = 30.0


class EmulatorError(Exception):
    """The emulator did not start, or refused what a test asked for: `status` and `body` are its answer."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"{status} {body.decode(errors='replace')}")
        self.status = status
        self.body = body


class Emulator:
    """A running emulator with a data directory of its own, or one that is given and kept, or all in memory.

    `buckets` are NAME or NAME:private. By default uploads are not synced to disk, which is
    faster; `options` are further
    command line options.
    """

    def __init__(
        self,
        *buckets: str,
        data: Path | None = None,
        memory: bool = False,
        options: Sequence[str] = ("--no-sync",),
    ) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="emulator-")
        root = Path(self._scratch.name)
        self.data = data or root / "data"
        ready_file = root / "ready.json"
        command = [
            sys.executable,
            "-m",
            "kodo_emulator.cli",
            "serve",
            "--memory" if memory else f"--data={self.data}",
            f"--ready-file={ready_file}",
        ]
        self.stderr_path = root / "stderr"
        with self.stderr_path.open("wb") as stderr:
            self.process = subprocess.Popen(
                [*command, *(f"--bucket={bucket}" for bucket in buckets), *options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        self.facts = self._wait_until_ready(ready_file)
        self.uc: str = self.facts["uc"]
        self.access_key: str = self.facts["access_key"]
        self.secret_key: str = self.facts["secret_key"]
        self._last_request_s = time.monotonic()
        self._connection = http.client.HTTPConnection(self.uc.removeprefix("http://"), timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """End the server as Ctrl-C does and give its exit code. Safe to call twice."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self._wait()
        self._connection.close()
        self._scratch.cleanup()
        return code

    def kill(self) -> None:
        """End the server as a crash does. A given data directory stays."""
        self.process.kill()
        self._wait()
        self._connection.close()
        self._scratch.cleanup()

    def domain(self, bucket: str) -> str:
        """The URL of the bucket's download domain, without a slash at the end."""
        url: str = self.facts["buckets"][bucket]["domain"]
        return url

    def io_src(self, bucket: str) -> str:
        """The URL of the bucket's origin host, where every download must be signed."""
        url: str = self.facts["buckets"][bucket]["io_src"]
        return url

    def url(self, bucket: str, key: str, *, origin: bool = False, life_s: int = _TOKEN_LIFE_S) -> str:
        """A signed download URL."""
        base = self.io_src(bucket) if origin else self.domain(bucket)
        url = f"{base}/{urllib.parse.quote(key, safe='')}?e={int(time.time()) + life_s}"
        return f"{url}&token={self.sign(url.encode())}"

    def sign(self, text: bytes) -> str:
        digest = hmac.new(self.secret_key.encode(), text, hashlib.sha1).digest()
        return f"{self.access_key}:{base64.urlsafe_b64encode(digest).decode()}"

    def upload_token(self, bucket: str, key: str | None = None, **policy: Any) -> str:
        """An upload token for `bucket:key` (overwrites) or `bucket` (does not), with further policy fields."""
        scope = bucket if key is None else f"{bucket}:{key}"
        document = {"scope": scope, "deadline": int(time.time()) + _TOKEN_LIFE_S, **policy}
        encoded = base64.urlsafe_b64encode(json.dumps(document).encode())
        return f"{self.sign(encoded)}:{encoded.decode()}"

    def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        *,
        mime: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        parts: Sequence[int] | None = None,
        policy: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Upload, overwriting; `parts` are the part sizes in bytes of a multipart upload. Gives hash and key."""
        token = self.upload_token(bucket, key, **(policy or {}))
        named = {f"x-qn-meta-{name}": value for name, value in (metadata or {}).items()}
        if parts is not None:
            return self.put_parts(bucket, key, _split(data, parts), token, {"mimeType": mime, "metadata": named})
        boundary = b"kodo-emulator-test-boundary-6b1f0c"
        fields = {"token": token, "key": key, **named}
        pieces = [
            b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
            % (boundary, name.encode(), value.encode())
            for name, value in fields.items()
        ]
        file_head = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: %b\r\n\r\n'
        body = b"".join([*pieces, file_head % (boundary, mime.encode()), data, b"\r\n--%b--\r\n" % boundary])
        done: dict[str, Any] = self.call(
            "POST", "/", body, {"Content-Type": f"multipart/form-data; boundary={boundary.decode()}"}
        )
        return done

    def put_many(self, bucket: str, contents: Mapping[str, bytes]) -> None:
        for key, data in contents.items():
            self.put(bucket, key, data)

    def stat(self, bucket: str, key: str, *, parts: bool = False) -> dict[str, Any]:
        query = "?needparts=true" if parts else ""
        stat: dict[str, Any] = self.manage("POST", f"/stat/{entry(bucket, key)}{query}")
        return stat

    def page(self, bucket: str, **parameters: object) -> dict[str, Any]:
        """One page of a listing, parameters as the protocol names them."""
        page: dict[str, Any] = self.manage("GET", "/list?" + urllib.parse.urlencode({"bucket": bucket, **parameters}))
        return page

    def keys(self, bucket: str) -> list[str]:
        """Every key of a bucket."""
        page = self.page(bucket)
        found = [item["key"] for item in page["items"]]
        while marker := page.get("marker"):
            page = self.page(bucket, marker=marker)
            found += [item["key"] for item in page["items"]]
        return found

    def delete(self, bucket: str, key: str) -> None:
        self.manage("POST", f"/delete/{entry(bucket, key)}")

    def copy(self, bucket: str, key: str, target: str) -> None:
        self.manage("POST", f"/copy/{entry(bucket, key)}/{entry(bucket, target)}/force/true")

    def move(self, bucket: str, key: str, target: str) -> None:
        self.manage("POST", f"/move/{entry(bucket, key)}/{entry(bucket, target)}/force/true")

    def status(self, bucket: str, key: str, *, disabled: bool) -> None:
        """Disable or enable an object."""
        self.manage("POST", f"/chstatus/{entry(bucket, key)}/status/{int(disabled)}")

    def chtype(self, bucket: str, key: str, kind: int) -> None:
        """Change the storage type; 2 and 3 are frozen."""
        self.manage("POST", f"/chtype/{entry(bucket, key)}/type/{kind}")

    def restore(self, bucket: str, key: str, days: int = 1) -> None:
        """Begin to thaw a frozen object; move the clock to reach the end of it."""
        self.manage("POST", f"/restoreAr/{entry(bucket, key)}/freezeAfterDays/{days}")

    def faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Put fault rules in force instead of those before."""
        self.call("POST", "/_emulator/faults", json.dumps(list(rules)).encode())

    def clear_faults(self) -> None:
        self.call("DELETE", "/_emulator/faults")

    def rules(self) -> list[dict[str, Any]]:
        """The fault rules in force: rule, matched, fired."""
        rules: list[dict[str, Any]] = self.call("GET", "/_emulator/faults")
        return rules

    def reset(self, *, objects: bool = True) -> None:
        """Everything as it was at the start; with `objects` also what buckets hold, and which there are."""
        self.call("POST", "/_emulator/reset", json.dumps({"objects": objects}).encode())

    def log(self, query: str = "") -> list[dict[str, Any]]:
        """The requests so far: number, host, method, target, status, sent, received, range, reqid, faults and more."""
        lines: list[dict[str, Any]] = self.call("GET", f"/_emulator/log{query}")
        return lines

    def clear_log(self) -> None:
        self.call("DELETE", "/_emulator/log")

    def stats(self) -> dict[str, dict[str, int]]:
        """Requests and body bytes sent, by host role."""
        counts: dict[str, dict[str, int]] = self.call("GET", "/_emulator/stats")
        return counts

    def clock(self, skew_s: float = 0.0, *, elapsed_s: float = 0.0) -> None:
        """Let the emulator's clock run ahead of the system's, or behind; let time pass for what it stores."""
        self.call("POST", "/_emulator/clock", json.dumps({"skew_s": skew_s, "elapsed_s": elapsed_s}).encode())

    def domains(self, bucket: str, domains: Sequence[Mapping[str, Any]] | None) -> None:
        """Let the lists of a bucket's domains tell these names; None: its own port again."""
        self.call("POST", "/_emulator/domains", json.dumps({"bucket": bucket, "domains": domains}).encode())

    def urls(self, table: Mapping[str, Mapping[str, Any]]) -> None:
        """Answer these addresses, wherever they are, when the emulator fetches or calls back."""
        self.call("POST", "/_emulator/urls", json.dumps(table).encode())

    def calls(self) -> list[dict[str, Any]]:
        """The requests that the emulator made itself: method, url, headers, body (base64)."""
        made: list[dict[str, Any]] = self.call("GET", "/_emulator/calls")
        return made

    def manage(self, method: str, target: str, body: bytes = b"") -> Any:
        """A signed management request; gives the JSON of its answer.

        Raises:
            EmulatorError: any status but 200 and 298.
        """
        return self.call(method, target, body, self.signed(method, target, body))

    def signed(
        self, method: str, target: str, body: bytes = b"", kind: str = "application/x-www-form-urlencoded"
    ) -> dict[str, str]:
        """The headers of a management request whose body is of this content type."""
        host = self.uc.removeprefix("http://")
        text = f"{method} {target}\nHost: {host}\nContent-Type: {kind}\n\n".encode() + body
        return {"Authorization": f"Qiniu {self.sign(text)}", "Content-Type": kind}

    def request(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Any request to the main port: status, headers with lower-case names, body."""
        now_s = time.monotonic()
        if now_s - self._last_request_s > _KEEP_ALIVE_S:
            self._connection.close()
        self._last_request_s = now_s
        self._connection.request(method, target, body, dict(headers or {}))
        response = self._connection.getresponse()
        content = response.read()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, content

    def call(self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Any:
        """Any request to the main port; gives the JSON of its answer.

        Raises:
            EmulatorError: any status but 200 and 298.
        """
        status, _, content = self.request(method, target, body, headers)
        if status not in {200, 298}:
            raise EmulatorError(status, content)
        return json.loads(content) if content else None

    def put_parts(
        self, bucket: str, key: str, parts: Sequence[bytes], token: str, completion: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A resumable upload of version 2; `completion` are further members of the last request."""
        headers = {"Authorization": f"UpToken {token}", "Content-Type": "application/octet-stream"}
        base = f"/buckets/{bucket}/objects/{b64url(key.encode())}/uploads"
        upload = f"{base}/{self.call('POST', base, b'', headers)['uploadId']}"
        etags = [self.call("PUT", f"{upload}/{i}", part, headers)["etag"] for i, part in enumerate(parts, 1)]
        named = [{"partNumber": number, "etag": etag} for number, etag in enumerate(etags, 1)]
        done: dict[str, Any] = self.call("POST", upload, json.dumps({"parts": named, **completion}).encode(), headers)
        return done

    def disconnect(self) -> None:
        """Let go of the connection, which the next request opens anew; needed after a fault that cut it."""
        self._connection.close()

    def _wait_until_ready(self, ready_file: Path) -> dict[str, Any]:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                self._wait()
                talk = self.stderr_path.read_bytes()
                self._scratch.cleanup()
                raise EmulatorError(0, talk)
            time.sleep(_POLL_S)
        facts: dict[str, Any] = json.loads(ready_file.read_bytes())
        return facts

    def _wait(self) -> int:
        try:
            return self.process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.kill(self.process.pid, signal.SIGKILL)
            return self.process.wait()


def entry(bucket: str, key: str) -> str:
    """EncodedEntryURI."""
    return b64url(f"{bucket}:{key}".encode())


def b64url(data: bytes) -> str:
    """URL-safe base64 with its padding."""
    return base64.urlsafe_b64encode(data).decode()


def _split(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    assert sum(sizes) == len(data), "the part sizes must add up to the content"
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [data[end - size : end] for end, size in zip(ends, sizes, strict=True)]
