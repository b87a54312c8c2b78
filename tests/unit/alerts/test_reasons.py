import json
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.alerts.reasons import cause_in, hidden

SECRETS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=4, max_size=20)
AROUND = st.text(max_size=30)


@given(SECRETS, SECRETS, SECRETS, AROUND, AROUND)
def test_no_part_of_an_address_is_told_however_it_is_spelled(
    user: str, password: str, token: str, before: str, after: str
) -> None:
    url = f"jsons://{quote(user)}:{password}@host.example.com/{token}/?key={token}"
    for secret in (user, password, token):
        for spelled in (secret, secret.lower(), secret.upper(), f"/{secret}?", url):
            assert secret.lower() not in hidden(f"{before}{spelled}{after}", url).lower()


def test_a_part_that_was_encoded_is_hidden_decoded_too() -> None:
    told = hidden("login as me@example.com failed", "mailto://me%40example.com:pw@smtp.example.com")
    assert told == "login as *** failed"


@pytest.mark.parametrize("said", ["/bot/p%C3%A4ssw%2Bort", "p%c3%a4ssw%2bort", "pässw+ort"])
def test_a_part_that_was_written_plainly_is_hidden_encoded_too(said: str) -> None:
    told = hidden(f"no answer to {said}", "json://me:pässw+ort@host")
    assert "ssw" not in told
    assert "ort" not in told


PASSWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_categories=("Z", "C")), min_size=4)


@given(
    PASSWORDS, st.sampled_from([str, quote, lambda text: quote(text, safe=""), quote_plus, escape, json.dumps, repr])
)
def test_no_password_is_told_however_it_is_written_and_spelled(password: str, spell: Callable[[str], str]) -> None:
    url = f"mailto://me:{quote(password, safe='')}@host"
    spelled = spell(password)[1:-1] if spell in (json.dumps, repr) else spell(password)
    assert spelled not in hidden(f"no: {spelled}", url)


def test_the_service_and_what_it_says_stay() -> None:
    said = "Failed to send JSON POST notification: Internal server error., error=500"
    assert hidden(said, "json://127.0.0.1:8080/token") == said


def test_a_reason_is_one_line_and_not_long() -> None:
    assert hidden("no\n  answer", "json://h") == "no answer"
    assert len(hidden("no " * 1000, "json://h")) == 200


REFUSED = (
    "HTTPConnectionPool(host='h', port=1): Max retries exceeded with url: /TOKEN (Caused by NewConnectionError("
    "\"HTTPConnection(host='h', port=1): Failed to establish a new connection: [Errno 111] Connection refused\"))"
)
UNTRUSTED = (
    "(Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
    "unable to get local issuer certificate (_ssl.c:1006)')))"
)
UNKNOWN = "NameResolutionError(\"Failed to resolve 'h' ([Errno -2] Name or service not known)\")"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (REFUSED, "Connection refused"),
        ("[Errno 111] Connection refused", "Connection refused"),
        (UNTRUSTED, "certificate verify failed: unable to get local issuer certificate"),
        (UNKNOWN, "Name or service not known"),
        ("HTTPConnectionPool(host='h', port=1): Read timed out. (read timeout=4.0)", "timed out"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "wrong version number"),
        ("something else", ""),
    ],
)
def test_what_libraries_say_of_the_network_comes_down_to_its_cause(text: str, cause: str) -> None:
    assert cause_in(text) == cause
