"""What qshell's commands do to objects and buckets that are there: one check for a command, by its effect.

The commands and their options are from qshell's own documents (`docs/*.md` in its repository).
"""

import base64

from tests.conformance.go import PRIVATE, PUBLIC
from tests.conformance.go.qshell_shell import Shell

_HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"  # Protocol §9.4: the hash of "hello".
_DAY_S = 86_400.0


def buckets(shell: Shell) -> None:
    names = shell.run("buckets").split()
    assert PUBLIC in names
    assert PRIVATE in names


def buckets_in_detail(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/detail", b"hello")
    line = next(line for line in shell.run("buckets", "--detail").splitlines() if line.startswith(PUBLIC))
    assert "z0" in line


def bucket(shell: Shell) -> None:
    assert "z0" in shell.run("bucket", PRIVATE)


def domains(shell: Shell) -> None:
    assert shell.emulator.domain(PUBLIC).removeprefix("http://") in shell.run("domains", PUBLIC)


def mkbucket(shell: Shell) -> None:
    shell.run("mkbucket", "go-made-by-qshell", "--region", "z0", "--private")
    shown = shell.emulator.manage("POST", "/v2/bucketInfo?bucket=go-made-by-qshell")
    assert shown["private"] == 1


def stat(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/stat", b"hello", mime="text/plain")
    shown = shell.run("stat", PUBLIC, "q/stat")
    assert _HELLO in shown
    assert "text/plain" in shown
    assert "no such file or directory" in shell.run("stat", PUBLIC, "q/missing")
    assert "no such bucket" in shell.run("stat", "go-no-such-bucket", "q/stat")


def batchstat(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/batchstat", b"hello")
    shown = shell.run("batchstat", PUBLIC, "-i", shell.table("keys", "q/batchstat", "q/missing"))
    assert f"q/batchstat\t5\t{_HELLO}" in shown
    assert "612" in shown


def copy(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/copy", b"hello")
    shell.emulator.put(PRIVATE, "q/taken", b"taken")
    shell.run("copy", PUBLIC, "q/copy", PRIVATE, "-k", "q/copied")
    assert shell.emulator.stat(PRIVATE, "q/copied")["hash"] == _HELLO
    assert "file exists" in shell.run("copy", PUBLIC, "q/copy", PRIVATE, "-k", "q/taken")
    shell.run("copy", PUBLIC, "q/copy", PRIVATE, "-k", "q/taken", "--overwrite")
    assert shell.emulator.stat(PRIVATE, "q/taken")["hash"] == _HELLO


def move(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/move", b"hello")
    shell.run("move", PUBLIC, "q/move", PRIVATE, "-k", "q/moved")
    assert shell.missing(PUBLIC, "q/move")
    assert shell.emulator.stat(PRIVATE, "q/moved")["hash"] == _HELLO


def rename(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/rename", b"hello")
    shell.run("rename", PUBLIC, "q/rename", "q/renamed")
    assert shell.missing(PUBLIC, "q/rename")
    assert shell.emulator.stat(PUBLIC, "q/renamed")["hash"] == _HELLO


def delete(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/delete", b"hello")
    shell.run("delete", PUBLIC, "q/delete")
    assert shell.missing(PUBLIC, "q/delete")
    assert "no such file or directory" in shell.run("delete", PUBLIC, "q/delete")


def chgm(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/chgm", b"hello")
    shell.run("chgm", PUBLIC, "q/chgm", "image/png")
    assert shell.emulator.stat(PUBLIC, "q/chgm")["mimeType"] == "image/png"


def chtype(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/chtype", b"hello")
    shell.run("chtype", PUBLIC, "q/chtype", "1")
    assert shell.emulator.stat(PUBLIC, "q/chtype")["type"] == 1
    assert "already in line stat" in shell.run("chtype", PUBLIC, "q/chtype", "1")


def restorear(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/restorear", b"hello")
    shell.emulator.chtype(PUBLIC, "q/restorear", 2)
    shell.run("restorear", PUBLIC, "q/restorear", "1")
    assert shell.emulator.stat(PUBLIC, "q/restorear")["restoreStatus"] == 1


def forbidden(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/forbidden", b"hello")
    shell.run("forbidden", PUBLIC, "q/forbidden")
    assert shell.emulator.stat(PUBLIC, "q/forbidden")["status"] == 1
    shell.run("forbidden", PUBLIC, "q/forbidden", "-r")
    assert not shell.emulator.stat(PUBLIC, "q/forbidden").get("status")


def expire(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/expire", b"hello")
    shell.run("expire", PUBLIC, "q/expire", "1")
    assert shell.emulator.stat(PUBLIC, "q/expire")["expiration"]
    shell.emulator.clock(elapsed_s=3 * _DAY_S)
    try:
        assert shell.missing(PUBLIC, "q/expire")
    finally:
        shell.emulator.clock()


def chlifecycle(shell: Shell) -> None:
    shell.emulator.put(PUBLIC, "q/chlifecycle", b"hello")
    shell.run("chlifecycle", PUBLIC, "q/chlifecycle", "--to-ia-after-days", "30", "--delete-after-days", "365")
    shown = shell.emulator.stat(PUBLIC, "q/chlifecycle")
    assert shown["expiration"] - shown["transitionToIA"] == 335 * _DAY_S
    shell.run("chlifecycle", PUBLIC, "q/chlifecycle", "--delete-after-days", "-1")
    assert not shell.emulator.stat(PUBLIC, "q/chlifecycle").get("expiration")


def batch_commands(shell: Shell) -> None:
    keys = [f"q/batch/{i}" for i in range(7)]
    shell.emulator.put_many(PUBLIC, dict.fromkeys(keys, b"hello"))
    shell.run("batchcopy", PUBLIC, PRIVATE, "-y", "-i", shell.table("list", f"{keys[0]}\tq/batch/copied"))
    shell.run("batchmove", PUBLIC, PRIVATE, "-y", "-i", shell.table("list", f"{keys[1]}\tq/batch/moved"))
    shell.run("batchrename", PUBLIC, "-y", "-i", shell.table("list", f"{keys[2]}\tq/batch/renamed"))
    shell.run("batchchgm", PUBLIC, "-y", "-i", shell.table("list", f"{keys[3]}\timage/gif"))
    shell.run("batchchtype", PUBLIC, "-y", "-i", shell.table("list", f"{keys[4]}\t1"))
    shell.run("batchexpire", PUBLIC, "-y", "-i", shell.table("list", f"{keys[5]}\t7"))
    shell.run("batchdelete", PUBLIC, "-y", "-i", shell.table("list", keys[6]))
    assert {"q/batch/copied", "q/batch/moved"} <= set(shell.emulator.keys(PRIVATE))
    left = set(shell.emulator.keys(PUBLIC))
    assert "q/batch/renamed" in left
    assert not {keys[1], keys[2], keys[6]} & left
    assert shell.emulator.stat(PUBLIC, keys[3])["mimeType"] == "image/gif"
    assert shell.emulator.stat(PUBLIC, keys[4])["type"] == 1
    assert shell.emulator.stat(PUBLIC, keys[5])["expiration"]


def listbucket(shell: Shell) -> None:
    shell.emulator.put_many(PUBLIC, {f"q/list/{i:02}": b"hello" for i in range(12)})
    shown = shell.run("listbucket", PUBLIC, "-p", "q/list/")
    assert [line.split("\t")[0] for line in shown.splitlines() if line.startswith("q/")] == [
        f"q/list/{i:02}" for i in range(12)
    ]


def listbucket2(shell: Shell) -> None:
    shell.emulator.put_many(PUBLIC, {f"q/list2/{i:02}": b"hello" for i in range(12)})
    for version in (("--api-version", "v1", "--api-v1-limit", "5"), ("--api-version", "v2")):
        shell.run("listbucket2", PUBLIC, "-p", "q/list2/", "-o", "listed", *version)
        rows = [line.split("\t") for line in shell.local("listed").decode().splitlines()]
        found = [(row[0], row[1], row[2]) for row in rows if row[0].startswith("q/")]
        assert found == [(f"q/list2/{i:02}", "5", _HELLO) for i in range(12)]


def marker(shell: Shell) -> None:
    """A marker that a person made up (protocol §3.2) resumes after its key."""
    shell.emulator.put_many(PUBLIC, {f"q/marker/{i}": b"hello" for i in range(3)})
    after = base64.urlsafe_b64encode(b'{"c":0,"k":"q/marker/0"}').decode()
    shown = shell.run("listbucket2", PUBLIC, "-p", "q/marker/", "-m", after)
    assert "q/marker/0\t" not in shown
    assert "q/marker/1\t" in shown


OBJECT_CHECKS = (
    buckets,
    buckets_in_detail,
    bucket,
    domains,
    mkbucket,
    stat,
    batchstat,
    copy,
    move,
    rename,
    delete,
    chgm,
    chtype,
    restorear,
    forbidden,
    expire,
    chlifecycle,
    batch_commands,
    listbucket,
    listbucket2,
    marker,
)
