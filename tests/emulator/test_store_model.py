"""Either store beside a plain dict, whatever is done to both, in whatever order, crashes of the disk store included."""

import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from kodo_emulator.store import ledger
from kodo_emulator.store.interface import Bucket, Part, StoredObject, Totals, Upload
from kodo_emulator.store.small import MOST_BYTES
from tests.emulator.stores import KINDS, Kept, in_byte_order

keys = st.one_of(
    st.sampled_from(["", "a", "a/b", "\uffff", "\U00010000", "\0"]),
    st.text(st.sampled_from("ab/\0é\ud7ff\ue000\uffff\U00010000\U0010ffff"), max_size=3),
)
buckets = st.sampled_from(["a", "b"])
data = st.builds(bytes.__add__, st.binary(max_size=9), st.sampled_from([b"", bytes(MOST_BYTES)]))  # Some are files.
upload_ids = st.sampled_from(["1", "2"])


class StoreBesideDict(RuleBasedStateMachine):
    """`objects` and `previous` are by bucket and key, `parts` by upload; `data` has the bytes of every content."""

    kind = ""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.kept = Kept(self.kind, Path(self.directory.name))
        self.objects: dict[str, dict[str, StoredObject]] = {"a": {}, "b": {}}
        self.previous: dict[str, dict[str, StoredObject]] = {"a": {}, "b": {}}
        self.uploads: dict[str, str] = {}
        self.parts: dict[str, dict[int, Part]] = {}
        self.waiting: list[str] = []
        self.data: dict[str, bytes] = {}

    def teardown(self) -> None:
        self.kept.close()
        self.directory.cleanup()

    def expect(self, bucket: str, stored: StoredObject) -> None:
        if stored.key in self.objects[bucket]:
            self.previous[bucket][stored.key] = self.objects[bucket][stored.key]
        self.objects[bucket][stored.key] = stored

    @rule(bucket=buckets, key=keys, data=data)
    def put(self, bucket: str, key: str, data: bytes) -> None:
        stored = self.kept.put(bucket, key, data)
        self.data[stored.content] = data
        self.expect(bucket, stored)

    @rule(bucket=buckets, key=keys)
    def delete(self, bucket: str, key: str) -> None:
        self.kept.store.delete(bucket, key)
        self.objects[bucket].pop(key, None)
        self.previous[bucket].pop(key, None)

    @precondition(lambda self: any(self.objects.values()))
    @rule(choice=st.data(), new_bucket=buckets, new_key=keys, copy=st.booleans())
    def copy_or_move(self, choice: st.DataObject, new_bucket: str, new_key: str, copy: bool) -> None:
        places = [(bucket, key) for bucket, objects in self.objects.items() for key in objects]
        bucket, key = choice.draw(st.sampled_from(places))
        if (bucket, key) == (new_bucket, new_key):
            return
        source = self.objects[bucket][key]
        if copy:
            arrived = msgspec.structs.replace(source, key=new_key, content=self.kept.store.copy_content(source))
            self.data[arrived.content] = self.data[source.content]
            self.kept.store.put(new_bucket, arrived)
        else:
            arrived = msgspec.structs.replace(source, key=new_key)
            self.kept.store.move((bucket, key), new_bucket, arrived)
            del self.objects[bucket][key]
            self.previous[bucket].pop(key, None)
        self.expect(new_bucket, arrived)

    @rule(bucket=buckets, key=keys, kind=st.integers(0, 5))
    def update(self, bucket: str, key: str, kind: int) -> None:
        if key in self.objects[bucket]:
            changed = msgspec.structs.replace(self.objects[bucket][key], kind=kind)
            self.kept.store.update(bucket, changed)
            self.objects[bucket][key] = changed

    @rule(bucket=buckets, gone=st.lists(keys, max_size=3, unique=True), kind=st.integers(0, 5))
    def revise(self, bucket: str, gone: list[str], kind: int) -> None:
        objects = self.objects[bucket]
        changed = [msgspec.structs.replace(objects[key], kind=kind) for key in objects if key not in gone]
        self.kept.store.revise(bucket, changed, gone)
        for stored in changed:
            objects[stored.key] = stored
        for key in gone:
            objects.pop(key, None)
            self.previous[bucket].pop(key, None)

    @rule(bucket=buckets, upload_id=upload_ids)
    def begin_upload(self, bucket: str, upload_id: str) -> None:
        if upload_id not in self.uploads:
            self.kept.store.add_upload(Upload(upload_id, bucket, "k", 1.0))
            self.uploads[upload_id], self.parts[upload_id] = bucket, {}

    @rule(upload_id=upload_ids, number=st.integers(1, 3), data=data)
    def put_part(self, upload_id: str, number: int, data: bytes) -> None:
        if upload_id in self.uploads:
            part = Part(number, len(data), "etag", self.kept.content(data), 1)
            self.data[part.content] = data
            self.kept.store.put_part(upload_id, part)
            self.parts[upload_id][number] = part

    @rule(upload_id=upload_ids, complete=st.booleans(), key=keys)
    def end_upload(self, upload_id: str, complete: bool, key: str) -> None:
        if upload_id not in self.uploads:
            return
        parts = [part for _, part in sorted(self.parts.pop(upload_id).items())]
        bucket = self.uploads.pop(upload_id)
        if complete and parts:
            data = b"".join(self.data[part.content] for part in parts)
            stored = self.kept.object(key, data, self.kept.run(self.kept.store.join(parts)))
            self.data[stored.content] = data
            self.kept.store.put(bucket, stored)
            self.expect(bucket, stored)
        self.kept.store.drop_upload(upload_id)

    @rule(data=data)
    def receive(self, data: bytes) -> None:
        """A content that waits for its object, as during an upload."""
        content = self.kept.content(data)
        self.data[content] = data
        self.waiting.append(content)

    @precondition(lambda self: self.waiting)
    @rule(bucket=buckets, key=keys, take=st.booleans())
    def end_waiting(self, bucket: str, key: str, take: bool) -> None:
        content = self.waiting.pop()
        if take:
            stored = self.kept.object(key, self.data[content], content)
            self.kept.store.put(bucket, stored)
            self.expect(bucket, stored)
        else:
            self.kept.store.drop_content(content)

    @rule(bucket=buckets)
    def drop_bucket(self, bucket: str) -> None:
        self.kept.store.drop_bucket(bucket)
        self.kept.store.put_bucket(Bucket(bucket, private=False, created_s=0))
        self.objects[bucket], self.previous[bucket] = {}, {}
        for upload_id in [upload_id for upload_id, place in self.uploads.items() if place == bucket]:
            del self.uploads[upload_id], self.parts[upload_id]
        self.kept.tidy()

    @rule(cleanly=st.booleans())
    def reopen(self, cleanly: bool) -> None:
        self.kept.reopen(cleanly=cleanly)
        if self.kind == "disk":
            self.waiting.clear()

    @rule(bucket=buckets, start=keys, end=st.one_of(st.none(), keys), limit=st.integers(0, 4))
    def scan(self, bucket: str, start: str, end: str | None, limit: int) -> None:
        ordered = in_byte_order(list(self.objects[bucket]))
        below = [key for key in ordered if end is None or key.encode() < end.encode()]
        expected = [self.objects[bucket][key] for key in below if key.encode() >= start.encode()]
        assert self.kept.store.scan(bucket, start, end, limit) == expected[:limit]
        assert self.kept.store.last_key_before(bucket, end) == (below[-1] if below else None)

    @invariant()
    def they_agree(self) -> None:
        for bucket, objects in self.objects.items():
            found = self.kept.store.scan(bucket, "", None, 1000)
            assert found == [objects[key] for key in in_byte_order(list(objects))]
            size_bytes = sum(stored.size_bytes for stored in objects.values())
            assert self.kept.store.totals(bucket) == Totals(len(objects), size_bytes)
            for key in objects:
                assert self.kept.store.find_previous(bucket, key) == self.previous[bucket].get(key)
        for upload_id, parts in self.parts.items():
            assert self.kept.store.parts(upload_id) == [part for _, part in sorted(parts.items())]

    @invariant()
    def no_content_is_lost_or_left(self) -> None:
        contents = list(self.waiting)
        for tables in (self.objects, self.previous):
            contents += [stored.content for objects in tables.values() for stored in objects.values()]
        contents += [part.content for parts in self.parts.values() for part in parts.values()]
        assert len(contents) == len(set(contents))
        assert self.kept.contents() == set(contents)
        assert all(self.kept.read(content) == self.data[content] for content in contents)


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_is_a_dict(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "SHARD_FILES", 3)  # So that many shards come and go.
    machine = type(kind, (StoreBesideDict,), {"kind": kind})
    limits = settings(max_examples=30 if kind == "disk" else 100, stateful_step_count=40, deadline=None)
    run_state_machine_as_test(machine, settings=limits)
