"""Lists that are set of a bucket: lifecycle rules, event rules, CORS, tags (protocol §1.5)."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.asking import b64, form, refused, send_json
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator_process import Emulator, EmulatorError

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)

NO_DAYS = dict.fromkeys(
    (
        "delete_after_days",
        "to_line_after_days",
        "to_archive_ir_after_days",
        "to_archive_after_days",
        "to_deep_archive_after_days",
        "history_delete_after_days",
        "history_to_line_after_days",
    ),
    0,
)
CALLBACK = "https://a.example/back?x=1"
TEN_KEYS = [f"k{number}" for number in range(10)]


def rules(emulator: Emulator, bucket: str) -> list[dict[str, Any]]:
    """The lifecycle rules, without the time of each."""
    found = emulator.manage("GET", f"/rules/get?bucket={bucket}") or []
    assert all(rule.pop("ctime").endswith("Z") for rule in found)
    return list(found)


def events(emulator: Emulator, bucket: str) -> dict[str, dict[str, Any]]:
    return {rule["name"]: rule for rule in emulator.manage("GET", f"/events/get?bucket={bucket}") or []}


class TestLifecycle:
    def test_a_rule_from_its_making_to_its_end(self, emulator: Emulator, bucket: str) -> None:
        assert emulator.manage("POST", f"/rules/get?bucket={bucket}") is None
        days = {"to_line_after_days": 30, "to_archive_after_days": 40, "delete_after_days": 65}
        emulator.manage("POST", "/rules/add", form(bucket=bucket, name="r_1", prefix="目/", **{**NO_DAYS, **days}))
        assert rules(emulator, bucket) == [{"name": "r_1", "prefix": "目/", **NO_DAYS, **days}]
        emulator.manage("POST", "/rules/update", form(bucket=bucket, name="r_1", to_line_after_days=8))
        changed = {**days, "to_line_after_days": 8}
        assert rules(emulator, bucket) == [{"name": "r_1", "prefix": "目/", **NO_DAYS, **changed}]
        emulator.manage("POST", f"/rules/update?bucket={bucket}&name=r_1&prefix=&delete_after_days=0")
        assert rules(emulator, bucket) == [{"name": "r_1", "prefix": "", **NO_DAYS, **changed, "delete_after_days": 0}]
        emulator.manage("POST", "/rules/delete", form(bucket=bucket, name="r_1"))
        assert rules(emulator, bucket) == []

    def test_the_java_sdk_asks_in_the_query_string(self, emulator: Emulator, bucket: str) -> None:
        """And a rule may do nothing, or change the type at once."""
        days = "&".join(f"{name}=0" for name in NO_DAYS)
        emulator.manage("POST", f"/rules/add?bucket={bucket}&name=a&prefix=x&{days}")
        emulator.manage("POST", f"/rules/add?bucket={bucket}&name=b&to_line_after_days=-1&delete_after_days=1")
        assert [(rule["name"], rule["to_line_after_days"]) for rule in rules(emulator, bucket)] == [("a", 0), ("b", -1)]

    @pytest.mark.parametrize(
        ("call", "fields", "text"),
        [
            ("add", {"name": "a", "prefix": "other"}, "rule name exists"),
            ("add", {"name": "b", "prefix": "p"}, "rule prefix exists"),
            ("add", {"name": "x" * 50}, "invalid rule name"),
            ("add", {"name": "a-b"}, "invalid rule name"),
            ("add", {"name": "名"}, "invalid rule name"),
            ("add", {"name": ""}, "missing parameter: name"),
            ("add", {}, "missing parameter: name"),
            ("add", {"name": "b", "delete_after_days": "soon"}, "invalid argument: delete_after_days"),
            ("add", {"name": "b", "delete_after_days": ""}, "invalid argument: delete_after_days"),
            ("add", {"name": "b", "delete_after_days": -1}, "invalid argument: delete_after_days"),
            ("add", {"name": "b", "delete_after_days": 10**9}, "invalid argument: delete_after_days"),
            ("add", {"name": "b", "to_line_after_days": 5, "delete_after_days": 5}, None),
            ("add", {"name": "b", "to_archive_after_days": 9, "to_deep_archive_after_days": 8}, None),
            ("add", {"name": "b", "prefix": "x" * 751}, "key too long"),
            ("add", {"name": "b", "days": 1}, "unknown parameter: days"),
            ("update", {"name": "b", "prefix": "p"}, "rule name not found"),
            ("update", {"name": "a", "prefix": "q"}, "rule prefix exists"),
            ("update", {"name": "a", "to_line_after_days": 11}, None),
            ("delete", {"name": "b"}, "rule name not found"),
            ("delete", {"name": "a", "prefix": "p"}, "unknown parameter: prefix"),
        ],
    )
    def test_refusals(
        self, emulator: Emulator, bucket: str, call: str, fields: dict[str, object], text: str | None
    ) -> None:
        emulator.manage("POST", "/rules/add", form(bucket=bucket, name="a", prefix="p", delete_after_days=10))
        emulator.manage("POST", "/rules/add", form(bucket=bucket, name="other", prefix="q"))
        before = rules(emulator, bucket)
        status, said = refused(emulator, "POST", f"/rules/{call}", form(bucket=bucket, **fields))
        assert (status, said) == (400, text or "invalid argument: days must ascend, and deletion comes last")
        assert rules(emulator, bucket) == before


class TestEvents:
    def test_a_rule_from_its_making_to_its_end(self, emulator: Emulator, bucket: str) -> None:
        assert emulator.manage("GET", f"/events/get?bucket={bucket}") is None
        fields = {"name": "e", "event": ["put", "mkfile"], "callbackURL": [CALLBACK, "http://b.example"]}
        emulator.manage("POST", "/events/add", form(bucket=bucket, suffix=".png", access_key="ak", **fields))
        rule = events(emulator, bucket)["e"]
        for member in ("event", "events"):
            assert rule[member] == ["put", "mkfile"]
        for member in ("callbackURL", "callback_urls"):
            assert rule[member] == [CALLBACK, "http://b.example"]
        assert (rule["prefix"], rule["suffix"], rule["access_key"], rule["host"]) == ("", ".png", "ak", "")
        emulator.manage("POST", "/events/update", form(bucket=bucket, name="e", event="copy", host="h.example"))
        rule = events(emulator, bucket)["e"]
        assert (rule["event"], rule["callbackURL"], rule["host"]) == (
            ["copy"],
            [CALLBACK, "http://b.example"],
            "h.example",
        )
        emulator.manage("POST", f"/events/delete?bucket={bucket}&name=e")
        assert events(emulator, bucket) == {}

    def test_the_go_sdk_asks_in_the_query_string(self, emulator: Emulator, bucket: str) -> None:
        query = form(bucket=bucket, name="e", event="restore:completed", callbackURL=CALLBACK, accessKey="ak").decode()
        emulator.manage("POST", f"/events/add?{query}")
        assert events(emulator, bucket)["e"]["accessKey"] == "ak"

    @pytest.mark.parametrize(
        ("call", "fields", "text"),
        [
            ("add", {"name": "n"}, "invalid events"),
            ("add", {"name": "n", "event": "explode", "callbackURL": CALLBACK}, "invalid events"),
            ("add", {"name": "n", "event": ["put", ""], "callbackURL": CALLBACK}, "invalid events"),
            ("add", {"name": "n", "event": "put"}, "callbackURL must starts with http:// or https://"),
            (
                "add",
                {"name": "n", "event": "put", "callbackURL": "a.example"},
                "callbackURL must starts with http:// or https://",
            ),
            (
                "add",
                {"name": "n", "event": "put", "callbackURL": [CALLBACK, "http://["]},
                "callbackURL must starts with http:// or https://",
            ),
            ("add", {"name": "a", "prefix": "n", "event": "put", "callbackURL": CALLBACK}, "event name exists"),
            (
                "add",
                {"name": "n", "prefix": "p", "event": "put", "callbackURL": CALLBACK},
                "event prefix and suffix exists",
            ),
            ("add", {"name": "n n", "event": "put", "callbackURL": CALLBACK}, "invalid rule name"),
            ("update", {"name": "n", "prefix": "c"}, "event name not found"),
            ("update", {"name": "b", "prefix": "p"}, "event prefix and suffix exists"),
            (
                "update",
                {"name": "a", "callbackURL": "ftp://a.example"},
                "callbackURL must starts with http:// or https://",
            ),
            ("delete", {"name": "n"}, "event name not found"),
        ],
    )
    def test_refusals(self, emulator: Emulator, bucket: str, call: str, fields: dict[str, object], text: str) -> None:
        for name, prefix in (("a", "p"), ("b", "q")):
            made = form(bucket=bucket, name=name, prefix=prefix, event="put", callbackURL=CALLBACK)
            emulator.manage("POST", "/events/add", made)
        before = events(emulator, bucket)
        assert refused(emulator, "POST", f"/events/{call}", form(bucket=bucket, **fields)) == (400, text)
        assert events(emulator, bucket) == before


class TestCors:
    def test_rules_come_back_as_they_were_set(self, emulator: Emulator, bucket: str) -> None:
        """Also empty ones: the Java SDK's tests find that the cloud takes them."""
        assert emulator.manage("POST", f"/corsRules/get/{bucket}") == []
        full = {
            "allowed_origin": ["http://a.example", "*"],
            "allowed_method": ["GET", "POST"],
            "allowed_header": ["*"],
            "exposed_header": ["x-a"],
            "max_age": 20,
        }
        bare = {"allowed_origin": [""], "allowed_method": [""]}
        completed = {**bare, "allowed_header": [], "exposed_header": [], "max_age": 0}
        target = f"/corsRules/set/{bucket}"
        emulator.manage("POST", target, json.dumps([full, bare]).encode())  # As the Node SDK: a form, it says.
        assert emulator.manage("GET", f"/corsRules/get/{bucket}") == [full, completed]
        send_json(emulator, "POST", target, [{**bare, "allowed_header": None, "exposed_header": None}])
        assert emulator.manage("GET", f"/corsRules/get/{bucket}") == [completed]
        send_json(emulator, "POST", target, [full] * 10)
        assert emulator.manage("GET", f"/corsRules/get/{bucket}") == [full] * 10
        send_json(emulator, "POST", target, [])
        assert emulator.manage("GET", f"/corsRules/get/{bucket}") == []

    @pytest.mark.parametrize(
        "document",
        [
            {},
            None,
            "rules",
            [None],
            [{}],
            [{"allowed_origin": ["*"]}],
            [{"allowed_method": ["GET"]}],
            [{"allowed_origin": [], "allowed_method": ["GET"]}],
            [{"allowed_origin": ["*"], "allowed_method": []}],
            [{"allowed_origin": "*", "allowed_method": ["GET"]}],
            [{"allowed_origin": ["*"], "allowed_method": ["GET"], "max_age": -1}],
            [{"allowed_origin": ["*"], "allowed_method": ["GET"], "max_age": 10**40}],
            [{"allowed_origin": ["*"], "allowed_method": ["GET"], "max_age": 1.5}],
            [{"allowed_origin": ["*"], "allowed_method": ["GET"], "colour": "red"}],
            [{"allowed_origin": ["http://a b"], "allowed_method": ["GET"]}],
            [{"allowed_origin": ["*"], "allowed_method": ["GET\n"]}],
            [{"allowed_origin": ["*"], "allowed_method": ["GET"], "exposed_header": ["x: 1\r\ny"]}],
            [{"allowed_origin": ["*"], "allowed_method": ["GET"], "allowed_header": ["名"]}],
            [{"allowed_origin": ["*"], "allowed_method": ["GET"]}] * 11,
        ],
    )
    def test_refusals(self, emulator: Emulator, bucket: str, document: object) -> None:
        with pytest.raises(EmulatorError, match="400"):
            send_json(emulator, "POST", f"/corsRules/set/{bucket}", document)
        assert emulator.manage("GET", f"/corsRules/get/{bucket}") == []


def tag(key: str, value: str) -> dict[str, str]:
    return {"Key": key, "Value": value}


class TestTags:
    def test_all_tags_are_replaced_at_once(self, emulator: Emulator, bucket: str) -> None:
        target = f"/bucketTagging?bucket={bucket}"
        assert emulator.manage("GET", target) == {"Tags": []}
        for tags in (
            [tag("lang", "python"), tag("team 1", "+-=._:/@")],
            [tag("K" * 64, "v" * 128)],
            [tag(key, "same") for key in TEN_KEYS],
        ):
            send_json(emulator, "PUT", target, {"Tags": tags})
            assert emulator.manage("GET", target) == {"Tags": tags}
        emulator.manage("DELETE", target)
        assert emulator.manage("GET", target) == {"Tags": []}

    @pytest.mark.parametrize(
        ("tags", "text"),
        [
            ([tag(key, "x") for key in [*TEN_KEYS, "k10"]], "tag num exceed limit"),
            ([tag("a", "x"), tag("a", "y")], "tag contain duplicate key"),
            ([tag("", "x")], "tag key invalid"),
            ([tag("K" * 65, "x")], "tag key invalid"),
            ([tag("kodo-own", "x")], "tag key invalid"),
            ([tag("名", "x")], "tag key invalid"),
            ([tag("a;b", "x")], "tag key invalid"),
            ([tag("a", "")], "tag value invalid"),
            ([tag("a", "v" * 129)], "tag value invalid"),
            ([tag("a", "值")], "tag value invalid"),
            ([tag("a", "x\n")], "tag value invalid"),
        ],
    )
    def test_refusals(self, emulator: Emulator, bucket: str, tags: list[dict[str, str]], text: str) -> None:
        send_json(emulator, "PUT", f"/bucketTagging?bucket={bucket}", {"Tags": [tag("kept", "1")]})
        with pytest.raises(EmulatorError, match=f'400 {{"error":"{text}"}}'):
            send_json(emulator, "PUT", f"/bucketTagging?bucket={bucket}", {"Tags": tags})
        assert emulator.manage("GET", f"/bucketTagging?bucket={bucket}") == {"Tags": [tag("kept", "1")]}

    @pytest.mark.parametrize(
        "document", [[], {}, {"Tags": None}, {"Tags": [{"Key": "a"}]}, {"tags": []}, {"Tags": [], "x": 1}]
    )
    def test_documents_that_are_no_tags(self, emulator: Emulator, bucket: str, document: object) -> None:
        with pytest.raises(EmulatorError, match="400"):
            send_json(emulator, "PUT", f"/bucketTagging?bucket={bucket}", document)

    def test_buckets_are_found_by_their_tags(self, emulator: Emulator, bucket: str) -> None:
        """As the Node SDK asks: a key alone means any value."""
        tags = [tag("sdk", "nodejs"), tag("lang", "a=b")]
        send_json(emulator, "PUT", f"/bucketTagging?bucket={bucket}", {"Tags": tags})
        for condition, found in (
            ("key=sdk&value=nodejs", [bucket]),
            ("key=sdk;key=lang", [bucket]),
            ("key=sdk&value=nodejs;key=lang&value=a=b", [bucket]),
            ("key=sdk&value=java", []),
            ("key=other", []),
            ("", [bucket, PRIVATE, PUBLIC]),
        ):
            assert emulator.manage("POST", f"/buckets?tagCondition={b64(condition)}") == found
        for condition in (b64("sdk=nodejs"), b64("key="), "!", b64("key=a;value=b")):
            assert refused(emulator, "POST", f"/buckets?tagCondition={condition}")[0] == 400

    @given(
        tags=st.dictionaries(
            st.from_regex(r"[A-Za-z0-9 +=._:/@-]{1,64}", fullmatch=True).filter(lambda key: not key.startswith("kodo")),
            st.from_regex(r"[A-Za-z0-9 +=._:/@-]{1,128}", fullmatch=True),
            max_size=10,
        )
    )
    @relaxed
    def test_legal_tags_are_kept_as_they_are(self, emulator: Emulator, bucket: str, tags: dict[str, str]) -> None:
        sent = [tag(key, value) for key, value in tags.items()]
        send_json(emulator, "PUT", f"/bucketTagging?bucket={bucket}", {"Tags": sent})
        assert emulator.manage("GET", f"/bucketTagging?bucket={bucket}")["Tags"] == sent
        if tags:
            condition = ";".join(f"key={key}&value={value}" for key, value in tags.items())
            assert emulator.manage("POST", f"/buckets?tagCondition={b64(condition)}") == [bucket]
