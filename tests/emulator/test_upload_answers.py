"""What an upload answers: returnBody with its variables, redirects, forced content types; and the laws of templates."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodo_emulator.protocol.templates import expand_form, expand_json
from tests.emulator.conftest import PUBLIC
from tests.emulator.forms import upload
from tests.emulator.wire import Answer
from tests.emulator_process import Emulator

HASH = "Fqr0xh3cxeii2r7eDztILNmuqUNN"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
values = st.one_of(texts, st.integers(), st.none())


def send(emulator: Emulator, key: str | None, *parts: tuple[str, bytes], **policy: Any) -> Answer:
    return upload(emulator, emulator.upload_token(PUBLIC, **policy), key, b"hello", *parts)


def test_a_return_body_of_bare_and_of_quoted_placeholders(emulator: Emulator) -> None:
    """The first two are what the official documents and qshell send."""
    bare = (
        '{"name": $(fname), "size": $(fsize), "type": $(mimeType), "hash": $(etag), "w": $(imageInfo.width),'
        ' "color": $(exif.ColorSpace.val)}'
    )
    assert send(emulator, "k", returnBody=bare).json() == {
        "name": "f",
        "size": 5,
        "type": "application/octet-stream",
        "hash": HASH,
        "w": None,
        "color": None,
    }
    quoted = '{"key":"$(key)","hash":"$(etag)","file_size":$(fsize),"mime":"$(mimeType)","w":"$(imageInfo.width)"}'
    assert send(emulator, "k", returnBody=quoted).json() == {
        "key": "k",
        "hash": HASH,
        "file_size": 5,
        "mime": "application/octet-stream",
        "w": "",
    }
    custom = '["$(x:a)", $(x:a), ${x:b}, $(x:none), "$(bucket)/${endUser}", $(year), $(bodySha1), $(persistentId)]'
    answer = send(emulator, "k", ("x:a", b'"\\ \xc3\xbc'), ("x:b", b"2"), returnBody=custom, endUser="u")
    assert answer.json() == ['"\\ ü', '"\\ ü', "2", None, f"{PUBLIC}/u", None, None, None]


def test_custom_variables_come_with_parts_too(emulator: Emulator) -> None:
    token = emulator.upload_token(PUBLIC, "k", returnBody='{"v": $(x:v), "fname": $(fname), "etag": $(etag)}')
    completion = {"customVars": {"x:v": "1", "other": "2"}, "fname": "a.txt"}
    done = emulator.put_parts(PUBLIC, "k", [b"hello"], token, completion)
    assert done == {"v": "1", "fname": "a.txt", "etag": HASH}


def test_a_return_body_that_is_no_json_comes_as_it_is(emulator: Emulator) -> None:
    for body in (" \n", "key=$(key)"):
        answer = send(emulator, "k", returnBody=body)
        assert (answer.status, answer.body.decode()) == (200, body.replace("$(key)", '"k"'))
    assert send(emulator, "k", returnBody="").json() == {"hash": HASH, "key": "k"}


@pytest.mark.parametrize("key", ["k", '"\\\n\x00$(etag)', "ж/日"])
def test_a_redirect_carries_the_return_body(emulator: Emulator, key: str) -> None:
    for url, mark in (("http://a.example/done", "?"), ("http://a.example/done?x=1", "&")):
        answer = send(emulator, key, returnUrl=url, returnBody='{"key": $(key)}')
        assert answer.status == 303
        target, _, encoded = answer.headers["location"].partition(f"{mark}upload_ret=")
        assert (target, json.loads(base64.urlsafe_b64decode(encoded))) == (url, {"key": key})
    answer = send(emulator, "k", returnUrl="http://a.example/done")
    assert (answer.status, answer.headers["location"]) == (303, "http://a.example/done")
    assert emulator.stat(PUBLIC, key)["fsize"] == 5


def test_a_redirect_cannot_add_headers(emulator: Emulator) -> None:
    answer = send(emulator, "k", returnUrl="http://x\r\nX-Evil: 1")
    assert (answer.status, answer.error()) == (400, "invalid value: returnUrl")


def test_a_form_may_ask_for_another_content_type(emulator: Emulator) -> None:
    answer = send(emulator, "k", ("accept", b"text/plain; charset=utf-8"))
    assert (answer.headers["content-type"], answer.json()["key"]) == ("text/plain; charset=utf-8", "k")
    assert send(emulator, "k").headers["content-type"] == "application/json"
    assert send(emulator, "k", ("accept", b"a\r\nb: c")).error() == "invalid value: accept"


def test_headers_to_store_are_checked(emulator: Emulator) -> None:
    assert send(emulator, "k", ("cacheControl", b"a\r\nb: c")).error() == "invalid value: Cache-Control"
    assert send(emulator, "k", ("expires", b"x" * 1025)).error() == "response headers too large"


@pytest.mark.parametrize("field", ["returnBody", "callbackBody", "callbackUrl", "saveKey"])
def test_a_template_must_not_grow_without_end(emulator: Emulator, field: str) -> None:
    policy = {"callbackUrl": "http://127.0.0.1:1/"} if field == "callbackBody" else {}
    value = ("x:long", b"x" * 60_000)
    answer = send(emulator, None, value, **policy, **{field: "$(x:long)" * 5})
    assert (answer.status, answer.error()) == (400, "template too large")
    assert emulator.keys(PUBLIC) == []
    answer = send(emulator, "k", value, returnBody="$(x:long)" * 4)
    assert len(answer.body) == 4 * 60_002


@given(names=st.dictionaries(texts.map(lambda name: "x:" + name.replace(")", "")), values, max_size=4))
def test_any_value_goes_through_a_json_template(names: dict[str, str | int | None]) -> None:
    """However a value looks, it arrives whole, and the template stays JSON."""
    bare = ", ".join(f"$({name})" for name in names if "(" not in name)
    quoted = ", ".join(f'"<$({name})>"' for name in names if "(" not in name)
    wanted = [value for name, value in names.items() if "(" not in name]
    assert json.loads(expand_json(f"[{bare}]", names)) == wanted
    shown = ["" if value is None else value for value in wanted]
    assert json.loads(expand_json(f'{{"\\"$": [{quoted}]}}', names)) == {'"$': [f"<{value}>" for value in shown]}


@given(value=values, other=values)
def test_any_value_goes_through_a_form_template(value: str | int | None, other: str | int | None) -> None:
    expanded = expand_form("a=$(a)&b=${b}&c=$(none)", {"a": value, "b": other})
    wanted = ["" if each is None else str(each) for each in (value, other)]
    assert parse_qsl(expanded, keep_blank_values=True) == [("a", wanted[0]), ("b", wanted[1]), ("c", "")]


@given(template=st.text(st.sampled_from('$(){}"\\x:a'), max_size=30))
def test_any_template_is_expanded(template: str) -> None:
    for expand in (expand_json, expand_form):
        assert isinstance(expand(template, {"a": "b"}), str)


@given(key=texts.filter(lambda key: len(key.encode()) < 700), variable=texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_any_key_and_variable_come_back_over_the_wire(emulator: Emulator, key: str, variable: str) -> None:
    body = '{"key": $(key), "quoted": "$(key)", "v": $(x:v), "quoted v": "$(x:v)"}'
    answer = send(emulator, key, ("x:v", variable.encode()), returnBody=body)
    assert answer.json() == {"key": key, "quoted": key, "v": variable, "quoted v": variable}
    emulator.delete(PUBLIC, key)
