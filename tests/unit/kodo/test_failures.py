import pycurl
import pytest

from kodokeep.errors import BucketUnknown, ClockSkewed, KodoError, ListingBroken, SignInRefused, Unreachable
from kodokeep.kodo.failures import Failure, of_curl, of_status, retryable_status, told_to_users

URL = "http://host:1/path?e=1&token=AK:confidential"


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (401, "bad token", SignInRefused),
        (403, "request time too skewed", ClockSkewed),
        (403, "no", KodoError),
        (419, "account is frozen", KodoError),
        (612, "no such file or directory", KodoError),
        (612, "app/accesskey is not found", SignInRefused),
        (631, "no such bucket", BucketUnknown),
        (640, "invalid list marker", ListingBroken),
        (503, "busy", Unreachable),
    ],
)
def test_statuses_become_the_errors_of_our_tree(status: int, text: str, error: type[KodoError]) -> None:
    failure = of_status(status, f'{{"error":"{text}"}}'.encode(), URL)
    assert type(failure.error) is error
    assert failure.status == status
    assert "host:1" in failure.error.message
    assert text in failure.error.message
    assert "confidential" not in failure.error.message


@pytest.mark.parametrize("proxy", ["http://me:confidential@h:99999", "me:confidential@h:x", "http://me:con@fid@[::1"])
def test_the_password_of_a_proxy_that_curl_does_not_understand_is_not_told(proxy: str) -> None:
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, URL)
    handle.setopt(pycurl.PROXY, proxy)
    with pytest.raises(pycurl.error) as caught:
        handle.perform()
    assert proxy in handle.errstr()
    message = of_curl(caught.value.args[0], handle.errstr(), URL).error.message
    assert "proxy" in message
    assert "con" not in message.replace("could not", "")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 571, 573, 599, 996])
def test_some_statuses_are_worth_another_attempt(status: int) -> None:
    assert retryable_status(status)
    assert of_status(status, b"", URL).retryable


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 416, 419, 478, 501, 509, 579, 608, 612, 631, 640])
def test_others_are_not(status: int) -> None:
    assert not retryable_status(status)
    assert not of_status(status, b"", URL).retryable


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        (pycurl.E_COULDNT_CONNECT, True),
        (pycurl.E_COULDNT_RESOLVE_HOST, True),
        (pycurl.E_PARTIAL_FILE, True),
        (pycurl.E_OPERATION_TIMEDOUT, True),
        (pycurl.E_PEER_FAILED_VERIFICATION, False),
        (pycurl.E_URL_MALFORMAT, False),
    ],
)
def test_no_answer_names_the_host_and_no_token(code: int, retryable: bool) -> None:
    failure = of_curl(code, "", URL)
    assert isinstance(failure.error, Unreachable)
    assert failure.retryable is retryable
    assert "host:1" in failure.error.message
    assert "confidential" not in failure.error.message


@pytest.mark.parametrize("body", [b"<html>\xff</html>", b"[]", b'{"error":7}', b"", b"{"])
def test_any_error_body_can_be_told(body: bytes) -> None:
    assert of_status(500, body, URL).error.message


def test_users_see_errors_not_failures() -> None:
    with pytest.raises(BucketUnknown) as caught, told_to_users():
        raise of_status(631, b"", URL)
    assert isinstance(caught.value.__cause__, Failure)
