"""How the Go SDK, qshell and the Java SDK read and change the settings of a bucket."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.emulator.clients import JSON, Answer, GoSdk, JavaSdk, qshell
from tests.emulator.conftest import PUBLIC
from tests.emulator_process import Emulator, b64url

_BUCKET = "client-facts"


@pytest.fixture
def bucket(emulator: Emulator) -> Iterator[str]:
    """A bucket that the Go SDK makes and the test may spoil."""
    made = GoSdk(emulator).manage("POST", f"/mkbucketv3/{_BUCKET}/region/z0")
    assert made.status == 200, made.body
    yield _BUCKET
    assert GoSdk(emulator).manage("POST", f"/drop/{_BUCKET}").status == 200


def info(emulator: Emulator, bucket: str) -> dict[str, object]:
    shown: dict[str, object] = emulator.manage("POST", f"/v2/bucketInfo?bucket={bucket}")
    return shown


def succeeded(answer: Answer) -> bool:
    return answer.status == 200 and bool(answer.headers["x-reqid"])


def test_making_a_bucket_that_is_there(emulator: Emulator, bucket: str) -> None:
    """qshell, bucket/create.go, and Java SDK, `createBucket`, which asks the rs host: 614 (protocol §1.5)."""
    assert qshell(emulator).manage("POST", f"/mkbucketv3/{bucket}/region/z0").status == 614
    assert JavaSdk(emulator).post(f"/mkbucketv3/{bucket}/region/z0").status == 614


def test_qshell_lists_buckets_in_detail(emulator: Emulator) -> None:
    """qshell, storage/servers/all_buckets.go: POST, `shared` is true or false, all numbers are integers."""
    emulator.put(PUBLIC, "k", b"hello")
    for target in ("/v3/buckets?shared=false", "/v3/buckets?shared=true", "/v3/buckets?shared=false&region=z0"):
        found = {bucket["tbl"]: bucket for bucket in qshell(emulator).manage("POST", target).json()}
        shown = found[PUBLIC]
        assert (shown["region"], shown["file_num"], shown["storage_size"]) == ("z0", 1, 5)
        assert isinstance(shown["ctime"], int)
        assert isinstance(shown["versioning"], bool)
    elsewhere = qshell(emulator).manage("POST", "/v3/buckets?shared=false&region=z2").json()
    assert PUBLIC not in {bucket["tbl"] for bucket in elsewhere}


def test_privacy(emulator: Emulator, bucket: str) -> None:
    """Go SDK, `SetBucketAccessMode`: a form. Java SDK, `putBucketAccessMode`: a query."""
    body = f"bucket={bucket}&private=1".encode()
    assert succeeded(GoSdk(emulator).manage("POST", "/private", body))
    assert info(emulator, bucket)["private"] == 1
    assert succeeded(JavaSdk(emulator).post(f"/private?bucket={bucket}&private=0"))
    assert info(emulator, bucket)["private"] == 0


def test_lifecycle_rules(emulator: Emulator, bucket: str) -> None:
    """Go SDK: a form, read by GET. Java SDK, `putBucketLifecycleRule`: a query, read by POST; null or a list."""
    days = "delete_after_days=7&to_line_after_days=1&to_archive_ir_after_days=0&to_archive_after_days=2"
    rule = f"prefix=tmp%2F&{days}&to_deep_archive_after_days=3"
    assert not JavaSdk(emulator).post(f"/rules/get?bucket={bucket}").json()
    form = f"bucket={bucket}&name=go&{rule}".encode()
    assert succeeded(GoSdk(emulator).manage("POST", "/rules/add", form))
    java = rule.replace("%2F", "/").replace("tmp", "java")
    assert succeeded(JavaSdk(emulator).post(f"/rules/add?bucket={bucket}&name=java&{java}"))
    reads: list[Callable[[], Answer]] = [
        lambda: GoSdk(emulator).manage("GET", f"/rules/get?bucket={bucket}"),
        lambda: JavaSdk(emulator).post(f"/rules/get?bucket={bucket}"),
    ]
    for read in reads:
        shown = {found["name"]: found for found in read().json()}
        assert (shown["go"]["prefix"], shown["java"]["prefix"]) == ("tmp/", "java/")
        for found in shown.values():
            assert (found["delete_after_days"], found["to_line_after_days"]) == (7, 1)
            assert (found["to_archive_after_days"], found["to_deep_archive_after_days"]) == (2, 3)
            assert isinstance(found["ctime"], str)  # Go SDK, apis/get_bucket_rules: a text.
    changed = java.replace("delete_after_days=7", "delete_after_days=9")
    assert succeeded(JavaSdk(emulator).post(f"/rules/update?bucket={bucket}&name=java&{changed}"))
    assert succeeded(GoSdk(emulator).manage("POST", "/rules/delete", f"bucket={bucket}&name=go".encode()))
    assert [(found["name"], found["delete_after_days"]) for found in reads[1]().json()] == [("java", 9)]
    assert succeeded(JavaSdk(emulator).post(f"/rules/delete?bucket={bucket}&name=java"))


def test_events(emulator: Emulator, bucket: str) -> None:
    """Go SDK, apis/add_bucket_event_rule: a query, `accessKey`. Java SDK: empty members, `access_key`, POST to read."""
    go = "callbackURL=http%3A%2F%2Fa.example.com&event=put&event=delete&accessKey=AK"
    assert succeeded(GoSdk(emulator).manage("POST", f"/events/add?bucket={bucket}&{go}&name=go"))
    java = "prefix=&suffix=.txt&event=copy&callbackURL=http://b.example.com&access_key=AK"
    assert succeeded(JavaSdk(emulator).post(f"/events/add?bucket={bucket}&name=java&{java}"))
    for read in (
        GoSdk(emulator).manage("GET", f"/events/get?bucket={bucket}"),
        JavaSdk(emulator).post(f"/events/get?bucket={bucket}"),
    ):
        shown = {found["name"]: found for found in read.json()}
        assert set(shown) == {"go", "java"}
        assert shown["java"]["events"] == ["copy"]
        assert shown["java"]["callback_urls"] == ["http://b.example.com"]
    assert succeeded(JavaSdk(emulator).post(f"/events/delete?bucket={bucket}&name=go"))
    assert succeeded(GoSdk(emulator).manage("POST", f"/events/delete?bucket={bucket}&name=java"))


def test_cors(emulator: Emulator, bucket: str) -> None:
    """Go SDK: JSON as JSON, read by GET. Java SDK, `putCorsRules`: JSON that says it is a form, read by POST."""
    rules = [{"allowed_origin": ["*"], "allowed_method": ["GET"], "allowed_header": ["x-a"], "max_age": 60}]
    body = json.dumps(rules).encode()
    for put in (
        lambda: GoSdk(emulator).manage("POST", f"/corsRules/set/{bucket}", body, JSON),
        lambda: JavaSdk(emulator).post(f"/corsRules/set/{bucket}", body),
    ):
        assert succeeded(put())
        for read in (
            GoSdk(emulator).manage("GET", f"/corsRules/get/{bucket}"),
            JavaSdk(emulator).post(f"/corsRules/get/{bucket}"),
        ):
            (shown,) = read.json()
            assert (shown["allowed_origin"], shown["allowed_method"], shown["max_age"]) == (["*"], ["GET"], 60)
        assert succeeded(GoSdk(emulator).manage("POST", f"/corsRules/set/{bucket}", b"[]", JSON))


def test_referer_list(emulator: Emulator, bucket: str) -> None:
    """Java SDK, `putReferAntiLeech`: semicolons in the query are bare. Go SDK: they are escaped."""
    target = f"/referAntiLeech?bucket={bucket}&mode=1&norefer=0&pattern=a.com;*.b.com&source_enabled=1"
    assert succeeded(JavaSdk(emulator).post(target))
    assert info(emulator, bucket)["refer_wl"] == ["a.com", "*.b.com"]
    escaped = target.replace(";", "%3B").replace("mode=1", "mode=2").replace("*", "%2A")
    assert succeeded(GoSdk(emulator).manage("POST", escaped))
    assert (info(emulator, bucket)["anti_leech_mode"], info(emulator, bucket)["refer_bl"]) == (2, ["a.com", "*.b.com"])


def test_tags(emulator: Emulator, bucket: str) -> None:
    """Go SDK, apis/set_bucket_taggings: PUT of JSON, GET, DELETE; `Tags` is a list even when there are none."""
    body = b'{"Tags":[{"Key":"team","Value":"backup"}]}'
    assert succeeded(GoSdk(emulator).manage("PUT", f"/bucketTagging?bucket={bucket}", body, JSON))
    assert GoSdk(emulator).manage("GET", f"/bucketTagging?bucket={bucket}").json() == json.loads(body)
    assert succeeded(GoSdk(emulator).manage("DELETE", f"/bucketTagging?bucket={bucket}"))
    assert GoSdk(emulator).manage("GET", f"/bucketTagging?bucket={bucket}").json()["Tags"] == []


def test_quota(emulator: Emulator, bucket: str) -> None:
    """Go SDK, apis/set_bucket_quota, leaves out what is 0; both SDKs read it by POST."""
    assert succeeded(GoSdk(emulator).manage("POST", f"/setbucketquota/{bucket}/count/5"))
    assert succeeded(JavaSdk(emulator).post(f"/setbucketquota/{bucket}/size/1000/count/5"))
    for read in (GoSdk(emulator).manage, lambda _, target: JavaSdk(emulator).post(target)):
        assert read("POST", f"/getbucketquota/{bucket}").json() == {"size": 1000, "count": 5}


def test_small_settings(emulator: Emulator, bucket: str) -> None:
    """Go SDK and Java SDK, `maxAge`, `noIndexPage` and `accessMode`: POST, in query or path, an empty body."""
    for post in (
        lambda target: GoSdk(emulator).manage("POST", target),
        lambda target: JavaSdk(emulator).post(target),
    ):
        assert succeeded(post(f"/maxAge?bucket={bucket}&maxAge=60"))
        assert succeeded(post(f"/noIndexPage?bucket={bucket}&noIndexPage=0"))
        assert succeeded(post(f"/accessMode/{bucket}/mode/1"))
        shown = info(emulator, bucket)
        assert (shown["max_age"], shown["no_index_page"], shown["protected"]) == (60, 0, 1)
        assert succeeded(post(f"/maxAge?bucket={bucket}&maxAge=0"))
        assert succeeded(post(f"/noIndexPage?bucket={bucket}&noIndexPage=1"))
        assert succeeded(post(f"/accessMode/{bucket}/mode/0"))


def test_mirror(emulator: Emulator, bucket: str) -> None:
    """Go SDK, apis/set_bucket_image: the host of the mirror is plain. Java SDK, `setImage`: it is base64."""
    source = b64url(b"http://origin.example.com")
    assert succeeded(GoSdk(emulator).manage("POST", f"/image/{bucket}/from/{source}/host/www.example.com"))
    assert (info(emulator, bucket)["source"], info(emulator, bucket)["host"]) == (
        "http://origin.example.com",
        "www.example.com",
    )
    assert succeeded(JavaSdk(emulator).post(f"/image/{bucket}/from/{source}/host/{b64url(b'java.example.com')}"))
    assert info(emulator, bucket)["host"] == "java.example.com"
    assert succeeded(JavaSdk(emulator).post(f"/unimage/{bucket}"))
    assert info(emulator, bucket)["source"] == ""


def test_remark(emulator: Emulator, bucket: str) -> None:
    """Go SDK, apis/set_bucket_remark: PUT of JSON to `?remark&`, a query that ends in nothing."""
    body = b'{"remark":"for tests"}'
    assert succeeded(GoSdk(emulator).manage("PUT", f"/buckets/{bucket}?remark&", body, JSON))
    assert info(emulator, bucket)["remark"] == "for tests"


def test_infos_of_all_buckets(emulator: Emulator) -> None:
    """Go SDK, apis/get_bucket_infos: POST; each has `name` and, in `info`, what bucketInfo has."""
    for target in ("/v2/bucketInfos?region=z0", "/v2/bucketInfos?fs=true&region=z0"):
        found = {bucket["name"]: bucket["info"] for bucket in GoSdk(emulator).manage("POST", target).json()}
        assert found[PUBLIC]["private"] == 0
        assert found[PUBLIC]["region"] == "z0"


def test_regions(emulator: Emulator) -> None:
    """Go SDK, apis/get_regions: GET, signed; `id` and `description` of each."""
    regions = GoSdk(emulator).manage("GET", "/regions").json()["regions"]
    assert "z0" in {region["id"] for region in regions}
    assert all(region["description"] for region in regions)
