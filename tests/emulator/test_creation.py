"""Objects that no upload token asked for, as fetches and mirrors make them."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.net.outgoing import Outgoing
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, Settings, StoredObject
from kodo_emulator.uploads.answers import Answers
from kodo_emulator.uploads.arrival import Arrival
from kodo_emulator.uploads.callbacks import Callbacks
from kodo_emulator.uploads.creation import Creation
from kodo_emulator.uploads.finished import Finished, Said

SMALL = Bucket("b", private=False, created_s=0.0, settings=Settings(quota_size_bytes=100))


def make(store: DiskStore, said: Said, data: bytes, bucket: Bucket = SMALL) -> StoredObject:
    creation = Creation(store, Clock(), Answers(Callbacks(Keys("a", "s"), Outgoing())))

    async def receive() -> StoredObject:
        with Arrival(store.receive()) as arrival:
            arrival.write(data)
            return await creation.create_without_token(bucket, Finished.of_arrival(said, arrival), arrival.seal)

    return asyncio.run(receive())


def test_objects_without_a_token(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store.put_bucket(SMALL)
    first = make(store, Said(), b"hello")
    assert (first.key, first.mime) == ("Fqr0xh3cxeii2r7eDztILNmuqUNN", "application/octet-stream")
    make(store, Said(key="k.txt"), b"old")
    second = make(store, Said(key="k.txt", mime="text/x-own"), b"%PDF-1.4")
    assert store.find("b", "k.txt") == second
    assert (second.mime, second.size_bytes, second.md5) == ("text/x-own", 8, "914240125319291c7cb7e712e419b254")
    kept = {path for path in (tmp_path / "contents").rglob("*") if path.is_file()}
    for said, data, bucket, status in (
        (Said(key="k"), b"x" * 101, SMALL, 403),
        (Said(key="k"), b"x", Bucket("nowhere", private=False, created_s=0.0), 631),
        (Said(key="k"), b"x", msgspec.structs.replace(SMALL, created_s=1.0), 631),
        (Said(mime="a\r\nb"), b"x", SMALL, 400),
    ):
        with pytest.raises(KodoError) as refused:
            make(store, said, data, bucket)
        assert refused.value.status == status
    assert {path for path in (tmp_path / "contents").rglob("*") if path.is_file()} == kept
    store.close()
