import io
import ssl
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
import trustme
from apprise import Apprise
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.serverchan import NotifyServerChan
from apprise.plugins.wecombot import NotifyWeComBot

from kodokeep.alerts.channels import deliver, send_test
from kodokeep.alerts.delivery import NotDelivered
from kodokeep.model.alert import ChannelOptions
from tests.receivers import CLOSE, HANG, Web, mailbox, web
from tests.unit.alerts.conftest import MESSAGE

TOKEN = "Tok3nThatNobodyMaySee"


def to(url: str) -> ChannelOptions:
    return ChannelOptions("phone", url=url)


def failure(url: str) -> str:
    """Why a message to this URL fails; what went wrong is told in the exception and nowhere else."""
    stderr = io.StringIO()
    with redirect_stderr(stderr), pytest.raises(NotDelivered) as failed:
        deliver(to(url), MESSAGE, {})
    assert stderr.getvalue() == ""
    assert TOKEN.lower() not in str(failed.value).lower()
    return str(failed.value)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


@pytest.fixture
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    """A server's side of TLS for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


def test_a_webhook_gets_title_and_text_as_they_are(receiver: Web) -> None:
    deliver(to(receiver.channel(TOKEN)), MESSAGE, {})
    (request,) = receiver.requests
    assert request.path == f"/{TOKEN}"
    assert request.json["title"] == MESSAGE.title
    assert request.json["message"] == MESSAGE.body
    assert request.json["type"] == "failure"
    assert request.json["attachments"] == []
    assert request.headers["User-Agent"] == "kodokeep"


def test_mail_is_plain_text_over_a_secured_connection(certificate: ssl.SSLContext) -> None:
    with mailbox(certificate, passwords=[TOKEN]) as box:
        url = f"mailtos://keeper:{TOKEN}@localhost:{box.port}/?mode=starttls&from=keeper@example.com&to=me@example.com"
        deliver(to(url), MESSAGE, {})
    (mail,) = box.mail
    assert mail["Subject"] == MESSAGE.title
    assert mail["To"] == "me@example.com"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n").strip() == MESSAGE.body
    assert box.logins == [("keeper", TOKEN)]
    assert box.secured == [True]


def test_a_wrong_mail_password_is_told_without_it(certificate: ssl.SSLContext) -> None:
    with mailbox(certificate, passwords=["another"]) as box:
        url = f"mailtos://keeper:{TOKEN}@localhost:{box.port}/?mode=starttls&from=keeper@example.com&to=me@example.com"
        assert "Authentication credentials invalid" in failure(url)
    assert box.mail == []


def test_a_mail_server_without_encryption_gets_no_password() -> None:
    with mailbox(passwords=[TOKEN]) as box:
        url = f"mailtos://keeper:{TOKEN}@localhost:{box.port}/?mode=starttls&from=keeper@example.com&to=me@example.com"
        failure(url)
    assert (box.mail, box.logins) == ([], [])


def test_a_status_that_is_no_success_is_told(receiver: Web) -> None:
    receiver.statuses = [500]
    assert "error=500" in failure(receiver.channel(TOKEN))


def test_nobody_there_is_told() -> None:
    with web() as gone:
        url = gone.channel(TOKEN)
    assert "Connection refused" in failure(url)


def test_a_connection_that_is_cut_is_told(receiver: Web) -> None:
    receiver.statuses = [CLOSE]
    assert failure(receiver.channel(TOKEN))


def test_a_host_that_does_not_exist_is_told() -> None:
    assert "Connection error" in failure(f"json://no-such-host.invalid/{TOKEN}")


def test_a_certificate_that_nobody_vouches_for_is_told() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with web(context) as receiver:
        assert "certificate verify failed" in failure(f"jsons://localhost:{receiver.port}/{TOKEN}")
    assert receiver.requests == []


def test_a_receiver_that_hangs_is_given_up(receiver: Web) -> None:
    receiver.statuses = [HANG]
    assert "timed out" in failure(f"{receiver.channel(TOKEN)}?rto=0.1")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"dingtlk://{TOKEN}", "knows no service dingtlk://; did you mean dingtalk://?"),
        (f"wecom://{TOKEN}", "cannot use it for wecom:// (The Pushplus token (***) is invalid)"),
        (f"nosuchthing://{TOKEN}", "knows no service nosuchthing://"),
        (f"https://example.com/{TOKEN}", "knows no service https://"),
        (TOKEN, "expected a URL such as dingtalk://TOKEN"),
        (f"{TOKEN}/13800000000", "expected a URL such as dingtalk://TOKEN"),
        (f"{TOKEN}{TOKEN}://x", "expected a URL such as dingtalk://TOKEN"),
        ("schan://", "cannot use it for schan://"),
        (f"dingtalk://{TOKEN}!!/", "cannot use it for dingtalk://"),
        (f"tgram://{TOKEN}", "cannot use it for tgram://"),
        ("mailto://", "cannot use it for mailto://"),
    ],
)
def test_an_address_that_is_none_is_a_problem_of_its_section(url: str, told: str) -> None:
    assert failure(url).startswith("[notify:phone] url: Apprise ")
    assert told in failure(url)


@pytest.fixture
def robots(receiver: Web, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """The services that refuse with 200, here."""
    monkeypatch.setattr(NotifyDingTalk, "notify_url", f"{receiver.url}/robot/send?access_token={{token}}")
    monkeypatch.setattr(NotifyWeComBot, "notify_url", f"{receiver.url}/webhook/send?key={{key}}")
    monkeypatch.setattr(NotifyServerChan, "notify_url", f"{receiver.url}/{{token}}.send")
    return receiver


@pytest.mark.parametrize(
    ("url", "refusal", "told"),
    [
        ("dingtalk", b'{"errcode":310000,"errmsg":"keywords not in content"}', "310000: keywords not in content"),
        ("wecombot", b'{"errcode":93000,"errmsg":"invalid webhook url"}', "93000: invalid webhook url"),
        ("schan", b'{"code":40001,"message":"bad key"}', "40001: bad key"),
    ],
)
def test_a_service_that_refuses_with_200_is_not_believed(robots: Web, url: str, refusal: bytes, told: str) -> None:
    robots.answer = refusal
    assert told in failure(f"{url}://{TOKEN}")
    robots.answer = b'{"errcode":0,"code":0,"errmsg":"ok"}'
    deliver(to(f"{url}://{TOKEN}"), MESSAGE, {})
    assert len(robots.requests) == 2
    assert all("kodokeep" in unquote_plus(request.body.decode()) for request in robots.requests)


def test_the_services_of_our_users_are_known_to_apprise() -> None:
    for url in (
        "dingtalk://AccessTokenOfTheRobot123",
        "dingtalk://SigningSecret123@AccessTokenOfTheRobot123/13800000000",
        "wecombot://693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa",
        "feishu://2b2a0b9c-d2f1-4d7d-9c0a-0123456789ab",
        "schan://SCT1234567890abcdef",
        "tgram://123456789:AAabcdefghijklmnopqrstuvwxyz_0123456/12315544/",
        "mailto://me:password@qq.com",
        "mailto://me:password@163.com",
        "ntfy://topic-of-mine",
        "bark://api.day.app/DeviceKey",
        "pushplus://abcdefabcdefabcdefabcdefabcdefab",
        "gotify://gotify.example.com/AbcdefghijklmnO",
    ):
        assert Apprise.instantiate(url) is not None, url


def test_a_test_goes_to_every_channel_and_tells_which_failed(receiver: Web) -> None:
    failed = send_test(
        [
            ChannelOptions("phone", url=receiver.channel("phone"), on=frozenset()),
            ChannelOptions("mail", url_variable="MAIL_URL"),
            ChannelOptions("chat", url="nosuchthing://x"),
        ],
        MESSAGE,
        {},
    )
    assert receiver.messages == [(MESSAGE.title, MESSAGE.body)]
    assert list(failed) == ["mail", "chat"]
    assert failed["mail"] == "[notify:mail] url_variable: $MAIL_URL is not set"
