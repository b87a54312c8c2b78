"""Arguments of all kinds: what is a number, a flag, a name with a value, a document; and that documents may be nested
as deep as they like without anybody falling over.
"""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.arguments import flag, integer, named_segments
from tests.emulator.asking import refused
from tests.emulator.conftest import PUBLIC
from tests.emulator.forms import upload
from tests.emulator_process import Emulator, b64url

NESTED = b"[" * 20_000
texts = st.text(max_size=8)


@given(number=st.integers(), low=st.integers(-(10**18), 10**18), high=st.integers(-(10**18), 10**18))
def test_numbers(number: int, low: int, high: int) -> None:
    if low <= number <= high:
        assert integer("n", str(number), low, high) == number
    else:
        with pytest.raises(KodoError, match="invalid argument: n"):
            integer("n", str(number), low, high)


@given(texts.filter(lambda text: not text.removeprefix("-").isdecimal() or not text.isascii()))
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(KodoError, match="invalid argument: n"):
        integer("n", text, -(10**18), 10**18)


@given(texts)
def test_flags(text: str) -> None:
    known = {"true": True, "1": True, "false": False, "0": False, "": False}
    if text in known:
        assert flag("f", text) is known[text]
    else:
        with pytest.raises(KodoError, match="invalid argument: f"):
            flag("f", text)


@given(st.dictionaries(st.sampled_from(["a", "b", "x:1", "x:2"]), texts))
def test_named_segments_in_any_order(options: dict[str, str]) -> None:
    segments = [segment for pair in options.items() for segment in pair]
    assert named_segments(segments, ("a", "b"), also=lambda name: name.startswith("x:")) == options


@pytest.mark.parametrize(
    ("segments", "text"),
    [
        (["a"], "invalid argument: a"),
        (["a", "1", "b"], "invalid argument: b"),
        (["a", "1", "a", "1"], "invalid argument: a"),
        (["c", "1"], "unknown argument: c"),
        (["a", "1", ""], "unknown argument: "),
    ],
)
def test_segments_that_do_not_fit(segments: list[str], text: str) -> None:
    with pytest.raises(KodoError) as caught:
        named_segments(segments, ("a", "b"))
    assert (caught.value.status, caught.value.message) == (400, text)


@pytest.mark.parametrize("document", [NESTED, b'{"x":' + NESTED], ids=["list", "member"])
def test_documents_nested_without_end(emulator: Emulator, document: bytes) -> None:
    """What a member holds that nobody knows is read over, and that goes as deep as the document does."""
    for target in (f"/list?bucket={PUBLIC}&marker=", f"/v2/list?bucket={PUBLIC}&marker="):
        assert refused(emulator, "GET", target + b64url(document))[0] == 640
    assert refused(emulator, "GET", "/sisyphus/fetch?id=" + b64url(document))[0] == 400
    assert refused(emulator, "POST", "/sisyphus/fetch", document)[0] == 400
    assert refused(emulator, "POST", f"/corsRules/set/{PUBLIC}", document)[0] == 400
    assert refused(emulator, "PUT", f"/bucketTagging?bucket={PUBLIC}", document)[0] == 400
    assert refused(emulator, "PUT", f"/buckets/{PUBLIC}?remark", document)[0] == 400
    encoded = base64.urlsafe_b64encode(document)
    assert upload(emulator, f"{emulator.sign(encoded)}:{encoded.decode()}", "k", b"hello").status == 401


@pytest.mark.parametrize("answer", [NESTED, b'{"x":' + NESTED, b'{"key":"k","payload":' + NESTED])
@pytest.mark.parametrize("fetches_key", [0, 1])
def test_a_nested_answer_to_a_callback_is_no_answer(emulator: Emulator, answer: bytes, fetches_key: int) -> None:
    emulator.urls({"http://app.example/": {"body_base64": base64.b64encode(answer).decode()}})
    policy = {"callbackUrl": "http://app.example/", "callbackBody": "k=$(key)", "callbackFetchKey": fetches_key}
    answered = upload(emulator, emulator.upload_token(PUBLIC, "k", **policy), "k", b"hello")
    emulator.urls({})
    assert answered.status == 579
    assert json.loads(answered.error())["error"].startswith("unexcepted response")
    assert emulator.keys(PUBLIC) == ["k"]
