"""How the Go SDK, qshell and the Java SDK sign and send what is done to objects, alone and in batches."""

import time

import pytest

from tests.emulator.clients import JSON, GoSdk, JavaSdk, dated, qshell
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator_process import Emulator, entry

_HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"  # Protocol §9.4.


@pytest.fixture
def stored(emulator: Emulator) -> str:
    """The entry of an object that is there."""
    emulator.put(PUBLIC, "dir/a.txt", b"hello", mime="text/plain")
    return entry(PUBLIC, "dir/a.txt")


def test_stat_by_each_method(emulator: Emulator, stored: str) -> None:
    """Go SDK: GET with a form's content type. qshell: POST with needparts. Java SDK: POST. Protocol §1.7, §4."""
    answers = [
        GoSdk(emulator).manage("GET", f"/stat/{stored}"),
        GoSdk(emulator).manage("GET", f"/stat/{stored}?needparts=true"),
        qshell(emulator).manage("POST", f"/stat/{stored}?needparts=false"),
        JavaSdk(emulator).post(f"/stat/{stored}"),
    ]
    for answer in answers:
        assert answer.status == 200
        assert answer.headers["x-reqid"]
        shown = answer.json()
        assert (shown["hash"], shown["fsize"], shown["mimeType"], shown["type"]) == (_HELLO, 5, "text/plain", 0)
        assert isinstance(shown["putTime"], int)


def test_parts_of_an_object_that_was_uploaded_in_parts(emulator: Emulator) -> None:
    """qshell, `match` and `get --check-hash`: the hash of such an object is checked with the sizes of its parts."""
    emulator.put(PUBLIC, "parts", b"x" * (3 * 1024 * 1024), parts=[2 * 1024 * 1024, 1024 * 1024])
    target = f"/stat/{entry(PUBLIC, 'parts')}?needparts="
    shown = qshell(emulator).manage("POST", f"{target}true").json()
    assert shown["hash"][0] == "n"
    assert shown["parts"] == [2 * 1024 * 1024, 1024 * 1024]
    assert "parts" not in qshell(emulator).manage("POST", f"{target}false").json()


def test_a_path_is_signed_as_it_comes_or_decoded(emulator: Emulator, stored: str) -> None:
    """Go SDK, auth/credentials.go, signs `URL.Path`, which is decoded; others sign what is on the wire (§2.1, §2.2)."""
    escaped = stored.replace("=", "%3D")
    assert escaped != stored
    assert GoSdk(emulator).manage("GET", f"/stat/{escaped}", signed=f"/stat/{stored}").status == 200
    assert GoSdk(emulator).manage("GET", f"/stat/{escaped}").status == 200
    other = GoSdk(emulator).manage("GET", f"/stat/{escaped}", signed=f"/stat/{entry(PUBLIC, 'other')}")
    assert (other.status, other.error()) == (401, "bad token")


def test_qbox_signatures_of_a_decoded_path(emulator: Emulator, stored: str) -> None:
    """Go SDK, auth/credentials.go `collectData`: the older scheme, still sent by older programs (protocol §2.1)."""
    escaped = stored.replace("=", "%3D")
    token = emulator.sign(f"/stat/{stored}\n".encode())
    status, _, _ = emulator.request("GET", f"/stat/{escaped}", headers={"Authorization": f"QBox {token}"})
    assert status == 200


@pytest.mark.parametrize(("off_s", "status"), [(-600, 200), (600, 200), (-1200, 403), (1200, 403)])
def test_the_signed_date(emulator: Emulator, stored: str, off_s: int, status: int) -> None:
    """Go SDK, signed with X-Qiniu-Date in UTC; 15 minutes are allowed (protocol §2.2)."""
    answer = GoSdk(emulator).manage("GET", f"/stat/{stored}", date=dated(time.time() + off_s))
    assert answer.status == status
    if status == 403:
        assert answer.error() == "request time too skewed"


def test_changes_have_an_empty_answer_that_every_client_takes(emulator: Emulator, stored: str) -> None:
    """Go SDK refuses an answer with neither X-Reqid nor X-Log; Java SDK's isOK wants X-Reqid (protocol §0)."""
    for number, client in enumerate((GoSdk(emulator).manage, lambda _, target: JavaSdk(emulator).post(target))):
        answer = client("POST", f"/copy/{stored}/{entry(PRIVATE, f'copy{number}')}/force/false")
        assert answer.status == 200
        assert answer.headers["x-reqid"]
        assert answer.headers["content-length"] == "0"
        assert answer.headers["content-type"].startswith("application/json")
        assert emulator.stat(PRIVATE, f"copy{number}")["hash"] == _HELLO
    assert GoSdk(emulator).manage("POST", f"/copy/{stored}/{entry(PRIVATE, 'no-force')}").status == 200


def test_refusals_have_the_texts_that_clients_look_for(emulator: Emulator, stored: str) -> None:
    """qshell, iqshell/storage, and users of every SDK match on these; JSON, or the Java SDK sees no text (§0, §4)."""
    missing = entry(PUBLIC, "missing")
    for answer, status, text in (
        (GoSdk(emulator).manage("GET", f"/stat/{missing}"), 612, "no such file or directory"),
        (JavaSdk(emulator).post(f"/delete/{missing}"), 612, "no such file or directory"),
        (JavaSdk(emulator).post(f"/copy/{stored}/{stored}/force/false"), 614, "file exists"),
        (GoSdk(emulator).manage("GET", f"/stat/{entry('no-such-bucket', 'a')}"), 631, "no such bucket"),
        (GoSdk(emulator).manage("POST", f"/chtype/{stored}/type/0"), 400, "already in normal stat"),
        (GoSdk(emulator).manage("POST", f"/chstatus/{stored}/status/0"), 400, "already enabled"),
    ):
        assert (answer.status, answer.error()) == (status, text)
        assert answer.headers["content-type"].partition(";")[0] == "application/json"
        assert answer.headers["x-reqid"]


def test_go_and_qshell_batches(emulator: Emulator, stored: str) -> None:
    """Go SDK, `Batch`: operations with a leading slash in an escaped form; 298 as soon as one fails (§4.1)."""
    missing = entry(PUBLIC, "missing")
    good = GoSdk(emulator).batch(f"/stat/{stored}", f"/chgm/{stored}/mime/eC95/x-qn-meta-a/Yg==")
    assert good.status == 200
    assert good.json()[0]["data"]["hash"] == _HELLO
    assert good.json()[1] == {"code": 200}
    assert emulator.stat(PUBLIC, "dir/a.txt")["x-qn-meta"] == {"a": "b"}
    mixed = GoSdk(emulator).batch(f"/stat/{missing}", f"/stat/{stored}", f"/stat/{entry('no-such-bucket', 'a')}")
    assert mixed.status == 298
    assert [result["code"] for result in mixed.json()] == [612, 200, 631]
    assert mixed.json()[0]["data"]["error"] == "no such file or directory"
    assert mixed.headers["x-reqid"]


def test_qshell_does_everything_to_one_object_by_a_batch(emulator: Emulator, stored: str) -> None:
    """qshell, iqshell/storage/object/batch/one.go: delete, move, chgm, chtype, forbidden of a single object."""
    for operation in (f"/chgm/{stored}/mime/aW1hZ2UvcG5n", f"/chtype/{stored}/type/1", f"/chstatus/{stored}/status/1"):
        answer = qshell(emulator).batch(operation)
        assert (answer.status, answer.json()) == (200, [{"code": 200}])
    shown = emulator.stat(PUBLIC, "dir/a.txt")
    assert (shown["mimeType"], shown["type"], shown["status"]) == ("image/png", 1, 1)
    assert qshell(emulator).batch(f"/delete/{stored}").status == 200
    gone = qshell(emulator).batch(f"/delete/{stored}")
    assert gone.status == 298
    assert gone.json() == [{"code": 612, "data": {"error": "no such file or directory"}}]


def test_java_batches_are_not_escaped(emulator: Emulator, stored: str) -> None:
    """Java SDK, `BatchOperations.toBody`: raw text joined with `&op=`; a slash in front of chgm alone."""
    emulator.put(PUBLIC, "dir/b", b"hello")
    second = entry(PUBLIC, "dir/b")
    body = f"op=stat/{stored}&op=/chgm/{stored}/mime/eC95&op=delete/{second}&op=stat/{second}&op=chtype/{stored}/type/1"
    answer = JavaSdk(emulator).post("/batch", body.encode())
    assert answer.status == 298
    assert [result["code"] for result in answer.json()] == [200, 200, 200, 612, 200]
    assert emulator.stat(PUBLIC, "dir/a.txt")["mimeType"] == "x/y"


def test_java_thaws_with_a_json_content_type_and_no_body(emulator: Emulator, stored: str) -> None:
    """Java SDK, `restoreArchive`: Content-Type application/json, signed, and nothing to read."""
    assert JavaSdk(emulator).post(f"/chtype/{stored}/type/2").status == 200
    assert JavaSdk(emulator).post(f"/restoreAr/{stored}/freezeAfterDays/1", kind=JSON).status == 200
    assert emulator.stat(PUBLIC, "dir/a.txt")["restoreStatus"] == 1


def test_java_sets_response_headers(emulator: Emulator, stored: str) -> None:
    """Java SDK, `changeHeaders`: the path has a bare `!`; protocol §6.5."""
    assert JavaSdk(emulator).post(f"/chgm/{stored}/x-qn-meta-!Cache-Control/bm8tY2FjaGU=").status == 200
    assert emulator.stat(PUBLIC, "dir/a.txt")["x-qn-meta"] == {"!Cache-Control": "no-cache"}
