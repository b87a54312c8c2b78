"""The age format, read and written. Files that cost no time come from another implementation (`sealed`)."""

import re

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodokeep.credentials import agefile
from kodokeep.credentials.agefile import WrongPassphrase, open_sealed, seal
from kodokeep.errors import ConfigError
from tests.unit.credentials.sealed import FIRST, FOR_A_RECIPIENT, PASSPHRASE, binary


def complaint(sealed: bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        open_sealed(sealed, PASSPHRASE, "keys.age")
    assert caught.value.message.startswith("keys.age: ")
    return caught.value.message


def test_what_is_sealed_can_be_opened_and_shows_nothing() -> None:
    sealed = seal(b"the secret key", "Ünsere Passphrase")
    assert sealed.startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert int(re.findall(rb"-> scrypt \S+ (\d+)", sealed)[0]) >= 14, "each guess must cost"
    assert b"secret" not in sealed
    assert open_sealed(sealed, "Ünsere Passphrase", "f") == b"the secret key"


@pytest.mark.parametrize(
    "sealed", [FIRST, binary(FIRST), b"\n\n" + FIRST + b"\n", FIRST.replace(b"\n", b"\r\n"), FIRST.rstrip()]
)
def test_binary_and_armored_files_are_read(sealed: bytes) -> None:
    assert b"first-secret-key" in open_sealed(sealed, PASSPHRASE, "f")


@pytest.mark.parametrize("passphrase", ["", "Correct horse", "correct horse ", "battery staple"])
def test_a_wrong_passphrase_is_told_from_damage(passphrase: str) -> None:
    with pytest.raises(WrongPassphrase):
        open_sealed(FIRST, passphrase, "f")


@given(st.integers(1, len(binary(FIRST)) - 1))
@settings(max_examples=60)
def test_a_file_that_is_cut_off_is_never_read(length: int) -> None:
    told = complaint(binary(FIRST)[:length])
    assert "is damaged or cut off" in told or told == "keys.age: is no age file"


@given(st.integers(0, len(binary(FIRST)) - 1), st.integers(1, 255))
@settings(max_examples=100)
def test_a_file_with_a_changed_byte_is_never_read(at: int, change: int) -> None:
    damaged = bytearray(binary(FIRST))
    damaged[at] ^= change
    with pytest.raises((ConfigError, WrongPassphrase)):
        open_sealed(bytes(damaged), PASSPHRASE, "f")


def test_one_that_would_take_hours_to_open_is_refused_at_once() -> None:
    """A machine that is much faster may have sealed it, or somebody who wants to keep this one busy."""
    magic, recipient, rest = binary(FIRST).split(b"\n", 2)
    stanza, _, work = recipient.rpartition(b" ")
    assert work.isdigit()
    told = complaint(b"\n".join([magic, stanza + b" 40", rest]))
    assert told == "keys.age: takes this machine too long to open; keep the keys anew here, with login"


def test_a_machine_that_was_busy_when_it_was_measured_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    decrypt, refused = pyrage.passphrase.decrypt, iter(["Excessive work parameter for passphrase."] * 3)

    def busy(sealed: bytes, passphrase: str) -> bytes:
        if said := next(refused, ""):
            raise pyrage.DecryptError(said)
        content: bytes = decrypt(sealed, passphrase)
        return content

    agefile._decrypted.cache_clear()
    monkeypatch.setattr(pyrage.passphrase, "decrypt", busy)
    assert b"access_key" in open_sealed(FIRST, PASSPHRASE, "f")
    assert next(refused, "") == ""


@pytest.mark.parametrize("content", [b"", b"ak\nsk\n", b'{"access_key": "ak"}', b"\x00" * 300, b"age"])
def test_what_is_no_age_file_is_told(content: bytes) -> None:
    assert complaint(content) == "keys.age: is no age file"


def test_half_an_armor_is_told() -> None:
    assert "is damaged or cut off" in complaint(FIRST[:200])


def test_a_file_for_a_recipient_has_no_passphrase() -> None:
    assert (
        complaint(FOR_A_RECIPIENT) == "keys.age: is an age file, but sealed for a recipient and not with a passphrase"
    )
