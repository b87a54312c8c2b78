import pytest

from kodokeep.credentials.environment import from_environment
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions


def test_each_account_has_its_own_variables() -> None:
    env = {
        "QINIU_ACCESS_KEY": "ak",
        "QINIU_SECRET_KEY": " sk\n",
        "QINIU_ACCESS_KEY_MY_WORK": "work-ak",
        "QINIU_SECRET_KEY_MY_WORK": "work-sk",
    }
    own, work = from_environment(AccountOptions(""), env), from_environment(AccountOptions("my-work"), env)
    assert (own.access_key, own.secret_key) == ("ak", "sk")
    assert (work.access_key, work.secret_key) == ("work-ak", "work-sk")


@pytest.mark.parametrize(
    "env", [{}, {"QINIU_SECRET_KEY_X": "s3cr3t"}, {"QINIU_ACCESS_KEY_X": " \n", "QINIU_SECRET_KEY_X": "s3cr3t"}]
)
def test_missing_keys_name_both_variables_and_no_value(env: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"no keys for \[account:x\]: \$QINIU_ACCESS_KEY_X") as caught:
        from_environment(AccountOptions("x"), env)
    assert "QINIU_ACCESS_KEY_X" in caught.value.hint
    assert "QINIU_SECRET_KEY_X" in caught.value.hint
    assert "s3cr3t" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("key", ["a b", "a\nb", "ключ", "a\x00"])
def test_what_cannot_be_a_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigError, match=r"\$QINIU_SECRET_KEY cannot be a key") as caught:
        from_environment(AccountOptions(""), {"QINIU_ACCESS_KEY": "ak", "QINIU_SECRET_KEY": key})
    assert key not in caught.value.message
