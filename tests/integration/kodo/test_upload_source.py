"""Files that change, or cannot be read, while they are uploaded."""

import os

import pytest

from kodokeep.kodo.parts import Limits
from kodokeep.model.outcome import OutcomeKind
from tests.integration.kodo.conftest import World, content
from tests.integration.kodo.uploading import MIB, Files, done, exists, refused, up_calls, uploaded

SIZES = [1000, 3 * MIB]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("change", ["rewritten", "longer", "shorter", "gone", "replaced"])
def test_a_file_that_changes_while_it_is_read_is_stale(world: World, size: int, change: str) -> None:
    files = Files(world)
    at = 0 if size < MIB else 2 * MIB

    def before_read(offset: int) -> None:
        path = files.sources[0].path
        if offset != at or not path.exists() or path.stat().st_mtime_ns == 1:
            return
        if change == "gone":
            path.unlink()
            return
        if change == "replaced":
            path.with_name("other").write_bytes(content(size, 2))
            path.with_name("other").replace(path)
        else:
            with path.open("r+b") as file:
                file.seek(0)
                file.write(content(size + (change == "longer"), 2))
                file.truncate(size + {"longer": 1, "shorter": -1}.get(change, 0))
        os.utime(path, ns=(1, 1))

    result = refused(files.one(files.bucket(), files.request("object", content(size), before_read=before_read)))
    assert (result.kind, result.detail) == (OutcomeKind.STALE, "the file changed while it was read")
    assert not exists(world, "object")
    assert up_calls(world, "DELETE") == (0 if size < MIB else 1)
    assert not files.progress("object").exists()


@pytest.mark.parametrize("size", SIZES)
def test_a_file_that_cannot_be_read_fails_alone(world: World, size: int) -> None:
    files = Files(world)

    def before_read(offset: int) -> None:
        raise OSError(5, "Input/output error")

    requests = [
        files.request("bad", content(size), before_read=before_read),
        files.request("good", content(size), seq=1),
    ]
    first, second = uploaded(files.bucket(), requests)
    assert refused(first).detail == "cannot be read: Input/output error"
    done(second)


def test_a_file_that_cannot_be_read_while_it_is_sent_fails_alone(world: World) -> None:
    """Parts larger than a block are read once to be hashed, and once to be sent."""
    files = Files(world)
    reads = iter([None] * 8)

    def before_read(offset: int) -> None:
        if next(reads, 1) is not None:
            raise OSError(5, "Input/output error")

    request = files.request("object", content(9 * MIB), before_read=before_read)
    result = files.one(files.bucket(Limits(MIB, 4 * MIB, 1)), request)
    assert refused(result).detail == "cannot be read: Input/output error"
