import os
import select
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from kodokeep.cli import main
from kodokeep.cli.cmd_demo import _home
from kodokeep.cli.session import Session
from kodokeep.demo import LARGEST_BYTES, DemoCloud, real_files

DIES = """
import os, sys
from pathlib import Path
from kodokeep.demo import DemoCloud
cloud = DemoCloud(Path(sys.argv[1]) / "cloud", "photos").__enter__()
print(cloud._process.pid, flush=True)
os._exit(1)
"""


def test_only_what_can_be_an_object_is_taken(tmp_path: Path) -> None:
    for name, data in {"b": b"b", "a/x": b"x", "empty": b"", "site-packages/y": b"y"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/not-utf8-\xff")).write_bytes(b"z")
    (tmp_path / "link").symlink_to("b")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(LARGEST_BYTES + 1)
    assert list(real_files(tmp_path, 10)) == [("b", b"b"), ("a/x", b"x")]
    assert list(real_files(tmp_path, 1)) == [("b", b"b")]


def test_a_source_without_files_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    to = tmp_path / "to"
    assert main(["demo", "--from", str(tmp_path / "empty"), "--to", str(to)], Session(env={})) == 2
    assert "holds no file that could be an object" in capsys.readouterr().err
    assert not to.exists()


def test_a_target_that_cannot_be_made_is_no_bug(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(click.BadParameter, match="cannot be made: Not a directory"):
        _home(tmp_path / "file" / "below")


def test_the_server_ends_with_its_starter_even_if_that_is_killed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIES, str(tmp_path)], stdout=subprocess.PIPE, text=True, check=False, timeout=90
    )
    server = os.pidfd_open(int(done.stdout)) if Path(f"/proc/{int(done.stdout)}").exists() else None
    if server is not None:
        assert select.select([server], [], [], 60)[0] == [server]


def test_the_server_counts_the_bytes_of_objects_that_travel(tmp_path: Path) -> None:
    with DemoCloud(tmp_path / "cloud", "photos", "work") as cloud:
        before = cloud.traffic()
        cloud.put("work", "a", b"x" * 1000)
        sent = cloud.traffic()
        assert sent.requests > before.requests
        assert sent.content_bytes - before.content_bytes >= 1000
        cloud.delete("work", ["a"])
        assert cloud.traffic().content_bytes == sent.content_bytes


def test_the_cloud_takes_objects_and_is_gone_after(tmp_path: Path) -> None:
    with DemoCloud(tmp_path / "cloud", "photos") as cloud:
        assert cloud.put_all("photos", iter([("a", b"1"), ("b//c", b"22")])) == 2
        cloud.delete("photos", ["a"])
        port = urlsplit(cloud.facts.uc).port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_what_lies_in_the_current_directory_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = "import os, pathlib; pathlib.Path(__file__).with_name('sprung').write_text(os.environ['QINIU_SECRET_KEY'])\n"
    for name in ("kodo_emulator.py", "runpy.py", "click.py"):
        (tmp_path / name).write_text(trap)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QINIU_SECRET_KEY", "of-the-user")
    with DemoCloud(tmp_path / "demo" / "cloud", "photos") as cloud:
        assert cloud.facts.uc
    assert not (tmp_path / "sprung").exists()
