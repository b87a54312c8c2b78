"""The age format (age-encryption.org/v1) with a passphrase: bytes in, bytes out. The one door to pyrage.

What belongs here: sealing, opening, and saying why something cannot be opened. What does not: files and passphrases.
"""

from functools import lru_cache

from kodokeep.errors import ConfigError

MAGIC = b"age-encryption.org/v1"
ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"

_REMEMBERED = 8

_TOO_MUCH_WORK = "Excessive work"
_MEASURINGS = 20
"""pyrage measures, for some milliseconds, how fast this machine is, and refuses what would take it much longer than its
own files. While others are at work on the machine that may come out far too slow.
"""


class WrongPassphrase(Exception):
    """The passphrase is not the one that it was sealed with."""


def seal(content: bytes, passphrase: str) -> bytes:
    """Encrypt; takes about a second on purpose, as every guess at the passphrase will."""
    from pyrage import passphrase as pyrage  # noqa: PLC0415 - slow to load, and most runs need no file

    sealed: bytes = pyrage.encrypt(content, passphrase)
    return sealed


def open_sealed(sealed: bytes, passphrase: str, origin: str) -> bytes:
    """Decrypt, armored or not. Raises WrongPassphrase, ConfigError that names `origin` if it is no such file."""
    text = sealed.strip() if sealed.lstrip().startswith(ARMOR) else sealed
    if not text.startswith((MAGIC, ARMOR)):
        raise ConfigError(f"{origin}: is no age file")
    try:
        return _decrypted(text, passphrase)
    except ValueError as error:
        raise ConfigError(f"{origin}: {error}") from None


@lru_cache(_REMEMBERED)
def _decrypted(sealed: bytes, passphrase: str) -> bytes:
    """The same bytes are opened once: several pairs of an account would wait a second each. New bytes are new keys."""
    import pyrage  # noqa: PLC0415 - see `seal`

    said = ""
    for _ in range(_MEASURINGS):
        try:
            content: bytes = pyrage.passphrase.decrypt(sealed, passphrase)
        except pyrage.DecryptError as error:
            said = str(error)
        else:
            return content
        if not said.startswith(_TOO_MUCH_WORK):
            break
    raise _reason(said)


def _reason(said: str) -> Exception:
    """What pyrage's complaint means."""
    match said:
        case "Decryption failed":
            return WrongPassphrase()
        case "No matching keys found":
            return ValueError("is an age file, but sealed for a recipient and not with a passphrase")
        case _ if said.startswith(_TOO_MUCH_WORK):
            return ValueError("takes this machine too long to open; keep the keys anew here, with login")
        case _:
            return ValueError(f"is damaged or cut off ({said})")
