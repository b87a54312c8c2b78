"""Going on with a resumable upload that a kill, a stop or a failure cut off."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kodokeep.kodo.bucket import Tuning
from kodokeep.kodo.parts import Limits
from kodokeep.model.outcome import NotUploaded
from tests.integration.kodo.conftest import PUBLIC, World, content
from tests.integration.kodo.uploading import (
    MIB,
    SMALL,
    Files,
    calls_up,
    done,
    exists,
    held,
    refused,
    up_calls,
    uploaded,
)

PARTS = 10
DATA = content(PARTS * MIB - 5)

Edit = Callable[[dict[str, Any]], object]


def interrupted(world: World, files: Files, sent: int = 6) -> dict[str, Any]:
    """Upload all but the last parts, of which one answers nothing but errors; gives the record that stays."""
    bad = f"/uploads/u[0-9a-f]+/{sent + 1}$"
    world.emulator.faults([{"host": "up", "method": "PUT", "path": bad, "status": 502}])
    result = files.one(files.bucket(attempts=1), files.request("object", DATA))
    assert isinstance(result, NotUploaded)
    world.emulator.clear_faults()
    world.emulator.clear_log()
    record: dict[str, Any] = json.loads(files.progress("object").read_bytes())
    assert len(record["parts"]) >= sent
    return record


def test_after_a_kill_only_what_is_missing_is_sent(world: World, pytestconfig: pytest.Config) -> None:
    path, progress, emulator = world.folder / "file", world.folder / "progress-object", world.emulator
    path.write_bytes(DATA)
    arguments = [
        emulator.uc,
        emulator.access_key,
        emulator.secret_key,
        world.prefix + "object",
        path,
        progress,
        8 * MIB,
    ]
    command = [sys.executable, "-m", "tests.integration.kodo.upload_child", *map(str, arguments)]
    killed = subprocess.run(command, cwd=pytestconfig.rootpath, check=False, stdout=subprocess.PIPE)
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, b"")
    known = set(json.loads(progress.read_bytes())["parts"])
    assert 5 <= len(known) <= 8
    emulator.clear_log()

    again = subprocess.run([*command[:-1], "-1"], cwd=pytestconfig.rootpath, check=True, stdout=subprocess.PIPE)
    assert b"Uploaded" in again.stdout
    assert held(world, world.prefix + "object") == DATA
    # What the first process had under way may come to its end, and into the log, after that was cleared.
    sent = {line["target"].rpartition("/")[2] for line in calls_up(world) if line["method"] == "PUT"}
    assert sent == {str(number) for number in range(1, PARTS + 1)} - known
    assert up_calls(world, "POST") == 1
    assert not progress.exists()


def test_after_a_failure_only_what_is_missing_is_sent(world: World) -> None:
    files = Files(world)
    known = len(interrupted(world, files)["parts"])
    result = done(files.one(files.bucket(), files.request("object", DATA)))
    assert held(world, world.prefix + "object") == DATA
    assert up_calls(world, "PUT") == PARTS - known
    assert result.sent_bytes <= (PARTS - known) * MIB
    assert not files.progress("object").exists()


def test_after_a_stop_large_files_pause_and_small_ones_finish(world: World) -> None:
    files = Files(world)
    stop = threading.Event()

    def before_read(offset: int) -> None:
        if offset == 5 * MIB:
            stop.set()

    large = files.request("object", DATA, before_read=before_read)
    results = uploaded(files.bucket(), [large], stop)
    assert results == []
    assert files.sources[0].closed
    assert not exists(world, "object")
    known = len(json.loads(files.progress("object").read_bytes())["parts"])
    assert 1 <= known <= 6
    world.emulator.clear_log()
    done(files.one(files.bucket(), files.request("object", DATA)))
    assert held(world, world.prefix + "object") == DATA
    assert up_calls(world, "PUT") == PARTS - known


def test_after_a_stop_small_ones_in_flight_finish_and_no_more_are_taken(world: World) -> None:
    files = Files(world)
    stop = threading.Event()
    world.emulator.faults([{"host": "up", "delay_s": 0.3}])

    def before_read(offset: int) -> None:
        if len(reads) == 9:
            stop.set()
        reads.append(offset)

    reads: list[int] = []
    requests = (files.request(f"{n:03}", content(1000, n), seq=n, before_read=before_read) for n in range(400))
    results = uploaded(files.bucket(), requests, stop)
    assert 1 <= len(results) <= 16
    for result in results:
        assert held(world, f"{world.prefix}{result.seq:03}") == content(1000, result.seq)
    assert len(world.emulator.keys(PUBLIC)) >= len(results)
    assert len(files.sources) < 400
    assert all(source.closed for source in files.sources)


def spoil_first(record: dict[str, Any]) -> None:
    record["parts"]["1"][1] = "0" * 32


EDITS: list[tuple[Edit, int]] = [
    (spoil_first, 1),
    (lambda record: record["parts"].clear(), PARTS),
    (lambda record: record.update(version=2), PARTS),
    (lambda record: record.update(key="another"), PARTS),
    (lambda record: record.update(size_bytes=7), PARTS),
    (lambda record: record.update(part_bytes=2 * MIB), PARTS),
    (lambda record: record.update(expires_s=0), PARTS),
    (lambda record: record.update(upload_id="unknown"), PARTS),
    (lambda record: record.update(upload_id="a b\r\nc"), PARTS),
    (lambda record: record["parts"]["2"].__setitem__(0, "no-such-etag"), PARTS),
    (lambda record: record.pop("upload_id"), PARTS),
    (lambda record: record.update(parts=[1, 2]), PARTS),
]


@pytest.mark.parametrize(("edit", "sent"), EDITS, ids=range(len(EDITS)))
def test_a_record_that_does_not_fit_costs_only_parts(world: World, edit: Edit, sent: int) -> None:
    files = Files(world)
    record = interrupted(world, files, sent=PARTS - 1)
    edit(record)
    files.progress("object").write_text(json.dumps(record))
    done(files.one(files.bucket(), files.request("object", DATA)))
    assert held(world, world.prefix + "object") == DATA
    missing = 1
    assert sent <= up_calls(world, "PUT") <= sent + missing
    assert not files.progress("object").exists()


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"null", b"[" * 10_000])
def test_a_damaged_record_is_ignored(world: World, damage: bytes) -> None:
    files = Files(world)
    files.progress("object").write_bytes(damage)
    done(files.one(files.bucket(), files.request("object", DATA)))
    assert held(world, world.prefix + "object") == DATA
    assert not files.progress("object").exists()


def block_with_directory(path: Path) -> None:
    path.mkdir()


def block_with_link(path: Path) -> None:
    (path.parent / "elsewhere").write_bytes(b"mine")
    path.symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize("block", [block_with_directory, block_with_link])
def test_a_record_that_cannot_be_written_costs_nothing(world: World, block: Callable[[Path], None]) -> None:
    files = Files(world)
    block(files.progress("object"))
    done(files.one(files.bucket(), files.request("object", DATA)))
    assert held(world, world.prefix + "object") == DATA
    if block is block_with_link:
        assert (world.folder / "elsewhere").read_bytes() == b"mine"


def test_a_changed_file_sends_what_changed(world: World) -> None:
    files = Files(world)
    interrupted(world, files, sent=PARTS - 1)
    data = content(MIB, 9) + DATA[MIB:]
    done(files.one(files.bucket(), files.request("object", data)))
    assert held(world, world.prefix + "object") == data
    assert up_calls(world, "PUT") == 2


def test_an_upload_that_expired_at_the_server_starts_afresh_once(world: World) -> None:
    files = Files(world)
    interrupted(world, files)
    world.emulator.clock(elapsed_s=8 * 86_400)
    done(files.one(files.bucket(), files.request("object", DATA)))
    assert held(world, world.prefix + "object") == DATA


def test_an_upload_that_is_unknown_again_and_again_fails(world: World) -> None:
    files = Files(world)
    gone = {"status": 612, "body": '{"error":"no such uploadId"}'}
    world.emulator.faults([{"host": "up", "method": "PUT", **gone}])
    result = refused(files.one(files.bucket(), files.request("object", DATA)))
    assert "no such uploadId" in result.detail
    assert not files.progress("object").exists()


def test_an_upload_near_its_end_is_not_gone_on_with(world: World) -> None:
    """The clock is that of the client: what expires within the hour may do so while it is used."""
    files = Files(world)
    record = interrupted(world, files)
    tuning = Tuning(now_s=lambda: record["expires_s"] - 1800.0, limits=SMALL)
    # Signed dates are too far off for rs, which is only asked whether the key is free.
    world.emulator.faults([{"host": "rs", "status": 612, "body": '{"error":"no such file or directory"}'}])
    done(files.one(world.bucket(tuning=tuning), files.request("object", DATA)))
    assert up_calls(world, "PUT") == PARTS


def test_parts_larger_than_a_block_are_resumed(world: World) -> None:
    limits = Limits(form_bytes=MIB, part_bytes=4 * MIB, max_parts=2)
    data = content(12 * MIB)
    files = Files(world)
    bad = {"host": "up", "method": "PUT", "path": "/uploads/u[0-9a-f]+/2$", "status": 502}
    world.emulator.faults([bad])
    refused(files.one(files.bucket(limits, attempts=1), files.request("object", data)))
    world.emulator.clear_faults()
    result = done(files.one(files.bucket(limits), files.request("object", data)))
    assert held(world, world.prefix + "object") == data
    assert result.sent_bytes == 4 * MIB
    assert world.emulator.stat(PUBLIC, world.prefix + "object", parts=True)["parts"] == [8 * MIB, 4 * MIB]
