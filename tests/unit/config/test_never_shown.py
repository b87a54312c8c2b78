"""A config that is wrong is told to logs and channels; what may be a password or a token in it is not."""

from pathlib import Path

import pytest

from kodokeep.config.load import from_text
from kodokeep.config.schema import COMMANDS
from kodokeep.errors import ConfigError

TOKEN = "S3cr3t0123456789abcdefghijklmnopqrstuvwxyz"
PAIR = "[bucket:a]\nfolder = /a\n"
NOTIFY = f"{PAIR}[notify:phone]\n"
ACCOUNT = f"{PAIR}[account]\n"


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        from_text(text, Path("/etc/config.ini"))
    return f"{caught.value.message}\n{caught.value.hint}"


@pytest.mark.parametrize(
    "text",
    [
        f"{PAIR}proxy = me:{TOKEN}@proxy:8080\n",
        f"{PAIR}proxy = ftp://me:{TOKEN}@proxy\n",
        f"{PAIR}proxy = http://me:{TOKEN}@proxy:99999\n",
        f"{PAIR}proxy = http://me:{TOKEN}#@proxy\n",
        f"{PAIR}proxy = http://me:{TOKEN}@[::1\n",
        f"{PAIR}heartbeat = https://[::1/{TOKEN}\n",
        f"{PAIR}domain = me:{TOKEN}@cdn.example.com\n",
        f"{PAIR}heartbeat = hc-ping.com/{TOKEN}\n",
        f"{NOTIFY}url = dingtalk:/{TOKEN}\n",
        f"{NOTIFY}url_variable = dingtalk://{TOKEN}/138\n",
        f"{NOTIFY}url = json://h\ndingtalk://{TOKEN} = x\n",
        f"{NOTIFY}url = json://h\n{TOKEN} = x\n",
        f"{NOTIFY}url = json://h\n{TOKEN} = x\n{TOKEN} = x\n",
        f"{PAIR}[notify:dingtalk://{TOKEN}]\n",
        f"{PAIR}[dingtalk://{TOKEN}]\n",
        f"{PAIR}[dingtalk://{TOKEN}]\n[dingtalk://{TOKEN}]\n",
        f"{ACCOUNT}qiniu_secret_key {TOKEN} =\n",
        f"{ACCOUNT}secret_key = {TOKEN}\n",
    ],
)
def test_what_was_written_in_the_wrong_place_is_not_shown(text: str) -> None:
    assert TOKEN.lower() not in complaint(text).lower()


@pytest.mark.parametrize("option", sorted(COMMANDS))
@pytest.mark.parametrize(
    "command", [f"curl -H 'Bearer {TOKEN}", f"https://hooks.example.com/{TOKEN}", f"TOKEN={TOKEN} notify"]
)
def test_a_command_that_is_none_is_refused_before_anything_is_started(option: str, command: str) -> None:
    section = NOTIFY if option == "url_command" else PAIR if option.startswith("on_") else ACCOUNT
    told = complaint(f"{section}{option} = {command}\n")
    assert f"{option}: expected a command such as pass show qiniu" in told
    assert TOKEN not in told
