import pytest

from kodokeep.credentials.environment import from_environment
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials


def test_each_account_has_its_own_variables() -> None:
    env = {
        "QINIU_ACCESS_KEY": "ak",
        "QINIU_SECRET_KEY": " sk\n",
        "QINIU_ACCESS_KEY_MY_WORK": "work-ak",
        "QINIU_SECRET_KEY_MY_WORK": "work-sk",
    }
    assert from_environment(AccountOptions(""), env) == Credentials("ak", "sk")
    assert from_environment(AccountOptions("my-work"), env) == Credentials("work-ak", "work-sk")


@pytest.mark.parametrize("env", [{}, {"QINIU_ACCESS_KEY": "ak", "QINIU_SECRET_KEY": "sk"}, {"QINIU_ACCESS_KEY_X": " "}])
def test_blank_variables_and_those_of_others_are_not_set(env: dict[str, str]) -> None:
    assert from_environment(AccountOptions("x"), env) is None


@pytest.mark.parametrize("env", [{"QINIU_SECRET_KEY_X": "s3cr3t"}, {"QINIU_ACCESS_KEY_X": "s3cr3t"}])
def test_one_without_the_other_is_an_error_that_names_both_and_no_value(env: dict[str, str]) -> None:
    with pytest.raises(
        ConfigError, match=r"no keys for \[account:x\]: \$QINIU_\w+_X is set and \$QINIU_\w+_X is not"
    ) as e:
        from_environment(AccountOptions("x"), env)
    assert f"unset ${next(iter(env))}" in e.value.hint
    assert "s3cr3t" not in e.value.message + e.value.hint


@pytest.mark.parametrize("key", ["a b", "a\nb", "ключ", "a\x00"])
def test_what_cannot_be_a_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(
        ConfigError, match=r"\[account\] .*\$QINIU_SECRET_KEY: the secret key cannot be a key"
    ) as caught:
        from_environment(AccountOptions(""), {"QINIU_ACCESS_KEY": "ak", "QINIU_SECRET_KEY": key})
    assert key not in caught.value.message
