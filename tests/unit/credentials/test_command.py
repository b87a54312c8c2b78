"""Keys from commands: what they may print, and what is told if they print something else."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from kodokeep.credentials.command import from_commands, printed_line
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials

SECRET = "sEcReT-0123456789-value"


def python(program: str) -> str:
    """A command that runs this program."""
    return shlex.join([sys.executable, "-c", program])


def printing(text: str) -> str:
    return python(f"print({text!r}, end='')")


def both(command: str) -> Credentials | None:
    return from_commands(AccountOptions("work", credentials_command=command), os.environ)


def complaint(command: str) -> str:
    with pytest.raises(ConfigError) as caught:
        both(command)
    assert "[account:work] credentials_command (" in caught.value.message
    assert SECRET not in caught.value.message + caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    "printed",
    [
        "ak\nsk\n",
        "ak\r\nsk",
        " ak \n sk\n\n",
        '{"access_key": "ak", "secret_key": "sk", "user": "me"}',
        '\n{"secret_key":"sk","access_key":"ak"}',
    ],
)
def test_two_lines_or_json(printed: str) -> None:
    assert both(printing(printed)) == Credentials("ak", "sk")


def test_one_command_for_each_key() -> None:
    account = AccountOptions(access_key_command=printing("ak\n"), secret_key_command=printing("sk\n"))
    assert from_commands(account, {}) == Credentials("ak", "sk")


def test_an_account_without_commands_has_no_keys_of_them() -> None:
    assert from_commands(AccountOptions(), {}) is None


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("", "printed nothing"),
        ("\n\n", "printed nothing"),
        (SECRET, "printed 1 line, expected two: the access key and the secret key"),
        (f"ak\n{SECRET}\nand more", "printed 3 lines, expected two"),
        (f"\nak\n{SECRET}", "printed 3 lines"),
        (f'{{"access_key": "ak", "secret_key": "{SECRET}"', "looks like JSON and is none"),
        (f'{{"access_key": "{SECRET}"}}', "expected JSON with access_key and secret_key, both texts"),
        (f'{{"access_key": "{SECRET}", "secret_key": 7}}', "both texts"),
        (f"ak\n{SECRET} and more", "the secret key cannot be a key"),
    ],
)
def test_anything_else_is_told_without_what_was_printed(printed: str, told: str) -> None:
    assert told in complaint(printing(printed))


def test_a_chatty_command_for_one_key_is_told() -> None:
    account = AccountOptions(access_key_command=printing(f"ak\nlogin: {SECRET}"), secret_key_command=printing("sk"))
    with pytest.raises(ConfigError, match=r"access_key_command \(.*\) printed 2 lines, expected one") as caught:
        from_commands(account, {})
    assert SECRET not in caught.value.message


def test_a_program_that_is_not_there_is_named_and_its_arguments_are_not() -> None:
    told = complaint(f"no-such-program-anywhere {SECRET}")
    assert told == (
        "[account:work] credentials_command (no-such-program-anywhere) cannot be started: No such file or directory"
    )


def test_what_a_failing_command_said_is_told_without_what_may_be_secret() -> None:
    told = complaint(
        python(
            f"import sys; print('{SECRET}'); print('cannot decrypt {SECRET}\\nlocked', file=sys.stderr); sys.exit(3)"
        )
    )
    assert told.endswith("ended with exit code 3: cannot decrypt *** locked")


def test_a_passphrase_keeps_its_blanks() -> None:
    account = AccountOptions(passphrase_command=printing(" two  words \n"))
    assert printed_line(account, "passphrase_command", {}) == " two  words "


def test_a_command_is_no_line_for_a_shell(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    account = AccountOptions(credentials_command=f"{printing('ak')} ; touch {marker} $(touch {marker})")
    with pytest.raises(ConfigError):
        from_commands(account, os.environ)
    assert not marker.exists()
