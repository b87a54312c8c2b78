from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.config.rescue import from_text, rescue
from kodokeep.model.alert import USUAL_KINDS, AlertKind

PHONE = "[notify:phone]\nurl = dingtalk://T0ken\n"
PAIR = "[bucket:photos]\nfolder = here\nheartbeat = https://hc.example.com/uuid\non_failure = notify.sh\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A config of the user's own."""
    file = tmp_path / "config.ini"
    file.touch(0o600)
    return file


@pytest.mark.parametrize(
    "broken",
    [
        "{phone}{pair}rubbish\n",
        "rubbish\n{phone}{pair}",
        "option = before any section\n{phone}{pair}",
        "{phone}{pair}{pair}",
        "{pair}[bucket:photos]\n{phone}",
        "{pair}[bucket:unclosed\nfolder = x\n{phone}",
        "{pair}<<<<<<< mine\n{phone}=======\n>>>>>>> theirs\n",
        "{pair}mode = bakcup\nschedule = soon\n{phone}on = everythin\nkey_names = perhaps\nurll = x\n",
        "[acount]\nx = y\n{phone}{pair}",
        "{pair}   {phone}",
        "{pair}\nexclude =\n    *.tmp\n# comment\n{phone}",
    ],
)
def test_whom_to_tell_is_made_out_whatever_stands_around_it(broken: str, file: Path) -> None:
    file.write_text(broken.format(phone=PHONE, pair=PAIR), "utf-8-sig")
    found = rescue(file)
    assert found is not None
    (channel,) = found.channels
    assert (channel.name, channel.url, channel.on, channel.key_names) == (
        "phone",
        "dingtalk://T0ken",
        USUAL_KINDS,
        False,
    )
    assert found.pairs["photos"].heartbeat.failure == "https://hc.example.com/uuid/fail"
    assert found.pairs["photos"].commands == {AlertKind.FAILURE: "notify.sh"}


def test_options_of_all_pairs_are_those_of_each() -> None:
    found = from_text("[defaults]\non_failure = a\nheartbeat = ftp://x\n[bucket:one]\n[bucket:two]\non_failure = b\n")
    assert {name: options.commands[AlertKind.FAILURE] for name, options in found.pairs.items()} == {
        "one": "a",
        "two": "b",
    }
    assert found.defaults.commands == {AlertKind.FAILURE: "a"}
    assert found.defaults.heartbeat.failure is None


def test_what_is_told_where_is_kept() -> None:
    (channel,) = from_text(f"{PHONE}on = held, failure\npairs = photos\nkey_names = yes\n").channels
    assert channel.on == {AlertKind.HELD, AlertKind.FAILURE}
    assert channel.pairs == {"photos"}
    assert channel.key_names


def test_a_channel_without_a_usable_address_is_none() -> None:
    found = from_text("[notify:a]\nurl = no address\n[notify:b]\n[notify:c]\nurl = json://h\nurl_variable = X\n")
    assert [(channel.name, channel.url, channel.url_variable) for channel in found.channels] == [
        ("c", "json://h", None)
    ]


def test_commands_are_those_of_the_user_alone(file: Path) -> None:
    file.chmod(0o620)
    text = f"[account]\ncredentials_command = x\n{PAIR}{PHONE}[notify:mail]\nurl_command = pass show mail\n"
    file.write_text(text)
    found = rescue(file)
    assert found is not None
    assert [channel.name for channel in found.channels] == ["phone"]
    assert found.pairs["photos"].commands == {}
    assert found.pairs["photos"].heartbeat.failure is not None
    mend = f"others may write it: chmod go-w {file}"
    assert found.problems == (
        f"[bucket:photos] on_failure is not run: {mend}",
        f"[notify:mail] url_command is not run: {mend}",
    )


def test_a_file_in_another_encoding_is_read_all_the_same(file: Path) -> None:
    file.write_bytes(b"# \xd5\xd5\xc6\xac\n" + PHONE.encode())
    found = rescue(file)
    assert found is not None
    assert len(found.channels) == 1


@pytest.mark.parametrize("trouble", ["missing", "directory"])
def test_what_cannot_be_read_has_nobody_to_tell(file: Path, trouble: str) -> None:
    file.unlink()
    if trouble == "directory":
        file.mkdir()
    assert rescue(file) is None


@given(st.text(st.sampled_from("[]=: \n#notifyurlbucket/ax"), max_size=80))
def test_no_text_is_an_error(text: str) -> None:
    from_text(text)
