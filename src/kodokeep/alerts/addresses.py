"""Addresses: the URL of a channel, which is a secret: written in the config, printed by a command, or in a variable.

Robots show an https URL of their own; it is taken for what Apprise calls them.
"""

import re
from collections.abc import Mapping

from kodokeep.alerts.delivery import NotDelivered
from kodokeep.commands import CommandFailed, output_of, program_of
from kodokeep.model.alert import ChannelOptions

_LETTERS = r"(?P<token>[A-Za-z0-9_-]+)"
_ROBOTS = (
    ("dingtalk", re.compile(rf"https://oapi\.dingtalk\.com/robot/send\?access_token={_LETTERS}")),
    ("wecombot", re.compile(rf"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key={_LETTERS}")),
    ("feishu", re.compile(rf"https://open\.feishu\.cn/open-apis/bot/v2/hook/{_LETTERS}/?")),
    ("schan", re.compile(rf"https://sctapi\.ftqq\.com/{_LETTERS}\.send")),
)
"""Where these services tell their users to send messages to, by Apprise's names of them."""


def address(channel: ChannelOptions, env: Mapping[str, str]) -> str:
    """Where the channel is, as Apprise writes it. Raises NotDelivered if it cannot be had."""
    return as_apprise(_address(channel, env))


def as_apprise(url: str) -> str:
    """The URL, of a robot's own page in Apprise's form."""
    found = ((service, pattern.fullmatch(url)) for service, pattern in _ROBOTS)
    return next((f"{service}://{match['token']}" for service, match in found if match), url)


def _address(channel: ChannelOptions, env: Mapping[str, str]) -> str:
    if channel.url_command is not None:
        return _printed(channel, channel.url_command, env)
    if channel.url_variable is not None:
        if not (url := env.get(channel.url_variable, "").strip()):
            raise NotDelivered(f"[notify:{channel.name}] url_variable: ${channel.url_variable} is not set")
        return url
    if channel.url is None:
        raise NotDelivered(f"[notify:{channel.name}]: expected one of url, url_command and url_variable")
    return channel.url


def _printed(channel: ChannelOptions, command: str, env: Mapping[str, str]) -> str:
    what = f"[notify:{channel.name}] url_command ({program_of(command)})"
    try:
        lines = output_of(command, env).splitlines()
    except CommandFailed as error:
        raise NotDelivered(f"{what} {error}") from None
    if len(lines) != 1:
        raise NotDelivered(f"{what} printed {len(lines)} lines, expected one with a URL")
    return lines[0].strip()
