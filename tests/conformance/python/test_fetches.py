"""Objects that the cloud gets by itself: from an address, and from a bucket's mirror source."""

import qiniu
from qiniu import BucketManager

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PUBLIC
from tests.conformance.python.helpers import domain, refusal, upload
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, b64url

HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"


@sdk_calls(answered=[BucketManager.fetch], refused=[BucketManager.fetch])
def test_fetch(sdk: qiniu.Auth, manager: BucketManager, bucket: str, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "source.txt")
    manager.change_mime(PUBLIC, "source.txt", "text/plain")
    url = f"{emulator.domain(PUBLIC)}/source.txt"
    fetched, info = manager.fetch(url, bucket, "dir/copy")
    assert (fetched, info.status_code) == (
        {"hash": HELLO, "key": "dir/copy", "fsize": 5, "mimeType": "text/plain"},
        200,
    )
    assert fetch(f"{domain(manager, bucket)}/dir/copy").body == b"hello"
    assert manager.fetch(url, bucket)[0]["key"] == HELLO
    assert refusal(manager.fetch(f"{emulator.domain(PUBLIC)}/missing", bucket, "k"))[0] == 404
    assert refusal(manager.fetch("http://127.0.0.1:1/closed", bucket, "k"))[0] == 478
    assert refusal(manager.stat(bucket, "k"))[0] == 612


@sdk_calls(answered=[BucketManager.prefetch], refused=[BucketManager.prefetch])
def test_prefetch(sdk: qiniu.Auth, manager: BucketManager, bucket: str, emulator: Emulator) -> None:
    assert not manager.prefetch(bucket, "k")[1].ok(), "a bucket without a mirror source has nothing to fetch from"
    upload(sdk, PUBLIC, "k", b"first")
    emulator.manage("POST", f"/image/{bucket}/from/{b64url(emulator.domain(PUBLIC).encode())}")
    fetched, info = manager.prefetch(bucket, "k")
    assert (fetched["key"], info.status_code) == ("k", 200)
    assert fetch(f"{domain(manager, bucket)}/k").body == b"first"
    upload(sdk, PUBLIC, "k", b"second")
    assert manager.prefetch(bucket, "k")[1].status_code == 200
    assert fetch(f"{domain(manager, bucket)}/k").body == b"second"
    assert not manager.prefetch(bucket, "missing")[1].ok()
