import shlex
import sys

import pytest

from kodokeep.alerts.addresses import address
from kodokeep.alerts.delivery import NotDelivered
from kodokeep.model.alert import ChannelOptions

URL = "dingtalk://S3cretTok3n/13800000000"


def printing(code: str) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


def test_an_address_is_written_or_in_a_variable_or_printed() -> None:
    assert address(ChannelOptions("phone", url=URL), {}) == URL
    assert address(ChannelOptions("phone", url_variable="PHONE"), {"PHONE": f"{URL}\n"}) == URL
    assert address(ChannelOptions("phone", url_command=printing(f"print('{URL}')")), {}) == URL


@pytest.mark.parametrize(
    ("shown", "known_as"),
    [
        ("https://oapi.dingtalk.com/robot/send?access_token=0a-b_9", "dingtalk://0a-b_9"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx", "wecombot://693a91f6-7xxx"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/b4-0", "feishu://b4-0"),
        ("https://sctapi.ftqq.com/SCT1Tx.send", "schan://SCT1Tx"),
        ("https://hc-ping.com/0a-b9", "https://hc-ping.com/0a-b9"),
        ("https://evil.example/?https://oapi.dingtalk.com/robot/send?access_token=x", None),
    ],
)
def test_what_a_robots_own_page_shows_is_an_address(shown: str, known_as: str | None) -> None:
    assert address(ChannelOptions("phone", url=shown), {}) == (known_as or shown)


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        (ChannelOptions("phone", url_variable="PHONE"), r"\[notify:phone\] url_variable: \$PHONE is not set"),
        (
            ChannelOptions("phone", url_command="no-such-program x"),
            r"url_command \(no-such-program\) cannot be started",
        ),
        (ChannelOptions("phone", url_command=printing(f"print('{URL}'); exit(3)")), "ended with exit code 3"),
        (ChannelOptions("phone", url_command=printing("pass")), "printed nothing"),
        (ChannelOptions("phone", url_command=printing(f"print('{URL}\\n{URL}')")), "printed 2 lines, expected one"),
        (ChannelOptions("phone"), "expected one of url, url_command and url_variable"),
    ],
)
def test_an_address_that_cannot_be_had_is_a_problem_of_its_section(channel: ChannelOptions, told: str) -> None:
    with pytest.raises(NotDelivered, match=told) as failed:
        address(channel, {"PHONE": " "})
    assert "S3cret" not in str(failed.value)
