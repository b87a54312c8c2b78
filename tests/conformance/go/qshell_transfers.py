"""How qshell brings bytes in and out: one check for a command, by its effect.

The commands and their options are from qshell's own documents (`docs/*.md` in its repository).
"""

from tests.conformance.go import PRIVATE, PUBLIC
from tests.conformance.go.qshell_shell import Shell

_MIB = 1024 * 1024


def _pattern(size_bytes: int) -> bytes:
    """Byte i is i mod 251, as in protocol §9.4."""
    return (bytes(range(251)) * (size_bytes // 251 + 1))[:size_bytes]


def fput(shell: Shell) -> None:
    path = shell.file("fput", b"hello")
    shown = shell.run("fput", PUBLIC, "q/fput", path, "--mimetype", "text/plain")
    assert shell.content(PUBLIC, "q/fput") == b"hello"
    assert shell.emulator.stat(PUBLIC, "q/fput")["mimeType"] == "text/plain"
    assert "Fqr0xh3cxeii2r7eDztILNmuqUNN" in shown
    assert "file exists" in shell.run("fput", PUBLIC, "q/fput", shell.file("fput", b"other"))
    shell.run("fput", PUBLIC, "q/fput", path, "--overwrite", "--file-type", "1")
    assert shell.content(PUBLIC, "q/fput") == b"other"
    assert shell.emulator.stat(PUBLIC, "q/fput")["type"] == 1


def fput_of_an_empty_file(shell: Shell) -> None:
    shell.run("fput", PUBLIC, "q/empty", shell.file("empty", b""))
    assert shell.emulator.stat(PUBLIC, "q/empty")["fsize"] == 0


def rput_v1(shell: Shell) -> None:
    path = shell.file("rput", _pattern(9 * _MIB))
    shell.run("rput", PUBLIC, "q/rput1", path, "--resumable-api-v2=false")
    assert shell.emulator.stat(PUBLIC, "q/rput1")["hash"] == "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H"


def rput_v2(shell: Shell) -> None:
    path = shell.file("rput", _pattern(9 * _MIB))
    shell.run("rput", PUBLIC, "q/rput2", path, "--resumable-api-v2")
    assert shell.emulator.stat(PUBLIC, "q/rput2")["hash"] == "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H"
    shell.run("rput", PUBLIC, "q/rput3", path, "--resumable-api-v2", f"--resumable-api-v2-part-size={5 * _MIB}")
    assert shell.emulator.stat(PUBLIC, "q/rput3")["hash"] == "npJEZlffMh0ezFDUPgmeNeRSnwer"


def get(shell: Shell) -> None:
    for bucket in (PUBLIC, PRIVATE):
        shell.emulator.put(bucket, "q/get é?", b"hello")
        shell.run("get", bucket, "q/get é?", "-o", f"got-{bucket}", "--check-hash")
        assert shell.local(f"got-{bucket}") == b"hello"


def get_of_an_empty_object(shell: Shell) -> None:
    """It is probed with `Range: bytes=0-0`, whose 416 has to carry an ETag (protocol §6.3)."""
    shell.emulator.put(PUBLIC, "q/get-empty", b"")
    shell.run("get", PUBLIC, "q/get-empty", "-o", "got-empty")
    assert shell.local("got-empty") == b""


def get_in_slices(shell: Shell) -> None:
    content = _pattern(6 * _MIB)
    shell.emulator.put(PUBLIC, "q/get-slices", content)
    shell.run(
        "get", PUBLIC, "q/get-slices", "-o", "got-slices", "--enable-slice", f"--slice-size={_MIB}",
        f"--slice-file-size-threshold={_MIB}", "--check-hash",
    )  # fmt: skip
    assert shell.local("got-slices") == content


def get_of_a_missing_object(shell: Shell) -> None:
    assert "no such file or directory" in shell.run("get", PUBLIC, "q/missing", "-o", "got-missing")
    assert not (shell.home / "got-missing").exists()


def match(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/match", _pattern(6 * _MIB), parts=[2 * _MIB, 4 * _MIB])
    same = shell.run("match", PUBLIC, "q/match", shell.file("match", _pattern(6 * _MIB)))
    other = shell.run("match", PUBLIC, "q/match", shell.file("match", _pattern(6 * _MIB - 1)))
    assert same != other


def privateurl(shell: Shell) -> None:
    shell.emulator.put(PRIVATE, "q/private", b"hello")
    url = shell.run("privateurl", f"{shell.emulator.domain(PRIVATE)}/q/private").strip().splitlines()[-1]
    assert "&token=" in url
    assert url.startswith(f"{shell.emulator.domain(PRIVATE)}/q/private?e=")


def qupload(shell: Shell) -> None:
    files = {"a": b"a", "sub/b": b"b", "sub/large": _pattern(9 * _MIB)}
    for name, content in files.items():
        shell.file(f"tree/{name}", content)
    for version in (False, True):
        conf = shell.settings(
            "qupload.json",
            src_dir=str(shell.home / "tree"),
            bucket=PUBLIC,
            key_prefix=f"q/up{int(version)}/",
            rescan_local=True,
            resumable_api_v2=version,
        )
        shell.run("qupload", "-c", "2", conf)
        for name, content in files.items():
            assert shell.content(PUBLIC, f"q/up{int(version)}/{name}") == content


def qupload2(shell: Shell) -> None:
    shell.file("tree2/a", b"hello")
    shell.run("qupload2", "--src-dir", str(shell.home / "tree2"), "--bucket", PUBLIC, "--key-prefix", "q/up2/")
    assert shell.content(PUBLIC, "q/up2/a") == b"hello"


def qdownload(shell: Shell) -> None:
    objects = {"a": b"a", "sub/b": b"b", "sub/large": _pattern(9 * _MIB), "sub/empty": b""}
    for bucket in (PUBLIC, PRIVATE):
        shell.emulator.put_many(bucket, {f"q/down/{name}": content for name, content in objects.items()})
        conf = shell.settings(
            "qdownload.json",
            dest_dir=str(shell.home / f"down-{bucket}"),
            bucket=bucket,
            prefix="q/down/",
            check_hash=True,
        )
        shell.run("qdownload", "-c", "2", conf)
        for name, content in objects.items():
            assert shell.local(f"down-{bucket}/q/down/{name}") == content


def fetch(shell: Shell) -> None:
    shell.emulator.urls({"http://source.example.com/a": {"status": 200, "body": "hello"}})
    shown = shell.run("fetch", "http://source.example.com/a", PUBLIC, "-k", "q/fetched")
    assert shell.content(PUBLIC, "q/fetched") == b"hello"
    assert "Fqr0xh3cxeii2r7eDztILNmuqUNN" in shown
    shell.run("batchfetch", PUBLIC, "-y", "-i", shell.table("list", "http://source.example.com/a\tq/fetched-too"))
    assert shell.content(PUBLIC, "q/fetched-too") == b"hello"


def sync(shell: Shell) -> None:
    """The source is downloaded by qshell itself, in ranges, and uploaded in blocks."""
    content = _pattern(9 * _MIB)
    shell.emulator.put(PUBLIC, "q/sync-source", content)
    source = shell.emulator.url(PUBLIC, "q/sync-source")
    for version in ("--resumable-api-v2=false", "--resumable-api-v2"):
        shell.run("sync", source, PRIVATE, "-k", "q/synced", "--overwrite", version)
        assert shell.content(PRIVATE, "q/synced") == content
        shell.emulator.delete(PRIVATE, "q/synced")


TRANSFER_CHECKS = (
    fput,
    fput_of_an_empty_file,
    rput_v1,
    rput_v2,
    get,
    get_of_an_empty_object,
    get_in_slices,
    get_of_a_missing_object,
    match,
    privateurl,
    qupload,
    qupload2,
    qdownload,
    fetch,
    sync,
)
